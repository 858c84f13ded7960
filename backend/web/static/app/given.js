// What somebody gave at this event, from any phone: as the server said it last, and what it has answered since.

/** Put what the server said of gestures into what is kept; never the code of a receipt. */
export const absorbingGestures = (person, gestures) => async (looks) => {
  if (!gestures.length) return;
  const kept = await looks.get([person, "given"]);
  const before = kept?.body?.items ?? [];
  const news = new Map(gestures.map(({ receipt_code: _, ...gesture }) => [gesture.id, gesture]));
  const items = [...news.values(), ...before.filter(({ id }) => !news.has(id))];
  await looks.put({ at: Date.now(), ...kept, person, name: "given", etag: null, body: { items } });
};
