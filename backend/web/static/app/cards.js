// Serial cards, where phones are banned: the pack is scanned once, and its cards are the scanner's.

import { record } from "./actions.js";
import { t } from "./i18n.js";
import { bodyOf, say, state } from "./state.js";
import * as store from "./store.js";

/** The code on the cover of a pack, whether its QR's address was read or only its code was. */
export const packIn = (text) => /#pack=([^&]+)/.exec(text)?.[1] ?? text.trim().replace(/\/+$/, "").split("/").at(-1);

/** A pack that was scanned by the phone's own camera waits here until its person has signed in. */
export const keepPack = (code) => store.put("pack", code);
export const keptPack = () => store.get("pack");
export const forgetPack = () => store.drop("pack");

/** Take cards: a whole pack by its code, or a range of serials. */
export async function takeCards(which) {
  await record("scan_cards", which, { undo: true });
  await forgetPack();
  say(t("said.cards"));
}

/** What the server has bound by the scans of tonight, and what waits. */
export function cardsNow() {
  const tonight = bodyOf("duty")?.event?.id;
  const taken = (bodyOf(store.SAID_ONCE) ?? []).filter(({ event_id }) => !tonight || event_id === tonight);
  const mine = taken.reduce((sum, { bound }) => sum + bound, 0);
  return { taken, mine, waiting: state.waiting.filter(({ kind }) => kind === "scan_cards") };
}

/** Keep what a scan came to beside what the server said last; there is no call that tells it again. */
export function bindingCards(person, batch, results) {
  const bound = results.filter(({ result }, place) => batch[place].kind === "scan_cards" && result).map(({ result }) => result);
  return async (looks) => {
    if (!bound.length) return;
    const known = (await looks.get([person, store.SAID_ONCE]))?.body ?? [];
    const others = known.filter(({ id, event_id }) => event_id === bound[0].event_id && !bound.some((one) => one.id === id));
    await looks.put({ person, name: store.SAID_ONCE, at: Date.now(), body: [...others, ...bound] });
  };
}
