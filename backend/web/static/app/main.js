// The staff phone: begins here, and draws whatever the address asks for.

import { html, render } from "../vendor/preact-htm.js";
import { inWords } from "./actions.js";
import { beginAnew, whenHeard } from "./api.js";
import { keepPack } from "./cards.js";
import { preferred, speak, t } from "./i18n.js";
import { lookAgain, lookAround, lookHere } from "./looks.js";
import { followReleases } from "./release.js";
import { finishArriving, tellLanguage } from "./session.js";
import { changed, reread, say, state, whenChanged } from "./state.js";
import * as store from "./store.js";
import { kick } from "./sync.js";
import { Code } from "./views/code.js";
import { Cover } from "./views/covers.js";
import { Enrol, People, Refusals, SignIn } from "./views/door.js";
import { Codes, Evening, Points, Ratings } from "./views/evening.js";
import { Floor, Party } from "./views/floor.js";
import { Gestures, Receipts } from "./views/gestures.js";
import { Held, Inbox, RefusedView } from "./views/inbox.js";
import { Receipt } from "./views/receipt.js";
import { Safety } from "./views/safety.js";
import { Colleagues, Near, Request } from "./views/work.js";

// Every screen there is, by its address; the rest comes behind the first.
export const INSIDE = {
  floor: Floor, party: Party, near: Near, request: Request, colleagues: Colleagues, code: Code, evening: Evening, points: Points,
  ratings: Ratings, codes: Codes, inbox: Inbox, safety: Safety, refused: RefusedView, held: Held, cover: Cover, gestures: Gestures,
  receipt: Receipt, receipts: Receipts,
};
export const OUTSIDE = { door: People, pin: SignIn, badge: SignIn, enrol: Enrol, refusals: Refusals };
// What may be seen of somebody whose PIN has not been checked: that they greet and help.
const UNPROVEN = new Set(["floor", "party", "request", "code", "refused", "cards", "pack", "safety"]);

let loading = null;
let settled = false;

/** Load the other screens behind the first; what failed is tried again when one of them is opened. */
function loadLater() {
  loading ??= import("./views/later.js")
    .then(({ LATER }) => Object.assign(INSIDE, LATER), () => { loading = null; })
    .finally(() => {
      settled = true;
      changed();
    });
}

function viewOf(hash) {
  const [, given] = /^#enrol=([^&]+)/.exec(hash) ?? [];
  if (given) return { name: "enrol", of: [given] };
  const [, pack] = /^#pack=([^&]+)/.exec(hash) ?? [];
  if (pack) return { name: "pack", of: [pack] };
  const [name, ...of] = hash.slice(1).split("/");
  return { name: name || "floor", of };
}

function App() {
  const { view, person } = state;
  const Outside = OUTSIDE[view.name];
  if (Outside) return html`<${Outside} key=${location.hash} of=${view.of} />`;
  if (!person) return html`<${People} />`;
  if (!INSIDE[view.name] && !settled) return html`<main class="screen" aria-busy="true"></main>`;
  const name = INSIDE[view.name] && (state.proven || UNPROVEN.has(view.name)) ? view.name : "floor";
  return html`<${INSIDE[name]} key=${location.hash} of=${view.of} />`;
}

const root = document.getElementById("app");
const draw = () => render(html`<${App} />`, root);

/** Go where the address says, and say so to who cannot see it. */
async function go() {
  const before = state.view.name;
  changed({ view: viewOf(location.hash) });
  if (!INSIDE[state.view.name]) loadLater();
  await rememberPack();
  await Promise.resolve();
  const title = document.getElementById("title");
  if (title && before !== state.view.name) title.focus();
  document.title = `${title?.textContent ?? ""} · On the Spot`;
  scrollTo(0, 0);
  lookHere();
}

/** Who scanned a pack before they have signed in finds it behind the door. */
const rememberPack = async () => state.view.name === "pack" && !state.person && keepPack(state.view.of[0]);

/** Whoever is let in by themselves is asked, as at the door, what of all that was recorded is theirs. */
function welcome(came) {
  if (came && state.waiting.some(({ held }) => held)) location.hash = "#held";
  return tellLanguage();
}

function online() {
  changed({ online: navigator.onLine });
  beginAnew();
  if (!navigator.onLine) return;
  finishArriving().then(welcome).catch(() => {}).finally(kick);
  kick();
  lookAgain();
}

async function begin() {
  await reread();
  await speak(state.person?.language ?? (await store.get("language")) ?? preferred());
  whenChanged(draw);
  changed({ view: viewOf(location.hash) });
  await rememberPack();
  whenHeard((online) => { if (online !== state.online) changed({ online }); });
  addEventListener("hashchange", go);
  addEventListener("online", online);
  addEventListener("offline", online);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    kick();
    lookAround();
  });
  store.onOthers(() => { reread(); kick(); });
  navigator.storage?.persist?.();
  followReleases();
  loadLater();
  await finishArriving().catch((error) => say(inWords(error), { bad: true }));
  tellLanguage().catch(() => {});
  kick();
  lookAgain();
  document.title = `${t("app.title")} · On the Spot`;
}

begin().catch(() => { root.textContent = t("wrong.storage"); });
