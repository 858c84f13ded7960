// What every screen stands in: the way back, what waits, what was said, and where else to go.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { act, undo } from "../actions.js";
import { clock, n, number, t } from "../i18n.js";
import { icon } from "../icons.js";
import { isUndoable } from "../queue.js";
import { requestsNow } from "../requests.js";
import { bodyOf, state } from "../state.js";

const TABS = [["floor", "greet"], ["near", "near"], ["evening", "evening"], ["inbox", "inbox"]];

export function Screen({ title, back, children, name }) {
  return html`
    <div class="screen ${name ?? ""}">
      ${title && html`<header class="bar">
        ${back && html`<a class="round" href="#${back}" aria-label=${t("go.back")}>${icon("back")}</a>`}
        <h1 id="title" tabindex="-1">${title}</h1>
        ${state.proven && html`<a class="tonight small" href="#points">${icon("evening")} <strong>${tonight()}</strong><span class="quiet"> ${t("floor.points")}</span></a>`}
      </header>`}
      <main>
        <${Standing} />
        ${children}
        ${name !== "floor" && html`<${Said} />`}
      </main>
      <${Tabs} />
    </div>`;
}

/** Tonight's points, as the server said them last. */
export function tonight() {
  const points = bodyOf("points")?.this_evening?.points;
  return points === undefined ? "–" : number(points);
}

// Where what waits for a supervisor is seen anyway.
const DECIDING = new Set(["allow", "decline"]);

/** What waits, whether there is a network, and what was not taken: always in sight. */
export function Standing() {
  const { waiting, refused, online, sync, proven, view } = state;
  const asked = bodyOf("asked_gestures")?.items.length ?? 0;
  const held = waiting.filter((item) => item.held).length;
  return html`<div class="standing">
    <p class="sync" role="status">
      ${!online && html`<span class="chip">${icon("away")} ${t("sync.offline")}</span>`}
      ${waiting.length > 0 && html`<span class="chip busy">${icon("waiting")} ${n("sync.waiting", waiting.length)}</span>`}
      ${online && sync.trouble && waiting.length > 0 && html`<span class="chip">${t("sync.again")}</span>`}
    </p>
    ${asked > 0 && !DECIDING.has(view.name) && html`<a class="notice" href="#allow">${icon("gift")} ${n("gesture.asked", asked)}</a>`}
    ${!proven && html`<a class="notice" href="#door">${icon("wrong")} ${t("sync.signed_out")}</a>`}
    ${proven && held > 0 && view.name !== "held" && html`<a class="notice" href="#held">${icon("wrong")} ${n("sync.held", held)}</a>`}
    ${refused.length > 0 && view.name !== "refused" && html`<a class="notice" href="#refused">${icon("wrong")} ${n("sync.refused", refused.length)}</a>`}
  </div>`;
}

/** What was said last, and the way to undo it. */
export function Said() {
  const { said, waiting } = state;
  const last = waiting.filter((item) => isUndoable(item)).at(-1);
  return html`<div class="said-place">
    <p class="said ${said?.bad ? "bad" : ""}" role="status" aria-live="polite">${said?.text ?? ""}</p>
    ${last && html`<${Undo} key=${last.id} due=${last.due} />`}
  </div>`;
}

function Undo({ due }) {
  const left = () => Math.ceil((due - Date.now()) / 1000);
  const [seconds, tick] = useState(left());
  useEffect(() => {
    const timer = setInterval(() => tick(left()), 500);
    return () => clearInterval(timer);
  }, [due]);
  if (seconds <= 0) return null;
  return html`<button class="undo" onClick=${() => act("undo", undo)}>${t("do.undo")} <span aria-hidden="true">${seconds}</span></button>`;
}

function Tabs() {
  const counts = { near: requestsNow().near.length, inbox: bodyOf("inbox")?.unread ?? 0 };
  const here = TABS.some(([name]) => name === state.view.name) ? state.view.name : PARENTS[state.view.name] ?? "floor";
  return html`<nav class="tabs" aria-label=${t("go.tabs")}>
    ${TABS.map(([name, drawn]) => html`
      <a key=${name} href="#${name}" aria-current=${here === name ? "page" : null}>
        ${icon(drawn)}<span>${t(`tab.${name}`)}</span>
        ${counts[name] > 0 && html`<b class="badge">${counts[name]}<span class="quiet"> ${n(`badge.${name}`, counts[name])}</span></b>`}
      </a>`)}
  </nav>`;
}

const PARENTS = {
  points: "evening", rewards: "evening", reward: "evening", ratings: "evening", codes: "evening", redemption: "evening", receipts: "evening",
  claim: "evening", cards: "evening", pack: "evening", follow_ups: "evening", follow_up: "evening", cover: "inbox", allow: "inbox", decline: "inbox",
};

/** Something that was looked at a while ago, said so; or that was never looked at. */
export function AsOf({ name }) {
  const look = state.looks[name];
  if (!look) return html`<p class="soft">${t(state.online ? "look.loading" : "look.never")}</p>`;
  return state.online ? null : html`<p class="soft">${t("look.as_of", { time: clock(look.at) })}</p>`;
}

export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

/** A request that is in hand no more. */
export const Gone = () => html`<${Screen} title=${t("work.gone")} back="floor"><p>${t("work.gone_about")}</p><//>`;
