// What was given from this phone, as the server said it last.

const MOST_GIVEN = 30;

/** Put what the server said of gestures into what is kept; never the code of a receipt. */
export const absorbingGestures = (person, gestures) => async (looks) => {
  if (!gestures.length) return;
  const before = (await looks.get([person, "given"]))?.body?.items ?? [];
  const news = new Map(gestures.map(({ receipt_code: _, ...gesture }) => [gesture.id, gesture]));
  const items = [...news.values(), ...before.filter(({ id }) => !news.has(id))].slice(0, MOST_GIVEN);
  await looks.put({ person, name: "given", at: Date.now(), body: { items } });
};
