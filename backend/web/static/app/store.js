// What this phone keeps, in IndexedDB, so that a closed tab and a dead battery lose nothing:
//   phone    its enrolment, who is using it, its language
//   people   who is known here, each with the tokens of their session while it lasts
//   queue    what was done and is not yet answered, in order, each person's own
//   refused  what the server did not take, until it is put away by hand
//   looks    what the server said last, for airplane mode; gone when its person leaves

import { openDB } from "../vendor/idb.js";

const NAME = "on-the-spot";
const VERSION = 1;
// Written to the disk, not only to its buffer, before a tap is acknowledged.
export const DURABLE = { durability: "strict" };

let opening = null;

/** The database; closed and opened again when another release of this page needs it. */
export function base() {
  opening ??= openDB(NAME, VERSION, {
    upgrade(db) {
      db.createObjectStore("phone");
      db.createObjectStore("people", { keyPath: "id" });
      for (const [name, key] of [["queue", { keyPath: "seq", autoIncrement: true }], ["refused", { keyPath: "id" }]]) {
        db.createObjectStore(name, key).createIndex("person", "person");
      }
      db.createObjectStore("looks", { keyPath: ["person", "name"] }).createIndex("person", "person");
    },
    blocking(_current, _blocked, event) {
      event.target.close();
      opening = null;
    },
    terminated() {
      opening = null;
    },
  });
  return opening;
}

export const get = async (key) => (await base()).get("phone", key);
export const put = async (key, value) => (await base()).put("phone", value, key, DURABLE);
export const drop = async (key) => (await base()).delete("phone", key);

export const people = async () => (await base()).getAll("people");
export const person = async (id) => (await base()).get("people", id);

/** Whether somebody has shown their PIN, and has not left since: whoever left may still have tokens. */
export const isProven = (one) => Boolean(one?.tokens && !one.leaving);

/** Change what is kept of somebody; ``changes`` for whoever is not known yet make them known. */
export const keepPerson = (id, changes) => changeIf(id, () => true, changes);

/** Change what is kept of somebody if it still is as expected; tell whether it was. */
export async function changeIf(id, expected, changes) {
  const tx = (await base()).transaction("people", "readwrite", DURABLE);
  const before = await tx.store.get(id);
  const fits = expected(before);
  if (fits) await tx.store.put({ ...before, id, ...changes });
  await tx.done;
  return fits;
}

/** Expect that somebody still has these tokens: they may have signed in anew meanwhile. */
export const bears = (token) => (one) => one?.tokens?.access_token === token;

/** Forget everything about somebody; what they queued is gone before this is asked for. */
export async function forgetPerson(id) {
  await forgetLooks(id);
  await (await base()).delete("people", id);
}

// How many cards are somebody's is told when they are scanned, and never again.
export const SAID_ONCE = "cards";

export const looksOf = async (id) => (await base()).getAllFromIndex("looks", "person", id);

export async function keepLook(look) {
  await (await base()).put("looks", look);
}

/** Change looks in a transaction of their own. */
export async function changeLooks(alter) {
  const tx = (await base()).transaction("looks", "readwrite");
  await alter(tx.store);
  await tx.done;
}

export const dropLook = async (id, name) => (await base()).delete("looks", [id, name]);

/** Forget what the server said to somebody; ``but`` is for what it says only once. */
export async function forgetLooks(id, { but = null } = {}) {
  const tx = (await base()).transaction("looks", "readwrite");
  for (const key of await tx.store.index("person").getAllKeys(id)) if (key[1] !== but) tx.store.delete(key);
  await tx.done;
}

const others = new BroadcastChannel(NAME);

/** Tell the other tabs that what is kept has changed. */
export const tellOthers = () => others.postMessage("changed");
export const onOthers = (act) => others.addEventListener("message", act);
