// A receipt: the code for the stand, as large as the screen; or what it still waits for, said plainly.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { act, inWords, reason } from "../actions.js";
import { ask } from "../api.js";
import { clock, money, t } from "../i18n.js";
import { newId } from "../ids.js";
import { keepGiven, lookAt } from "../looks.js";
import { state } from "../state.js";
import { receiptKey, receipts } from "../sync.js";
import { useWakeLock } from "./code.js";

const AGAIN_MS = 4_000;
// Nothing happens to these any more.
const OVER = ({ state: how, claimed_at }) => how === "withdrawn" || Boolean(claimed_at);

/** Ask for a gesture again and again while something can still happen to it. */
function useGesture(id, ready) {
  const key = receiptKey(state.person.id, id);
  const [found, show] = useState(receipts.get(key) ?? null);
  const [wrong, complain] = useState("");
  const [turn, again] = useState(0);
  useEffect(() => {
    if (!ready || !state.proven) return undefined;
    let gone = false;
    let timer;
    const look = async () => {
      try {
        const gesture = await ask(state.person.id, "GET", `/v1/gestures/${id}`);
        if (gone) return;
        receipts.set(key, gesture);
        show(gesture);
        complain("");
        await keepGiven(gesture);
        if (!OVER(gesture)) timer = setTimeout(look, AGAIN_MS);
      } catch (error) {
        if (gone) return;
        complain(error.status && !error.again ? inWords(error) : "");
        if (!error.status || error.again) timer = setTimeout(look, AGAIN_MS);
      }
    };
    look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [id, ready, turn, state.online]);
  return { found, wrong, again: () => again(turn + 1) };
}

export function Receipt({ of: [id] }) {
  const waits = state.waiting.some((item) => item.id === id);
  const refused = state.refused.find((one) => one.id === id);
  const { found, wrong, again } = useGesture(id, !waits && !refused);
  useWakeLock();
  const request = found?.request_id ?? refused?.request_id;
  return html`<main class="code receipt">
    <h1 id="title" tabindex="-1">${found ? found.kind_name : t("receipt.title")}</h1>
    ${refused ? html`<p role="alert" class="wait">${reason(refused.code, refused.title)}</p>`
      : found && !waits ? html`<${Standing} gesture=${found} again=${again} />`
        : html`<${Waiting} waits=${waits} wrong=${wrong} />`}
    <div class="choices">
      ${refused?.code === "over-gesture-cap" && html`<a class="button" href="#gestures/${request}">${t("receipt.ask_supervisor")}</a>`}
      <a class="button" href="#floor">${t("code.next")}</a>
    </div>
  </main>`;
}

function Waiting({ waits, wrong }) {
  if (wrong) return html`<p role="alert" class="wait">${wrong}</p>`;
  const text = state.online && state.proven ? "receipt.fetching" : waits ? "receipt.offline" : "receipt.needs_network";
  return html`<p role="status" class="wait">${t(text)}</p>`;
}

function Standing({ gesture, again }) {
  const { id, state: how, cents, currency, seat, receipt_code, claimed_at } = gesture;
  const takeBack = () => act(`withdraw ${id}`, async () => {
    try {
      await ask(state.person.id, "POST", `/v1/gestures/${id}/withdraw`, { key: newId() });
    } finally {
      again();
      await lookAt("gestures");
    }
  });
  const facts = html`<p>${[money(cents, currency), seat].filter(Boolean).join(" · ")}</p>`;
  if (claimed_at) return html`${facts}<p role="status" class="wait">${t("receipt.claimed", { time: clock(claimed_at) })}</p>`;
  if (how === "given") {
    return html`${facts}<p>${t("receipt.show")}</p>
      <p class="receipt-code">${receipt_code?.replace(/(.{5})(?=.)/g, "$1 ")}</p>
      <p>${t("receipt.once")}</p>`;
  }
  if (how === "waiting") {
    return html`${facts}<p role="status" class="wait"><strong>${t("gesture.waiting")}</strong></p><p>${t("receipt.waiting")}</p>
      <button class="button" onClick=${takeBack}>${t("receipt.take_back")}</button>`;
  }
  return html`${facts}<p role="status" class="wait">${t(`withdrawn.${gesture.withdrawal}`)}</p>
    ${gesture.decline_reason && html`<q>${gesture.decline_reason}</q>`}`;
}
