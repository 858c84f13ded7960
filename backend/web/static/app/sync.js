// The sender: empties the queues of everybody on this phone, each under their own session, in order.
// One tab sends at a time; after a failure it waits, longer each time, or as long as the server says.

import { NoAnswer, ask } from "./api.js";
import { bindingCards } from "./cards.js";
import { t } from "./i18n.js";
import { lookSoon, outdate } from "./looks.js";
import * as queue from "./queue.js";
import { absorbing } from "./requests.js";
import { endDeparting, farewell } from "./session.js";
import { changed, reread, say, state } from "./state.js";
import * as store from "./store.js";

const MOST = 100;
const PATIENCE_MS = 30_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const OTHER_TAB_MS = 2_000;

// Rating codes of what was just resolved, by request; kept nowhere else than here.
export const codes = new Map();
// Gestures as the server said them last, by person and id, with the code of the receipt; as volatile.
export const receipts = new Map();
export const receiptKey = (person, id) => `${person} ${id}`;

let timer;
let running = false;
let asked = false;
let failures = 0;

/** Send what is due, now. */
export function kick() {
  failures = 0;
  return run();
}

function wake(ms) {
  clearTimeout(timer);
  timer = setTimeout(run, ms);
  changed({ sync: { ...state.sync, again: failures ? Date.now() + ms : 0 } });
}

async function run() {
  clearTimeout(timer);
  asked = true;
  if (running) return;
  running = true;
  try {
    while (asked) {
      asked = false;
      await inTurn(pass);
    }
  } finally {
    running = false;
  }
}

/** Run ``act`` unless another tab is sending; then look again in a moment. */
async function inTurn(act) {
  if (!navigator.locks) return act();
  return navigator.locks.request("sync", { ifAvailable: true }, (lock) => (lock ? act() : wake(OTHER_TAB_MS)));
}

async function pass() {
  let waitMs = 0;
  const known = (await store.people()).filter(({ tokens }) => tokens);
  // What was done goes before the sessions of who did nothing.
  for (const work of [...known.map(({ id }) => () => serve(id)), endDeparting]) {
    try {
      await work();
    } catch (error) {
      // What nobody foresaw is said where developers look, and tried again like the rest.
      if (!(error instanceof NoAnswer) && !error.status) console.error(error);
      waitMs = Math.max(waitMs, error.waitMs ?? 0, error.status === 401 ? 0 : 1);
    }
  }
  failures = waitMs ? failures + 1 : 0;
  changed({ sync: { busy: false, again: 0, trouble: waitMs ? (state.online ? "slow" : "offline") : "" } });
  await reread();
  if (waitMs) wake(Math.max(waitMs, backOff()));
  else await wakeForTheNext();
}

/** Send what is due of somebody, and end their session when they have left. */
async function serve(person) {
  await empty(person);
  await farewell(person);
}

/** Twice as long after each failure, and not all phones of an arena at the same instant. */
const backOff = () => Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS) * (0.5 + Math.random() / 2);

async function wakeForTheNext() {
  const now = Date.now();
  const dues = [];
  for (const { id, tokens } of await store.people()) {
    const [first] = queue.sendable(await queue.waiting(id));
    if (tokens && first) dues.push(Math.max(0, first.due - now));
  }
  if (dues.length) wake(Math.min(...dues, queue.UNDO_MS) + 20);
}

/** Send all that is due of one person. */
async function empty(person) {
  let most = MOST;
  for (;;) {
    const batch = await queue.take(person, most);
    if (!batch.length) return;
    changed({ sync: { ...state.sync, busy: true } });
    const body = { sent_at: new Date().toISOString(), actions: batch.map(queue.said) };
    try {
      const { results } = await ask(person, "POST", "/v1/sync", { body, patience: PATIENCE_MS });
      await settle(person, batch, results);
    } catch (error) {
      if (!error.status || error.again || error.status === 401) throw error;
      // The whole was refused, which is the fault of one: find it, so that it holds up no other.
      if (batch.length > 1 && error.status !== 403) most = Math.ceil(batch.length / 2);
      else await settle(person, batch, batch.map(() => ({ status: error.status, problem: error.problem })));
    }
  }
}

async function settle(person, batch, results) {
  for (const [place, { kind, body }] of batch.entries()) {
    if (kind === "give_gesture" && results[place].result) receipts.set(receiptKey(person, batch[place].id), results[place].result);
    if (kind === "safety" && results[place].status < 400 && person === state.person?.id) say(t("said.safety"));
    if (kind === "resolve" && results[place].result?.rating) codes.set(body.request_id, results[place].result.rating);
  }
  outdate();
  const absorb = absorbing(person, results);
  const bind = bindingCards(person, batch, results);
  await queue.settle(batch, results, async (looks) => {
    await absorb(looks);
    await bind(looks);
  });
  await reread();
  lookSoon();
}
