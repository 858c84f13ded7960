// What the screen shows: read from what the phone keeps, drawn again whenever that changes.

import * as queue from "./queue.js";
import * as store from "./store.js";

export const state = {
  device: null,
  person: null, // Who uses the phone now.
  command_centre: null, // The number to call about safety, known without a network and to anybody.
  proven: false, // Whether they have shown their PIN: else they record, and see nothing of theirs.
  others: [], // Who else is known here: {id, name, badge, waiting, refused}.
  waiting: [],
  refused: [],
  looks: {}, // By name: {body, at, etag}.
  view: { name: "floor", of: [] },
  said: null, // {text, bad}
  sync: { busy: false, again: 0, trouble: "" },
  online: navigator.onLine,
};

let draw = () => {};
let drawing = false;

export const whenChanged = (act) => { draw = act; };

/** Draw at the end of this turn, once for all that changed. */
export function changed(what = {}) {
  Object.assign(state, what);
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    draw();
  });
}

let begun = 0;
let shown = 0;

/** Read anew what the phone keeps; of several that read at once, none shows what is older. */
export async function reread() {
  const turn = (begun += 1);
  const [device, current, command_centre, people] = await Promise.all([...["device", "current", "command_centre"].map(store.get), store.people()]);
  const person = people.find(({ id }) => id === current) ?? null;
  const others = await Promise.all(people.filter(({ id }) => id !== current).map(asOther));
  const [waiting, refused, looks] = person
    ? await Promise.all([queue.waiting(person.id), queue.refusals(person.id), store.looksOf(person.id)])
    : [[], [], []];
  const byName = Object.fromEntries(looks.map((look) => [look.name, look]));
  const proven = store.isProven(person);
  if (turn < shown) return;
  shown = turn;
  changed({ device: device ?? null, command_centre: command_centre ?? null, person, proven, others: others.filter(isShown), waiting, refused, looks: proven ? byName : {} });
}

async function asOther({ id, name, badge, leaving }) {
  const [waiting, refused] = await Promise.all([queue.waiting(id), queue.refusals(id)]);
  return { id, name, badge, leaving, waiting: waiting.length, refused: refused.length };
}

/** Whoever signed out for good is shown only as long as something of theirs is left. */
const isShown = ({ leaving, waiting, refused }) => leaving !== "forget" || waiting > 0 || refused > 0;

let silence;

/** Say something, on the screen and to a screen reader. */
export function say(text, { bad = false } = {}) {
  clearTimeout(silence);
  changed({ said: { text, bad } });
  silence = setTimeout(() => changed({ said: null }), bad ? 8_000 : 4_000);
}

/** Whether the person on this phone may do something, as far as the server has said. */
export const may = (permission) => bodyOf("me")?.permissions.includes(permission) ?? false;

export const bodyOf = (name) => state.looks[name]?.body ?? null;
