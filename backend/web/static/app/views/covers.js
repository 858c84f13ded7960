// Posts that were left, on the floor and by themselves: one tap says that I stand in.

import { html } from "../../vendor/preact-htm.js";
import { act } from "../actions.js";
import { nameOf, seen, standIn, stopStandingIn } from "../covers.js";
import { ago, clock, t } from "../i18n.js";
import { icon } from "../icons.js";
import { bodyOf, state } from "../state.js";
import { AsOf, Empty, Screen } from "./frame.js";

const placeOf = ({ post, zone }) => `${post.name}, ${zone.name}`;

function Line({ cover, what, about, children }) {
  return html`<li class="work cover" key=${cover.id}>
    <div class="facts"><span class="what">${icon("post")} ${what}</span><span class="soft">${about}</span></div>
    ${children}
  </li>`;
}

/** Where I am asked to stand in, where I do, who is back, and who stands in for me. */
export function Covers() {
  const { asked = [], covering, left = [] } = bodyOf("cover") ?? {};
  const over = bodyOf("cover_over");
  const lines = [
    over?.state === "over" && html`<${Line} cover=${over} what=${t("cover.is_back", { who: nameOf(over.left_by), where: placeOf(over) })} about=${t("cover.free", { time: clock(over.ended_at) })}>
      <button class="other" onClick=${() => act(`seen ${over.id}`, seen)}>${t("do.ok")}</button>
    <//>`,
    ...asked.map((cover) => html`<${Line} cover=${cover} what=${t("cover.empty", { where: placeOf(cover) })} about=${t("cover.away", { who: nameOf(cover.left_by), ago: ago(cover.left_at) })}>
      <button onClick=${() => act(`take ${cover.id}`, () => standIn(cover))} aria-label=${t("cover.take_at", { where: placeOf(cover) })}>${t("do.stand_in")}</button>
    <//>`),
    covering && html`<${Line} cover=${covering} what=${t("cover.covering", { where: placeOf(covering) })} about=${t("cover.for", { who: nameOf(covering.left_by), time: clock(covering.covered_at) })}>
      <button class="other" onClick=${() => act(`leave ${covering.id}`, () => stopStandingIn(covering))} aria-label=${t("cover.stop_at", { where: placeOf(covering) })}>${t("do.stop_standing_in")}</button>
    <//>`,
    ...left.map((cover) => html`<${Line} cover=${cover} what=${t("cover.mine", { where: placeOf(cover) })} about=${standing(cover)} />`),
  ].filter(Boolean);
  return lines.length > 0 && html`<ul class="list" aria-label=${t("cover.title")}>${lines}</ul>`;
}

/** How a post that I left stands. */
function standing({ covered_by, asked_id, asked_at }) {
  if (covered_by) return t("cover.by", { who: nameOf(covered_by) });
  return asked_id ? t("cover.asked", { who: nameOf(asked_id), ago: ago(asked_at) }) : t("cover.nobody");
}

/** What a message is about: it may be old, so that it is looked up first. */
export function Cover({ of: [id] }) {
  const look = state.looks.one_cover;
  const cover = look?.body?.id === id ? look.body : null;
  const gone = look && !look.body;
  return html`<${Screen} title=${cover ? placeOf(cover) : t("cover.title")} back="inbox" name="cover">
    ${!cover && !gone && html`<p class="soft">${t(state.online ? "look.loading" : "look.never")}</p>`}
    ${gone && html`<${Empty}>${t("cover.unknown")}<//>`}
    ${cover && html`<${AsOf} name="one_cover" /><${Facing} cover=${cover} />`}
  <//>`;
}

function Facing({ cover }) {
  const mine = cover.covered_by === state.person.id;
  const wanted = cover.state === "wanted" && cover.left_by !== state.person.id;
  const who = nameOf(cover.left_by);
  const texts = {
    over: t("cover.was_back", { who, time: cover.ended_at ? clock(cover.ended_at) : "" }),
    covered: mine ? t("cover.for", { who, time: cover.covered_at ? clock(cover.covered_at) : "" }) : t("cover.by", { who: nameOf(cover.covered_by) }),
    wanted: t("cover.away", { who, ago: ago(cover.left_at) }),
  };
  return html`<p>${texts[cover.state]}</p>
    ${wanted && html`<p class="soft">${t("cover.about")}</p>`}
    ${!state.online && html`<p class="soft">${t("sure.offline")}</p>`}
    <div class="choices thumb">
      ${wanted && html`<a class="button" href="#floor">${t("sure.no")}</a>
        <button class="main" onClick=${() => act(`take ${cover.id}`, () => standIn(cover))}>${t("do.stand_in")}</button>`}
      ${mine && cover.state === "covered" && html`<button onClick=${() => act(`leave ${cover.id}`, () => stopStandingIn(cover))}>${t("do.stop_standing_in")}</button>`}
    </div>`;
}
