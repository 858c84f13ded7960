// Who uses this phone: enrolling it, signing in by badge and PIN, switching, signing out.

import { Refused, ask, call, read, send, whenEnded } from "./api.js";
import * as queue from "./queue.js";
import { reread, state } from "./state.js";
import * as store from "./store.js";

const PHONES = /iPhone|iPad|Android/;

export const labelOfPhone = () => PHONES.exec(navigator.userAgent)?.[0] ?? "Browser";

/** The code on an enrolment slip, whether the QR's address was read or the code was typed. */
export const codeIn = (text) => (/[#&?]enrol=([^&]+)/.exec(text)?.[1] ?? text).trim();

/** Enrol this phone, or another person on it, with a code that HR gave. */
export async function enrol({ code, pin }) {
  const device = await store.get("device");
  const known = device ? { device_id: device.id, device_secret: device.secret } : {};
  const body = { code: codeIn(code), pin, label: labelOfPhone(), ...known };
  const answer = await read(await asPhone("/v1/devices", body));
  await store.put("device", { id: answer.device_id, secret: answer.device_secret });
  await arrive(answer);
}

export async function signIn({ badge, pin, person = null }) {
  const device = await store.get("device");
  const body = { device_id: device.id, device_secret: device.secret, badge_number: badge.trim(), pin };
  try {
    await arrive(await read(await asPhone("/v1/sessions", body)), { badge: body.badge_number });
  } catch (error) {
    // Who works here no more learns, action by action, that nothing of theirs is taken.
    if (person && error.code === "employment-ended") await refuseAllOf(person, error);
    throw error;
  }
}

async function asPhone(path, body) {
  try {
    return await send("POST", path, { body });
  } catch (error) {
    if (error.code === "device-not-enrolled") {
      await store.drop("device");
      await reread();
    }
    throw error;
  }
}

/** Keep the tokens first: who they belong to can be asked again, they cannot. */
async function arrive({ access_token, refresh_token }, { badge = null } = {}) {
  await giveUpArriving();
  await store.put("arriving", { access_token, refresh_token, badge });
  await finishArriving({ instead: await store.get("current") });
  tellLanguage().catch(() => {});
}

/** Let nobody in any more who has shown a PIN and was never answered; their session is to end. */
async function giveUpArriving() {
  const arriving = await store.get("arriving");
  if (!arriving) return;
  await store.put("departing", [...((await store.get("departing")) ?? []), arriving]);
  await store.drop("arriving");
}

/** End the sessions of those who were never let in; what has no answer is thrown, to be tried again. */
export async function endDeparting() {
  for (const { access_token, refresh_token } of (await store.get("departing")) ?? []) {
    const end = (token) => send("DELETE", "/v1/sessions/current", { token });
    try {
      await end(access_token).catch(async (error) => {
        if (error.code !== "token-expired") throw error;
        await end((await read(await send("POST", "/v1/sessions/refresh", { body: { refresh_token } }))).access_token);
      });
    } catch (error) {
      if (!(error instanceof Refused) || error.again) throw error;
    }
    const left = ((await store.get("departing")) ?? []).filter((one) => one.access_token !== access_token);
    await store.put("departing", left);
  }
}

/**
 * Find out whose tokens were given, and let them in, unless somebody else has the phone: only who
 * enters a PIN at this moment takes it from another, who is named ``instead``. Tell whether they
 * were let in.
 */
export async function finishArriving({ instead = null } = {}) {
  const tokens = await store.get("arriving");
  if (!tokens) return false;
  try {
    const me = await read(await send("GET", "/v1/me", { token: tokens.access_token }));
    if (!(await isArriving(tokens))) return false;
    const current = await store.get("current");
    if (current && current !== me.id && current !== instead) {
      await giveUpArriving();
      return false;
    }
    await makeRoomFor(me.id);
    const { untold, language } = (await store.person(me.id)) ?? {};
    await store.keepPerson(me.id, { name: me.name, badge: me.badge_number, language: untold ? language : me.language, tokens: tokensOf(tokens), leaving: null });
    await store.put("current", me.id);
    await store.drop("arriving");
  } catch (error) {
    if (error instanceof Refused && !error.again && (await isArriving(tokens))) await giveUpArriving();
    throw error;
  }
  await reread();
  return true;
}

/** Whether it is still they who arrive: somebody else may have shown a PIN since. */
const isArriving = async ({ access_token }) => (await store.get("arriving"))?.access_token === access_token;

const tokensOf = ({ access_token, refresh_token }) => ({ access_token, refresh_token });

/** Tell the server which language was chosen here, once there is a network and a session. */
export async function tellLanguage() {
  const { person, proven, online } = state;
  if (!person?.untold || !proven || !online) return;
  const { id, language } = person;
  await ask(id, "PATCH", "/v1/me", { body: { language } });
  await store.changeIf(id, (one) => one?.language === language, { untold: false });
}

/** Whoever used the phone until now leaves it, unless it is the same person. */
async function makeRoomFor(id) {
  const before = await store.get("current");
  if (before && before !== id) await stepOut(before, "switch");
}

/** Let somebody whom this phone knows record without a network; a PIN cannot be checked here. */
export async function recordWithoutPin(person) {
  const [arriving, one] = [await store.get("arriving"), await store.person(person)];
  if (arriving && arriving.badge !== one?.badge) await giveUpArriving();
  await makeRoomFor(person);
  await store.put("current", person);
  await reread();
}

/**
 * Leave the phone to the next one. What is queued goes out under its own session as soon as there
 * is a network; then that session ends. ``forget`` also removes the name from this phone.
 */
export async function leave({ forget = false } = {}) {
  const { id } = state.person;
  await giveUpArriving();
  await stepOut(id, forget ? "forget" : "switch");
  await forgetIfDone(id);
}

async function stepOut(id, leaving) {
  await queue.hurry(id);
  await store.drop("current");
  await store.forgetLooks(id, { but: store.SAID_ONCE });
  await store.keepPerson(id, { leaving, venue: null, zone: null });
}

/** End the session of who has left and has nothing more that can go out under it. */
export async function farewell(id) {
  const isLeaving = (one) => Boolean(one?.leaving);
  if (!isLeaving(await store.person(id)) || queue.sendable(await queue.waiting(id)).length) return;
  // Who comes back at this very moment keeps their new session.
  await call(id, "DELETE", "/v1/sessions/current", { expected: isLeaving });
  await store.changeIf(id, isLeaving, { tokens: null });
  await forgetIfDone(id);
}

/** Forget who has signed out for good, once nothing of theirs is left. */
export async function forgetIfDone(id) {
  const [person, current] = await Promise.all([store.person(id), store.get("current")]);
  const left = (await queue.waiting(id)).length + (await queue.refusals(id)).length;
  if (person?.leaving === "forget" && !person.tokens && current !== id && !left) await store.forgetPerson(id);
  await reread();
}

/** Keep the queue of somebody whose session the server has ended; of who was dismissed, nothing. */
whenEnded(async (id, token, error) => {
  if (!(await store.changeIf(id, store.bears(token), { tokens: null }))) return;
  await store.forgetLooks(id, { but: store.SAID_ONCE });
  const reasons = new Map((error.problem.results ?? []).map((one) => [one.id, one.problem]));
  const ended = (problem) => problem?.type === "/problems/employment-ended";
  if (ended(error.problem) || [...reasons.values()].some(ended)) await refuseAllOf(id, error, reasons);
  await forgetIfDone(id);
});

async function refuseAllOf(id, error, reasons = new Map()) {
  await queue.refuseAll(id, (item) => reasons.get(item.id) ?? error.problem);
  await reread();
}
