// Making it good, on the spot: what one has left, and what there is to give.

import { html } from "../../vendor/preact-htm.js";
import { act } from "../actions.js";
import { authorities, give, givenFor, leftIn } from "../gestures.js";
import { coins, money, t } from "../i18n.js";
import { icon } from "../icons.js";
import { inHand } from "../requests.js";
import { bodyOf, state } from "../state.js";
import { AsOf, Empty, Gone, Screen } from "./frame.js";

const AMOUNTS = [5, 10, 15, 20, 30, 50, 75, 100];
const CENTS = 100;

/** What to give to the fan of a request in hand: the second tap gives it. */
export function Gestures({ of: [id] }) {
  const request = inHand(id);
  if (!request) return html`<${Gone} />`;
  const kinds = bodyOf("gestures")?.kinds ?? [];
  const priced = kinds.filter(({ cents }) => cents !== null);
  const open = kinds.filter(({ cents }) => cents === null);
  return html`<${Screen} title=${t("go.gestures")} back="request/${id}" name="gestures">
    <${AsOf} name="gestures" />
    ${state.looks.gestures && !kinds.length && html`<${Empty}>${t("gesture.none")}<//>`}
    ${kinds.length > 0 && html`<p class="left">${authorities().map(({ currency, left_cents }) => html`<span key=${currency}>${t("gesture.left", { amount: money(left_cents, currency) })}</span>`)}</p>`}
    ${!state.online && kinds.length > 0 && html`<p class="soft">${t("gesture.offline")}</p>`}
    <ul class="list">${priced.map((kind) => html`<li key=${kind.id}>
      <button class="row" onClick=${() => act(`give ${id} ${kind.id}`, () => give(request, kind, kind.cents))}>
        <span class="what">${kind.name} <b>${money(kind.cents, kind.currency)}</b></span>
        <span class="soft">${t(`gift.${kind.category}`)}${kind.cents > leftIn(kind.currency) ? html` · <span class="over">${icon("waiting")} ${t("gesture.over")}</span>` : ""}</span>
      </button></li>`)}</ul>
    ${open.map((kind) => html`<section key=${kind.id}>
      <h2 id=${`kind-${kind.id}`}>${kind.name}</h2>
      <div class="amounts" role="group" aria-labelledby=${`kind-${kind.id}`}>${AMOUNTS.map((amount) => amount * CENTS).map((cents) => html`
        <button key=${cents} onClick=${() => act(`give ${id} ${kind.id} ${cents}`, () => give(request, kind, cents))}>
          ${coins(cents, kind.currency)}${cents > leftIn(kind.currency) && html`<span class="over">${icon("waiting")}<span class="quiet"> ${t("gesture.over")}</span></span>`}
        </button>`)}</div>
    </section>`)}
    ${open.length > 0 && html`<p class="soft">${icon("waiting")} ${t("gesture.over")}</p>`}
  <//>`;
}

/** What waits on this phone to be given. */
const unsent = (wanted) => state.waiting.filter(({ kind, body }) => kind === "give_gesture" && wanted(body))
  .map(({ id, body }) => ({ id, kind_id: body.kind_id, state: "unsent" }));

/** What was given, or asked for, for a request, each with the way to its receipt. */
export function Given({ request }) {
  const given = [...unsent(({ request_id }) => request_id === request.id), ...givenFor(request.id)];
  return given.length > 0 && html`<ul class="list" aria-label=${t("go.receipts")}>${given.map((one) => html`<${Receipt} key=${one.id} gesture=${one} />`)}</ul>`;
}

function Receipt({ gesture }) {
  const name = gesture.kind_name ?? bodyOf("gestures")?.kinds.find(({ id }) => id === gesture.kind_id)?.name ?? t("action.give_gesture");
  return html`<li><a class="row" href="#receipt/${gesture.id}">
    <span class="what">${icon("gift")} ${name} ${gesture.cents && html`<b>${money(gesture.cents, gesture.currency)}</b>`}</span>
    <span class="soft">${gesture.state === "unsent" ? t("work.waiting") : t(`gesture.${gesture.state}`)}</span>
  </a></li>`;
}

/** What I gave, from any phone; what waits on this one is on top. */
export function Receipts() {
  const items = [...unsent(() => true), ...(bodyOf("given")?.items ?? [])];
  return html`<${Screen} title=${t("go.receipts")} back="evening" name="receipts">
    <p class="soft">${t("receipts.about")}</p>
    <${AsOf} name="given" />
    ${state.looks.given && !items.length && html`<${Empty}>${t("receipts.none")}<//>`}
    <ul class="list">${items.map((one) => html`<${Receipt} key=${one.id} gesture=${one} />`)}</ul>
  <//>`;
}
