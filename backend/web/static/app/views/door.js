// The door: whose turn it is. Badge and PIN on an enrolled phone, or a code from HR the first time.

import { html, useState } from "../../vendor/preact-htm.js";
import { act, inWords } from "../actions.js";
import { NoAnswer } from "../api.js";
import { keptPack } from "../cards.js";
import { LANGUAGES, n, spoken, t } from "../i18n.js";
import { icon } from "../icons.js";
import { lookAgain } from "../looks.js";
import { refusals } from "../queue.js";
import { codeIn, enrol, forgetIfDone, recordWithoutPin, signIn } from "../session.js";
import { reread, say, state } from "../state.js";
import { kick } from "../sync.js";
import { chooseLanguage } from "./evening.js";
import { RefusedList } from "./inbox.js";
import { PinPad, isTrivial } from "./pin.js";
import { Scan, canScan } from "./scan.js";

/** The frame of all doors; who has stepped out may go back. */
function Door({ title, children, back }) {
  return html`<main class="door">
    <header class="bar">
      ${back && html`<a class="round" href="#${back}" aria-label=${t("go.back")}>${icon("back")}</a>`}
      <h1 id="title" tabindex="-1">${title}</h1>
    </header>
    ${!state.online && html`<p class="chip">${icon("away")} ${t("sync.offline")}</p>`}
    ${children}
    <p class="said ${state.said?.bad ? "bad" : ""}" role="status" aria-live="polite">${state.said?.text ?? ""}</p>
    <p class="languages">${Object.entries(LANGUAGES).map(([code, name]) => html`
      <button class="plain" key=${code} lang=${code} aria-pressed=${code === spoken()} onClick=${() => act(`language ${code}`, () => chooseLanguage(code))}>${name}</button>`)}</p>
  </main>`;
}

const everybody = () => (state.person ? [{ ...state.person, waiting: state.waiting.length, refused: state.refused.length }, ...state.others] : state.others);

/** Who is known on this phone, each with what of theirs still waits. */
export function People() {
  if (!state.device) return html`<${Enrol} />`;
  const people = everybody();
  if (!people.length) return html`<${SignIn} of=${[]} />`;
  return html`<${Door} title=${t("door.who")}>
    <ul class="list">${people.map((one) => html`<li key=${one.id}>
      <a class="row" href="#pin/${one.id}">
        <span class="what">${one.name}</span>
        <span class="soft">${one.waiting ? n("sync.waiting", one.waiting) : ""}</span>
      </a>
      ${one.refused > 0 && html`<a class="notice" href="#refusals/${one.id}">${icon("wrong")} ${n("sync.refused", one.refused)}</a>`}
    </li>`)}</ul>
    <div class="choices thumb">
      <a class="button" href="#enrol">${t("door.have_code")}</a>
      <a class="button main" href="#badge">${t("door.someone_else")}</a>
    </div>
  <//>`;
}

async function entered() {
  const pack = await keptPack();
  const next = pack ? `#pack=${pack}` : "#floor";
  location.hash = state.waiting.some((item) => item.held) ? "#held" : next;
  kick();
  lookAgain();
}

/** The PIN of somebody who is known here, or badge and PIN. */
export function SignIn({ of: [id] }) {
  const known = everybody().find((one) => one.id === id);
  const [badge, setBadge] = useState("");
  const [stranded, strand] = useState(false);
  const enter = (pin) => act("enter", async () => {
    strand(false);
    try {
      await signIn({ badge: known?.badge ?? badge, pin, person: known?.id });
    } catch (error) {
      if (error instanceof NoAnswer && known) strand(true);
      else say(inWords(error), { bad: true });
      return false;
    }
    await entered();
    return true;
  });
  return html`<${Door} title=${known ? known.name : t("door.sign_in")} back=${everybody().length ? "door" : null}>
    ${!known && html`<label>${t("door.badge")}<input name="badge" autocomplete="username" autocapitalize="characters" maxlength="40" value=${badge} onInput=${(event) => setBadge(event.target.value)} /></label>`}
    ${stranded && html`<div class="notice-box" role="alert"><p>${t("door.no_network")}</p>
      <button onClick=${() => act("record", async () => { await recordWithoutPin(known.id); location.hash = "#floor"; })}>${t("door.record_only")}</button></div>`}
    <${PinPad} label=${t("door.pin")} yes=${t("door.enter")} onDone=${enter} />
    ${!known && html`<a class="button" href="#enrol">${t("door.have_code")}</a>`}
  <//>`;
}

/** A new phone, or a new person on it: the code on the slip, then a PIN of one's own. */
export function Enrol({ of: [given] = [] }) {
  const [code, setCode] = useState(given ?? "");
  const [step, go] = useState(given ? "pin" : "code");
  const [first, choose] = useState("");
  const finish = (pin) => act(first ? "enrol" : "choose", async () => {
    if (!first) {
      if (isTrivial(pin)) say(t("door.pin_trivial"), { bad: true });
      else choose(pin);
      return false;
    }
    choose("");
    if (pin !== first) {
      say(t("door.pin_differs"), { bad: true });
      return false;
    }
    try {
      await enrol({ code, pin });
    } catch (error) {
      if (error.code === "enrolment-code-refused") go("code");
      throw error;
    }
    await entered();
    return true;
  });
  const back = step === "pin" ? "enrol" : state.device ? "door" : null;
  if (step === "scan") return html`<${Door} title=${t("door.scan")} back="enrol"><${Scan} about=${t("scan.about")} onFound=${(text) => { setCode(codeIn(text)); go("pin"); }} onLeave=${() => go("code")} /><//>`;
  if (step === "pin") {
    return html`<${Door} title=${t("door.new_pin")} back=${back}>
      <p class="soft">${t("door.pin_about")}</p>
      <${PinPad} key=${first} label=${t(first ? "door.pin_again" : "door.pin_choose")} yes=${t(first ? "door.enrol" : "door.next")} onDone=${finish} fresh />
    <//>`;
  }
  return html`<${Door} title=${t(state.device ? "door.newcomer" : "door.welcome")} back=${back}>
    <p class="soft">${t("door.code_about")}</p>
    <form onSubmit=${(event) => { event.preventDefault(); go("pin"); }}>
      <label>${t("door.code")}<input name="code" autocomplete="off" autocapitalize="characters" required maxlength="200" value=${code} onInput=${(event) => setCode(event.target.value)} /></label>
      <div class="choices">
        ${canScan() && html`<button type="button" onClick=${() => go("scan")}>${t("door.scan")}</button>`}
        <button class="main">${t("door.next")}</button>
      </div>
    </form>
    ${state.device && html`<a class="button" href="#badge">${t("door.sign_in")}</a>`}
  <//>`;
}

/** What was refused to somebody who is not signed in, and perhaps cannot any more. */
export function Refusals({ of: [id] }) {
  const [refused, show] = useState(null);
  const read = async () => {
    show(await refusals(id));
    await forgetIfDone(id);
    await reread();
  };
  if (!refused) refusals(id).then(show);
  return html`<${Door} title=${t("refused.title")} back="door">
    ${refused && html`<${RefusedList} refused=${refused} after=${read} />`}
  <//>`;
}
