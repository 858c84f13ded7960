// What a tap does: it is kept first, then acknowledged, then sent.

import { n, t } from "./i18n.js";
import { newId } from "./ids.js";
import * as queue from "./queue.js";
import { lookAgain } from "./looks.js";
import { myShare } from "./requests.js";
import { bodyOf, reread, say, state } from "./state.js";
import * as store from "./store.js";
import { kick } from "./sync.js";

const HAPTIC_MS = 20;

/** Keep what was done before the tap is acknowledged; return it. */
export async function record(kind, body, { undo = false, category } = {}) {
  const { person, proven } = state;
  const item = await queue.add(person.id, kind, body, { undo, category, held: !proven });
  navigator.vibrate?.(HAPTIC_MS);
  await reread();
  kick();
  return item;
}

export const step = (kind, { id, category }, more = {}) => record(kind, { request_id: id, ...more }, { category });

/** Only who has no post says where they are. */
export const place = () => {
  const { zone } = state.person;
  const zones = bodyOf("venue")?.zones;
  // What was chosen at another venue is not where they are.
  return zone && (!zones || zones.some(({ id }) => id === zone)) ? { zone_id: zone } : {};
};

/** A party of fans was greeted, and needs nothing. */
export async function greet(party_size) {
  await record("greet", { party_size, answer: "nothing", ...place() }, { undo: true });
  say(n("said.greeted", party_size));
}

/** A fan needs something: greeting and request are one action, and the request is ours at once. */
export async function help(category) {
  const request = { id: newId(), category, ...place() };
  await record("greet", { party_size: 1, answer: "help", request, ...place() }, { undo: true, category });
  say(t("said.yours", { what: t(`need.${category}`) }));
}

/** Take back the last greeting or request, as long as it has not been sent. */
export async function undo() {
  const taken = await queue.undo(state.person.id);
  await reread();
  say(taken ? t("said.undone") : t("said.too_late"), { bad: !taken });
}

export async function accept(request) {
  await step("accept", request);
  say(t("said.yours", { what: t(`need.${request.category}`) }));
}

/** Done: the fan's code comes next. */
export async function resolve(request) {
  await step("resolve", request);
  location.hash = `#code/${request.id}`;
}

export async function release(request) {
  await step("release", request);
  say(t("said.released"));
}

export async function cancel(request) {
  await step("cancel", request, { reason: t("cancel.reason") });
  say(t("said.cancelled"));
}

export async function handOver(request, colleague) {
  await step("hand_over", request, { employee_id: colleague.employee_id, keep_percent: 0 });
  say(t("said.handed_over", { who: colleague.name }));
}

/** A helper gets half of the credit that we hold. */
export async function addHelper(request, colleague) {
  const percent = Math.max(1, Math.floor(myShare(request) / 2));
  await step("add_helper", request, { employee_id: colleague.employee_id, percent });
  say(t("said.helper_added", { who: colleague.name }));
}

export async function choosePlace(zone) {
  await store.keepPerson(state.person.id, { zone });
  await reread();
}

/** Say at which venue's event they are; what is looked at is of that one then. */
export async function chooseVenue(venue) {
  await store.keepPerson(state.person.id, { venue, zone: null });
  await reread();
  await lookAgain();
}

/** Run what a button does, and say it when it fails; tell whether it was done. ``work`` says false of what was not. */
export async function attempt(work) {
  try {
    return (await work()) !== false;
  } catch (error) {
    say(inWords(error), { bad: true });
    return false;
  }
}

// A thumb that trembles taps again within this time; nobody means it.
const TREMBLE_MS = 400;
const working = new Set();
const trembling = new Map(); // Until when, by control.
let screens = 0;

// Whoever has been on another screen in between means the next tap.
addEventListener("hashchange", () => {
  screens += 1;
  trembling.clear();
});

/**
 * Attempt what a control does, once for a tap that came twice. Other controls are not kept waiting:
 * each begins at once, and the database keeps what they write in the order of the taps.
 */
export async function act(control, work) {
  const [since, screen] = [performance.now(), screens];
  if (working.has(control) || since < trembling.get(control)) return;
  working.add(control);
  const done = await attempt(work);
  working.delete(control);
  if (done && screen === screens) trembling.set(control, since + TREMBLE_MS);
}

/** A failure in words: the server's own are for whoever speaks its language. */
export function inWords(error) {
  if (error.words) return error.words;
  if (error.code) return reason(error.code, error.problem.title);
  return error.status ? t("wrong.server") : error instanceof DOMException ? t("wrong.storage") : t("wrong.network");
}

const REASONS = "why.";

/** Why something was refused, by the code of its problem. */
export function reason(code, title) {
  const said = t(`${REASONS}${code}`);
  return said.startsWith(REASONS) ? title || t("why.unknown") : said;
}
