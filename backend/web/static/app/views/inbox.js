// What I was told, in words; what the server did not take, and why; what was recorded without a PIN.

import { html, useEffect } from "../../vendor/preact-htm.js";
import { act, reason } from "../actions.js";
import { ago, clock, known, n, t } from "../i18n.js";
import { markRead } from "../looks.js";
import { decideHeld, dismiss } from "../queue.js";
import { requestsNow } from "../requests.js";
import { bodyOf, reread, state } from "../state.js";
import { kick } from "../sync.js";
import { AsOf, Empty, Screen } from "./frame.js";

// Where a message leads: what it is about may be over by then, and its screen says so.
const cover = (id) => `#cover/${id}`;
const near = () => "#near";
const receipt = (id) => `#receipt/${id}`;
const PLACES = {
  redemption_decided: () => "#rewards", cover_asked: cover, cover_escalated: cover, relief_sent: cover, request_near: near, request_escalated: near,
  request_released: near, follow_up: () => "#follow_ups", gesture_asked: () => "#allow", gesture_allowed: receipt, gesture_declined: receipt,
};

export function Inbox() {
  const messages = bodyOf("inbox")?.items ?? [];
  useEffect(() => { markRead(); }, [messages[0]?.id]);
  const { mine } = requestsNow();
  return html`<${Screen} title=${t("tab.inbox")} name="inbox">
    <${AsOf} name="inbox" />
    ${state.looks.inbox && !messages.length && html`<${Empty}>${t("inbox.none")}<//>`}
    <ul class="list">${messages.map((message) => {
      const place = mine.some(({ id }) => id === message.subject_id) ? `#request/${message.subject_id}` : PLACES[message.kind]?.(message.subject_id);
      const text = known(`message.${message.kind}`, t("message.other"));
      return html`<li key=${message.id}><${place ? "a" : "div"} class=${place ? "row" : "row still"} href=${place}>
        <span class="what">${text}</span>
        <span class="soft">${message.read ? "" : `${t("inbox.new")} · `}${ago(message.at)}</span>
      <//></li>`;
    })}</ul>
  <//>`;
}

/** The same kind of thing refused for the same reason is one line, however often it was. */
function grouped(refused) {
  const groups = new Map();
  for (const one of refused) {
    const key = [one.kind, one.category, one.code].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

const nameOf = ({ kind, category }) => [t(`action.${kind}`), category && t(`need.${category}`)].filter(Boolean).join(": ");

/** A list of what was not taken, or taken without pay; put away by hand. */
export function RefusedList({ refused, after = reread }) {
  const away = (ones) => act(`dismiss ${ones[0].id}`, async () => {
    await dismiss(ones.map(({ id }) => id));
    await after();
  });
  return html`<ul class="list">${grouped(refused).map((ones) => html`<li class="line" key=${ones[0].id}>
      <span class="what">${ones.length > 1 ? `${ones.length} × ` : ""}${nameOf(ones[0])}</span>
      <span>${reason(ones[0].code, ones[0].title)}</span>
      <span class="soft">${ones.length > 1 ? `${clock(ones[0].at)} – ${clock(ones.at(-1).at)}` : clock(ones[0].at)}</span>
      <button onClick=${() => away(ones)} aria-label=${t("refused.dismiss_of", { what: nameOf(ones[0]) })}>${t("refused.dismiss")}</button>
    </li>`)}</ul>
    ${grouped(refused).length > 1 && html`<button class="wide" onClick=${() => away(refused)}>${t("refused.dismiss_all")}</button>`}`;
}

export function RefusedView() {
  return html`<${Screen} title=${t("refused.title")} back="floor" name="refused">
    <p class="soft">${t("refused.about")}</p>
    ${state.refused.length ? html`<${RefusedList} refused=${state.refused} />` : html`<${Empty}>${t("refused.none")}<//>`}
  <//>`;
}

/** What was recorded in my name while no PIN could be checked: mine, or not. */
export function Held() {
  const held = state.waiting.filter((item) => item.held);
  const decide = (theirs) => act(`held ${theirs}`, async () => {
    await decideHeld(state.person.id, theirs);
    await reread();
    location.hash = "#floor";
    kick();
  });
  return html`<${Screen} title=${t("held.title")} back="floor" name="held">
    <p>${n("held.about", held.length)}</p>
    <ul class="list">${held.map((item) => html`<li class="line" key=${item.id}>
      <span class="what">${nameOf(item)}</span><span class="soft">${clock(item.at)}</span>
    </li>`)}</ul>
    <div class="choices thumb">
      <button onClick=${() => decide(false)}>${t("held.not_mine")}</button>
      <button class="main" onClick=${() => decide(true)}>${t("held.mine")}</button>
    </div>
  <//>`;
}
