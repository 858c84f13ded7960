// Calls of /v1: with a time limit, as somebody, and with fresh tokens when the old ones are spent.

import * as store from "./store.js";

const PATIENCE_MS = 15_000;
// Of a session that is over, the refusal to renew its tokens says why.
const RENEWABLE = new Set(["token-expired", "token-invalid", "not-authenticated", "session-ended"]);

/** There was no answer: no network, or too slow. */
export class NoAnswer extends Error {}

/** The server's refusal (RFC 9457); ``again`` says that waiting mends it. */
export class Refused extends Error {
  constructor(problem, answer) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
    this.code = problem.type?.split("/").at(-1) ?? "";
    this.status = answer.status;
    this.waitMs = Number(answer.headers.get("Retry-After") ?? 0) * 1000 || 0;
    this.again = answer.status >= 500 || answer.status === 429 || this.waitMs > 0;
  }
}

const underWay = new Set();
const ANEW = "anew";
let onHeard = () => {};

/** Say what is to be done when an answer came, or none did: a phone's own word on that is weak. */
export const whenHeard = (act) => { onHeard = act; };

/** Give up what is under way: when the network comes back it may hang for long, and is sent anew. */
export function beginAnew() {
  for (const call of underWay) call.abort(ANEW);
  underWay.clear();
}

/** A signal that gives up after so long, or when everything begins anew. */
function limited(patience) {
  const call = new AbortController();
  underWay.add(call);
  AbortSignal.timeout(patience).addEventListener("abort", () => {
    underWay.delete(call);
    call.abort();
  });
  return call.signal;
}

/** Send once; return the answer (304 is one), or throw NoAnswer or Refused. */
export async function send(method, path, { body, token, key, etag, patience = PATIENCE_MS } = {}) {
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers["Idempotency-Key"] = key;
  if (etag) headers["If-None-Match"] = etag;
  const signal = limited(patience);
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store", signal });
  } catch {
    if (signal.reason !== ANEW) onHeard(false);
    throw new NoAnswer();
  }
  onHeard(true);
  if (answer.ok || answer.status === 304) return answer;
  throw new Refused(await answer.json().catch(() => ({ title: answer.statusText })), answer);
}

/** Read a whole answer; one that breaks off in the middle was none. */
export async function read(answer, how = "json") {
  try {
    return await answer[how]();
  } catch {
    throw new NoAnswer();
  }
}

const locked = (name, act) => (navigator.locks ? navigator.locks.request(name, act) : act());

let onEnded = async () => {};

/** Say what is to be done when the server says that somebody's session is over. */
export const whenEnded = (act) => { onEnded = act; };

/** Call as somebody, as long as they are as ``expected``; renews their tokens once when spent. */
export async function call(person, method, path, { expected = () => true, ...options } = {}) {
  for (let renewed = false; ; renewed = true) {
    const one = await store.person(person);
    const token = one?.tokens?.access_token;
    if (!token || !expected(one)) throw new NoAnswer();
    try {
      return await send(method, path, { ...options, token });
    } catch (error) {
      if (error.status !== 401) throw error;
      if (renewed || !RENEWABLE.has(error.code)) {
        await onEnded(person, token, error);
        throw error;
      }
      await renew(person, token);
    }
  }
}

/**
 * Exchange the refresh token, one tab at a time: who comes second finds the new one. It is
 * kept until its successor is, so after a lost answer the same one is sent again.
 */
async function renew(person, spent) {
  await locked(`tokens ${person}`, async () => {
    const tokens = (await store.person(person))?.tokens;
    if (!tokens || tokens.access_token !== spent) return;
    try {
      const answer = await send("POST", "/v1/sessions/refresh", { body: { refresh_token: tokens.refresh_token } });
      const { access_token, refresh_token } = await read(answer);
      await store.changeIf(person, store.bears(spent), { tokens: { access_token, refresh_token } });
    } catch (error) {
      if (error.status === 401) await onEnded(person, spent, error);
      throw error;
    }
  });
}

export const ask = async (person, method, path, options) => read(await call(person, method, path, options));
