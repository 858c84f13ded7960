// Looks: what the server said last, asked for again with its ETag, and kept for airplane mode.

import { NoAnswer, ask, call, read } from "./api.js";
import { absorbingGestures } from "./given.js";
import { bodyOf, may, reread, state } from "./state.js";
import * as store from "./store.js";

const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 60_000;
const GROWTH = 1.5;
const DUTY_EVERY_MS = 180_000;
const MOST = 200;

// Who has no shift says where they are, while events are on at several venues.
const here = (path) => (state.person.venue ? `${path}${path.includes("?") ? "&" : "?"}venue_id=${state.person.venue}` : path);

const PATHS = {
  duty: () => here("/v1/me/duty"),
  venue: () => {
    const event = bodyOf("duty")?.event;
    return event && `/v1/venues/${event.venue_id}`;
  },
  near: () => here("/v1/requests?scope=near&limit=50"),
  mine: () => "/v1/requests?scope=mine&status=accepted&limit=50",
  points: () => here("/v1/me/points"),
  inbox: () => "/v1/me/inbox?limit=50",
  colleagues: () => here(`/v1/me/colleagues?limit=${MOST}`),
  follow_ups: () => "/v1/me/follow-ups?limit=50",
  tally: () => here("/v1/me/tally"),
  done: () => "/v1/requests?scope=mine&status=resolved&limit=30",
  ratings: () => "/v1/me/ratings?limit=20",
  entries: () => "/v1/me/points/entries?limit=50",
  rewards: () => `/v1/me/rewards?limit=${MOST}`,
  redemptions: () => "/v1/me/redemptions?limit=50",
  me: () => "/v1/me",
  cover: () => "/v1/me/cover",
  cover_over: () => left && `/v1/covers/${left}`,
  gestures: () => here("/v1/me/gestures"),
  given: () => {
    const event = bodyOf("duty")?.event;
    return `/v1/me/gestures/given?${event ? `event_id=${event.id}&` : ""}limit=50`;
  },
  asked_gestures: () => {
    // This one is of the venue that is named, whatever else is so.
    const venue = bodyOf("duty")?.event?.venue_id;
    return may("allow_gestures") && `/v1/gestures/waiting?limit=50${venue ? `&venue_id=${venue}` : ""}`;
  },
  one_cover: () => `/v1/covers/${state.view.of[0]}`,
};

// The post in which I stood in until a moment ago, to be told what became of it.
let left = null;

// What a screen looks at besides: when it is opened, and as long as it is.
const OF_VIEW = {
  evening: ["tally"], points: ["entries"], rewards: ["rewards", "redemptions"], ratings: ["ratings"], codes: ["done"], colleagues: ["colleagues"], cover: ["one_cover"],
  request: ["gestures", "given"], receipts: ["given"], gestures: ["gestures"], receipt: ["gestures"],
  follow_ups: ["follow_ups"],
};
const ALWAYS = ["near", "mine", "points", "inbox", "cover", "asked_gestures"];
const needed = () => [...ALWAYS, ...(OF_VIEW[state.view.name] ?? [])];

// What an answer of the queue has changed is newer than any look that was under way.
let epoch = 0;
export const outdate = () => { epoch += 1; };

/** Look at one thing; return whether it is new. What there is none of (404) is kept as none. */
async function look(person, name) {
  const path = PATHS[name]();
  if (!path) return false;
  const [began, before] = [epoch, state.looks[name]];
  let body = null;
  let etag = null;
  try {
    const answer = await call(person, "GET", path, { etag: before?.path === path ? before.etag : null });
    if (answer.status === 304) {
      await keep(began, { ...before, at: Date.now() });
      return false;
    }
    etag = answer.headers.get("ETag");
    body = await read(answer);
  } catch (error) {
    if (error.status !== 404) throw error;
  }
  return keep(began, { person, name, path, body, etag, at: Date.now() });
}

async function keep(began, look) {
  // Whoever has left meanwhile leaves nothing behind.
  if (epoch !== began || (await store.get("current")) !== look.person) return false;
  await store.keepLook(look);
  // Whoever uses this phone next may have to call before there is a network.
  if (look.name === "venue" && look.body) await store.put("command_centre", look.body.command_centre_phone);
  return true;
}

/** Look at several things, at once; without a network, or refused, what is kept stays. */
export async function lookAt(...names) {
  const person = state.person;
  if (!state.proven) return false;
  const before = bodyOf("cover")?.covering;
  const came = await Promise.all(names.map((name) => look(person.id, name).catch(() => false)));
  await reread();
  if (before && bodyOf("cover") && bodyOf("cover").covering?.id !== before.id) {
    left = before.id;
    await lookAt("cover_over");
  }
  return came.some(Boolean);
}

/** Keep a gesture of mine as it stands, without its code. */
export async function keepGiven(gesture) {
  const person = state.person.id;
  const before = state.looks.given?.body?.items.find(({ id }) => id === gesture.id);
  if (before?.state === gesture.state && before?.claimed_at === gesture.claimed_at) return;
  await store.changeLooks(absorbingGestures(person, [gesture]));
  await reread();
}

/** Put a look away that was read. */
export async function putAway(name) {
  await store.dropLook(state.person.id, name);
  await reread();
}

let timer;
let pause = FIRST_PAUSE_MS;
// The server's points follow what was done within a second or two.
const SOON_MS = [300, 2_500];
let soon = [];
let dutyAt = 0;

/** Look around now, and again and again: less often while nothing changes, not while unseen. */
export async function lookAround() {
  clearTimeout(timer);
  if (document.visibilityState !== "visible") return;
  if (Date.now() - dutyAt > DUTY_EVERY_MS && state.proven) {
    await lookAt("duty", "me");
    await lookAt("venue", "colleagues", "gestures", "follow_ups");
    if (bodyOf("duty")) dutyAt = Date.now();
  }
  const news = await lookAt(...needed());
  // Who is looking for somebody to help is not kept waiting.
  pause = news || state.view.name === "near" ? FIRST_PAUSE_MS : Math.min(pause * GROWTH, LONGEST_PAUSE_MS);
  clearTimeout(timer);
  timer = setTimeout(lookAround, soon.shift() ?? pause);
}

/** Begin anew: somebody came, or the network did. */
export function lookAgain() {
  pause = FIRST_PAUSE_MS;
  dutyAt = 0;
  return lookAround();
}

/** Look at what the open screen needs. */
export const lookHere = () => lookAt(...needed());

/** Look sooner: something was done. What is under way was asked before, and ends no wait of this. */
export function lookSoon() {
  pause = FIRST_PAUSE_MS;
  soon = [...SOON_MS];
  clearTimeout(timer);
  timer = setTimeout(lookAround, soon.shift());
}

/** Say that the inbox was read; without a network it stays unread. */
export async function markRead() {
  const [newest] = bodyOf("inbox")?.items ?? [];
  if (!newest || newest.read || !state.proven) return;
  try {
    await ask(state.person.id, "POST", "/v1/me/inbox/read", { body: { up_to: newest.id } });
    await lookAt("inbox");
  } catch (error) {
    if (!(error instanceof NoAnswer) && !error.status) throw error;
  }
}
