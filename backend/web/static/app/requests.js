// Requests as they stand for this phone: what the server said last, and what waits on top of it.

import { absorbingGestures } from "./given.js";
import { bodyOf, state } from "./state.js";

/** Return {mine, near}: requests in hand and open ones, with ``waiting`` for what is not sent yet. */
export function requestsNow() {
  const mine = byId(bodyOf("mine")?.items ?? []);
  const near = byId(bodyOf("near")?.items ?? []);
  for (const item of state.waiting) STEPS[item.kind]?.({ mine, near }, item);
  return { mine: [...mine.values()], near: [...near.values()] };
}

const byId = (requests) => new Map(requests.map((request) => [request.id, request]));

function begin({ mine }, { at, body: { request, zone_id } }) {
  if (!request) return;
  const zone = request.zone_id ?? zone_id ?? bodyOf("duty")?.zone?.id;
  mine.set(request.id, { ...blank(request.id, at), category: request.category, zone_id: zone });
}

const blank = (id, at) => ({
  id, category: "other", opened_at: at, owner_id: state.person?.id, shares: [{ employee_id: state.person?.id, percent: 100 }], waiting: true,
});

function take({ mine, near }, { at, body }) {
  const known = near.get(body.request_id) ?? {};
  near.delete(body.request_id);
  mine.set(body.request_id, { ...blank(body.request_id, at), ...known, owner_id: state.person?.id, waiting: true });
}

function letGo({ mine, near }, { body }) {
  mine.delete(body.request_id);
  near.delete(body.request_id);
}

const STEPS = { greet: begin, accept: take, resolve: letGo, release: letGo, hand_over: letGo, cancel: letGo, safety: letGo };

/** The request that a result shows, if any. */
const shownBy = ({ result }) => result?.request ?? (result?.shares ? result : null);

/** Put what results show into the kept looks, so that nothing flickers until the next one. */
export function absorbing(person, results) {
  const shown = results.map(shownBy).filter(Boolean);
  const gestures = results.map(({ result }) => result).filter((result) => result?.kind_name);
  return async (looks) => {
    await absorbingGestures(person, gestures)(looks);
    for (const name of ["mine", "near"]) {
      const look = await looks.get([person, name]);
      if (look?.body && shown.length) await looks.put({ ...look, etag: null, body: { ...look.body, items: merged(look.body.items, shown, name, person) } });
    }
  };
}

function merged(items, shown, name, person) {
  const left = new Map(items.map((item) => [item.id, item]));
  for (const request of shown) {
    left.delete(request.id);
    const held = request.status === "accepted" && request.shares.some(({ employee_id }) => employee_id === person);
    if (name === "near" ? request.status === "open" : held) left.set(request.id, request);
  }
  return [...left.values()];
}

export const inHand = (id) => requestsNow().mine.find((request) => request.id === id);

export const zoneName = (id) => bodyOf("venue")?.zones.find((zone) => zone.id === id)?.name ?? "";

/** Per cent of the credit that the person on this phone holds. */
export const myShare = ({ shares }) => shares.find(({ employee_id }) => employee_id === state.person?.id)?.percent ?? 0;
