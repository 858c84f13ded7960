// Safety and health are not ours: the command centre is called, gets the request, and nobody is paid for it.

import { place, record, step } from "./actions.js";
import { t } from "./i18n.js";
import { bodyOf, say, state } from "./state.js";

export const CONCERNS = ["medical", "safety"];

/** Whether somebody at an event without a post has not said where they are: nobody could be told. */
export function isNowhere() {
  const duty = bodyOf("duty");
  return Boolean(duty?.event && !duty.zone && !place().zone_id);
}

/**
 * Hand a request to the command centre; without one, say that there is something where I am.
 * Until the server has answered nobody has it: who sends says so then.
 */
export async function handToSafety(concern, request) {
  if (request) await step("safety", request, { concern });
  else {
    const opened = await record("open", { category: "other", ...place() });
    await record("safety", { request_id: opened.id, concern });
  }
  say(t(state.proven ? "said.safety_kept" : "said.safety_held"));
}
