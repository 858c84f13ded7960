// Gestures: given from the queue like everything else, so that one that comes twice is given once.
// What one has left is the server's to say, and so is the receipt: neither is there without a network.

import { record } from "./actions.js";
import { ask } from "./api.js";
import { t } from "./i18n.js";
import { newId } from "./ids.js";
import { lookAt } from "./looks.js";
import { bodyOf, say, state } from "./state.js";

const kindOf = (id) => bodyOf("gestures")?.kinds.find((kind) => kind.id === id);

/** What waits on this phone to be given out of one's own authority, in one currency. */
function waitingCents(currency) {
  const mine = state.waiting.filter(({ kind, body }) => kind === "give_gesture" && !body.needs_supervisor);
  return mine.filter(({ body }) => kindOf(body.kind_id)?.currency === currency)
    .reduce((sum, { body }) => sum + (body.amount_cents ?? kindOf(body.kind_id).cents ?? 0), 0);
}

/** What one has left by currency, as the server said last, less what it does not know of yet. */
export function authorities() {
  const known = bodyOf("gestures") ?? { authorities: [], kinds: [] };
  const currencies = new Set(known.kinds.map(({ currency }) => currency));
  return [...currencies].sort().map((currency) => {
    const own = known.authorities.find((one) => one.currency === currency);
    return { currency, left_cents: Math.max(0, (own?.left_cents ?? 0) - waitingCents(currency)) };
  });
}

export const leftIn = (currency) => authorities().find((one) => one.currency === currency)?.left_cents ?? 0;

/** Give something to the fan of a request; what is more than is left waits for a supervisor. */
export async function give(request, kind, cents) {
  const own = kind.cents === null ? { amount_cents: cents } : {};
  const body = { request_id: request.id, kind_id: kind.id, needs_supervisor: cents > leftIn(kind.currency), ...own };
  const { id } = await record("give_gesture", body, { category: request.category });
  location.hash = `#receipt/${id}`;
}

/** What I gave for a request, as far as the server has answered. */
export const givenFor = (request_id) => (bodyOf("given")?.items ?? []).filter((one) => one.request_id === request_id);

/** Decide about what a colleague asked for; whoever was quicker has decided already. */
async function decide({ id }, verb, body) {
  try {
    await ask(state.person.id, "POST", `/v1/gestures/${id}/${verb}`, { key: newId(), body });
  } finally {
    await lookAt("asked_gestures");
  }
}

export async function allow(gesture) {
  await decide(gesture, "allow");
  say(t("said.gesture_allowed", { what: gesture.kind_name }));
}

export async function decline(gesture, reason) {
  await decide(gesture, "decline", { reason });
  say(t("said.gesture_declined", { what: gesture.kind_name }));
}

/** Use up the receipt that somebody shows at the stand; with the same key it is used up once. */
export const claim = (code, key) => ask(state.person.id, "POST", "/v1/gestures/claims", { key, body: { code } });
