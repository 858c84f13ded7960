// The fan's code, on a white screen as bright as the phone goes: show it, then go on.

import { html, useEffect, useState } from "../../vendor/preact-htm.js";
import { ask, call, read } from "../api.js";
import { inWords, reason } from "../actions.js";
import { t } from "../i18n.js";
import { state } from "../state.js";
import { codes } from "../sync.js";

const AGAIN_MS = 4_000;

/** Keep the screen on while the fan aims at it, where the browser can. */
export function useWakeLock() {
  useEffect(() => {
    let lock = null;
    let gone = false;
    const hold = async () => {
      try {
        lock = await navigator.wakeLock?.request("screen");
        if (gone) lock?.release();
      } catch {
        lock = null;
      }
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      gone = true;
      document.removeEventListener("visibilitychange", hold);
      lock?.release();
    };
  }, []);
}

/** The code and its picture; whoever resolved gets the same answer whenever they ask. */
async function fetchCode(id) {
  const person = state.person.id;
  const rating = codes.get(id) ?? (await ask(person, "POST", `/v1/requests/${id}/resolve`)).rating;
  codes.set(id, rating);
  const picture = await read(await call(person, "GET", rating.qr_svg), "blob");
  return { rating, picture: URL.createObjectURL(picture) };
}

export function Code({ of: [id] }) {
  const [shown, show] = useState(null);
  const [wrong, complain] = useState("");
  const waits = state.waiting.some(({ kind, body }) => kind === "resolve" && body.request_id === id);
  const refused = state.refused.find((one) => one.kind === "resolve" && one.request_id === id);
  useWakeLock();
  useEffect(() => {
    if (waits || refused || shown || !state.proven) return undefined;
    let gone = false;
    let timer;
    const attempt = async () => {
      try {
        const got = await fetchCode(id);
        if (gone) URL.revokeObjectURL(got.picture);
        else show(got);
      } catch (error) {
        if (gone) return;
        complain(error.status && !error.again ? inWords(error) : "");
        if (!error.status || error.again) timer = setTimeout(attempt, AGAIN_MS);
      }
    };
    attempt();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [id, waits, Boolean(refused), Boolean(shown), state.online]);
  useEffect(() => () => shown && URL.revokeObjectURL(shown.picture), [shown]);
  return html`<main class="code">
    <h1 id="title" tabindex="-1">${t("code.title")}</h1>
    ${shown ? html`<${Picture} ...${shown} />` : html`<${Waiting} waits=${waits} wrong=${refused ? reason(refused.code, refused.title) : wrong} />`}
    <a class="button" href="#floor">${t("code.next")}</a>
  </main>`;
}

function Picture({ rating, picture }) {
  return html`
    <p>${t("code.scan")}</p>
    <img class="qr" src=${picture} alt=${t("code.alt")} />
    <p><a class="letters" href=${rating.url} target="_blank" rel="noopener">${rating.code.replace(/(.{4})(?=.)/g, "$1 ")}</a></p>`;
}

/** Without a network there is no code yet, and it is said so. */
function Waiting({ waits, wrong }) {
  if (wrong) return html`<p role="alert" class="wait">${t("code.none", { why: wrong })}</p>`;
  const text = !state.online || !state.proven ? "code.offline" : waits ? "code.sending" : "code.fetching";
  return html`<p role="status" class="wait">${t(text)}</p>`;
}
