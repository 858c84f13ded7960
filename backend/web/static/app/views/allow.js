// What others give: supervisors allow what is more than a colleague has left, stands use receipts up.

import { html, useState } from "../../vendor/preact-htm.js";
import { act } from "../actions.js";
import { nameOf } from "../covers.js";
import { allow, claim, decline } from "../gestures.js";
import { ago, clock, money, n, t } from "../i18n.js";
import { newId } from "../ids.js";
import { bodyOf, say, state } from "../state.js";
import { AsOf, Empty, Screen } from "./frame.js";

const about = ({ employee_id, seat, asked_at, repeats }) => [
  nameOf(employee_id), seat, ago(asked_at), repeats > 0 && n("gesture.repeats", repeats),
].filter(Boolean).join(" · ");

/** What waits for a supervisor: one tap allows it. */
export function Allow() {
  const asked = bodyOf("asked_gestures")?.items ?? [];
  return html`<${Screen} title=${t("go.allow")} back="inbox" name="allow">
    <${AsOf} name="asked_gestures" />
    ${!state.online && html`<p class="soft">${t("sure.offline")}</p>`}
    ${state.looks.asked_gestures && !asked.length && html`<${Empty}>${t("gesture.nobody_asks")}<//>`}
    <ul class="list">${asked.map((gesture) => html`<li class="line" key=${gesture.id}>
      <span class="what">${gesture.kind_name} <b>${money(gesture.cents, gesture.currency)}</b></span>
      <span class="soft">${about(gesture)}</span>
      <div class="pair">
        <a class="button" href="#decline/${gesture.id}" aria-label=${t("gesture.decline_of", { what: gesture.kind_name })}>${t("do.decline")}</a>
        <button class="main" onClick=${() => act(`allow ${gesture.id}`, () => allow(gesture))} aria-label=${t("gesture.allow_of", { what: gesture.kind_name })}>${t("do.allow")}</button>
      </div>
    </li>`)}</ul>
  <//>`;
}

const REASONS = ["too_much", "other_way", "talk"];

/** Why not: one tap on a reason, which its giver reads. */
export function Decline({ of: [id] }) {
  const gesture = bodyOf("asked_gestures")?.items.find((one) => one.id === id);
  if (!gesture) return html`<${Allow} />`;
  const choose = (reason) => act(`decline ${id}`, async () => {
    await decline(gesture, t(`decline.${reason}`));
    location.hash = "#allow";
  });
  return html`<${Screen} title=${t("gesture.decline_of", { what: gesture.kind_name })} back="allow" name="decline">
    <p class="soft">${about(gesture)}</p>
    <div class="choices thumb">${REASONS.map((reason) => html`<button key=${reason} onClick=${() => choose(reason)}>${t(`decline.${reason}`)}</button>`)}</div>
  <//>`;
}

/** At the stand: the code that a colleague shows is used up, and says what to hand out. */
export function Claim() {
  const [code, type] = useState("");
  // The same for the same code until there is an answer: a lost one must not read as "used".
  const [key, renew] = useState(newId);
  const enter = (text) => {
    type(text);
    renew(newId());
  };
  const [claimed, show] = useState(null);
  const go = (event) => {
    event.preventDefault();
    act(`claim ${code}`, async () => {
      show(null);
      const gesture = await claim(code, key);
      enter("");
      show(gesture);
      say(t("said.claimed"));
    });
  };
  return html`<${Screen} title=${t("go.claim")} back="evening" name="claim">
    ${claimed && html`<div class="notice-box hand-out"><p>${t("claim.hand_out")}</p><p class="what">${claimed.kind_name}</p>
      <p>${[money(claimed.cents, claimed.currency), claimed.seat, clock(claimed.claimed_at)].filter(Boolean).join(" · ")}</p></div>`}
    <form class="thumb" onSubmit=${go}>
      <p class="soft">${t("claim.about")}</p>
      <label>${t("claim.code")}<input name="receipt" autocomplete="off" autocapitalize="characters" required maxlength="40" value=${code} onInput=${(event) => enter(event.target.value)} /></label>
      <div class="choices"><button class="main">${t("claim.use")}</button></div>
    </form>
  <//>`;
}
