// Posts that were left: asked to stand in, standing in, and who stands in for me. All of it is said
// to others at once, so it needs the network: a colleague who hears of it an hour later is no cover.

import { ask } from "./api.js";
import { t } from "./i18n.js";
import { newId } from "./ids.js";
import { lookAt, putAway } from "./looks.js";
import { bodyOf, say, state } from "./state.js";

/** The name of a colleague, as far as they are on duty now. */
export const nameOf = (id) => bodyOf("colleagues")?.items.find((one) => one.employee_id === id)?.name ?? t("cover.colleague");

const placed = (cover) => `${cover.post.name}, ${cover.zone.name}`;

/** Do something with a cover, then see how it stands: also when somebody was quicker. */
async function tell(cover, verb) {
  try {
    await ask(state.person.id, "POST", `/v1/covers/${cover.id}/${verb}`, { key: newId() });
  } finally {
    await lookAt("cover", ...(state.view.name === "cover" ? ["one_cover"] : []));
  }
}

export async function standIn(cover) {
  await tell(cover, "take");
  say(t("said.standing_in", { where: placed(cover) }));
}

export async function stopStandingIn(cover) {
  await tell(cover, "leave");
  await putAway("cover_over");
  say(t("said.stopped_standing_in", { where: placed(cover) }));
}

export const seen = () => putAway("cover_over");
