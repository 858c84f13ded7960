// The queue: what was done, kept before the tap is acknowledged, sent in order, exactly once.
// An action's id, time and words never change, so that sending it again is the same action.

import { newId } from "./ids.js";
import { DURABLE, base, tellOthers } from "./store.js";

export const UNDO_MS = 10_000;

/** Whether an action may be sent; a clock that was set back makes none wait for hours. */
export const isDue = ({ due }, now = Date.now()) => now >= due || due - now > UNDO_MS;

/** Whether an action can still be taken back: what may have been sent cannot. */
export const isUndoable = (item, now = Date.now()) => !item.sent && !isDue(item, now);

/**
 * Keep what somebody did. What can be undone waits for ten seconds; anything else hurries, and so
 * does what came before it: the order stays. Without a session it is held until its person says
 * that it was theirs. ``category`` is for the list of what was refused.
 */
export async function add(person, kind, body, { undo = false, held = false, category = null } = {}) {
  const item = { person, kind, body, held, category, id: newId(), at: new Date().toISOString(), due: undo ? Date.now() + UNDO_MS : 0 };
  const tx = (await base()).transaction("queue", "readwrite", DURABLE);
  if (!undo) await hurryWithin(tx.store, person);
  item.seq = await tx.store.add(item);
  await tx.done;
  tellOthers();
  return item;
}

async function hurryWithin(store, person) {
  for (const item of await store.index("person").getAll(person)) {
    if (item.due) await store.put({ ...item, due: 0 });
  }
}

/** Let nothing of somebody's wait to be undone: they are leaving. */
export async function hurry(person) {
  const tx = (await base()).transaction("queue", "readwrite", DURABLE);
  await hurryWithin(tx.store, person);
  await tx.done;
}

/** Take back the last thing that can be; return it, or nothing. */
export async function undo(person) {
  const tx = (await base()).transaction("queue", "readwrite", DURABLE);
  const last = (await tx.store.index("person").getAll(person)).filter((item) => isUndoable(item)).at(-1);
  if (last) await tx.store.delete(last.seq);
  await tx.done;
  tellOthers();
  return last;
}

export const waiting = async (person) => (await base()).getAllFromIndex("queue", "person", person);
export const refusals = async (person) => (await base()).getAllFromIndex("refused", "person", person);

/** The requests that an action is about: one that it opens, or a step of one. */
const requestsOf = ({ id, kind, body }) => [kind === "open" ? id : null, body.request?.id, body.request_id].filter(Boolean);

/** What can go out, in order: neither held, nor about a request of which something before is held. */
export function sendable(items) {
  const held = new Set();
  return items.filter((item) => {
    const about = requestsOf(item);
    const stays = item.held || about.some((request) => held.has(request));
    if (stays) about.forEach((request) => held.add(request));
    return !stays;
  });
}

/** The next actions to send, in order, marked as perhaps sent. */
export async function take(person, most) {
  const tx = (await base()).transaction("queue", "readwrite", DURABLE);
  const now = Date.now();
  const batch = [];
  for (const item of sendable(await tx.store.index("person").getAll(person))) {
    if (!isDue(item, now) || batch.length === most) break;
    batch.push(item);
    if (!item.sent) await tx.store.put({ ...item, sent: true });
  }
  await tx.done;
  return batch;
}

/** An action as the API reads it. */
export const said = ({ id, kind, at, body }) => ({ id, kind, at, ...body });

/** A line of the list of what was not taken, or taken without pay. */
function refusal(item, { type, title = "", unpaid = false }) {
  const { person, kind, at, body, category } = item;
  return { id: item.id, person, kind, at, category, request_id: body.request_id ?? null, code: type.split("/").at(-1), title, unpaid };
}

/**
 * Put away what the server has answered: each of ``results`` belongs to the item at its place.
 * ``alter`` may change what the server said last, in the same transaction.
 */
export async function settle(batch, results, alter = async () => {}) {
  const tx = (await base()).transaction(["queue", "refused", "looks"], "readwrite", DURABLE);
  for (const [place, item] of batch.entries()) {
    const { status, result, problem } = results[place];
    if (status >= 400) await tx.objectStore("refused").put(refusal(item, problem));
    else {
      const short = shortfall(item, result ?? {});
      if (short) await tx.objectStore("refused").put(refusal(item, short));
    }
    await tx.objectStore("queue").delete(item.seq);
  }
  await alter(tx.objectStore("looks"));
  await tx.done;
  tellOthers();
}

const UNPAID = new Set(["unverified", "rejected", "season_closed"]);

/** What was taken, but not as it was meant: without pay, or left to others. */
function shortfall(item, { outcome, status, request }) {
  const unpaid = [outcome, status].find((word) => UNPAID.has(word));
  if (unpaid) return { type: unpaid.replace("_", "-"), unpaid: true };
  // Whoever has five in hand helps no sixth: it is open for everybody.
  return item.body.request && request?.status === "open" ? { type: "too-many-in-hand" } : null;
}

/** Refuse all that somebody has queued, each for the reason that the server gave. */
export async function refuseAll(person, problemOf) {
  const items = await waiting(person);
  await settle(items, items.map((item) => ({ status: 401, problem: problemOf(item) })));
}

/** Decide about what was recorded without a PIN: it is sent, or thrown away. */
export async function decideHeld(person, theirs) {
  const tx = (await base()).transaction("queue", "readwrite", DURABLE);
  for (const item of await tx.store.index("person").getAll(person)) {
    if (item.held) await (theirs ? tx.store.put({ ...item, held: false, due: 0 }) : tx.store.delete(item.seq));
  }
  await tx.done;
  tellOthers();
}

/** Put refusals away that were read; each by hand. */
export async function dismiss(ids) {
  const tx = (await base()).transaction("refused", "readwrite");
  for (const id of ids) tx.store.delete(id);
  await tx.done;
  tellOthers();
}
