// Safety or health: call the command centre, with the same tap that hands the request over.

import { html } from "../../vendor/preact-htm.js";
import { act } from "../actions.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { requestsNow } from "../requests.js";
import { CONCERNS, handToSafety, isNowhere } from "../safety.js";
import { say, state } from "../state.js";
import { Where } from "./floor.js";
import { Screen } from "./frame.js";

/** Two large buttons: each calls, and says on the way what it is. The phone needs no data network to call. */
export function Safety({ of: [id] }) {
  const request = requestsNow().mine.find((one) => one.id === id);
  const number = state.command_centre;
  const nowhere = !request && isNowhere();
  const tell = (concern) => act(`safety ${concern}`, async () => {
    if (nowhere) {
      say(t("said.safety_where"), { bad: true });
      return false;
    }
    await handToSafety(concern, request);
    location.hash = "#floor";
    return true;
  });
  return html`<${Screen} title=${t("safety.title")} back=${request ? `request/${id}` : "floor"} name="safety">
    <p>${t(request ? "safety.about" : "safety.about_here", { what: request ? t(`need.${request.category}`) : "" })}</p>
    <p class="soft">${t("safety.unpaid")}</p>
    ${!request && html`<${Where} />`}
    ${!number && html`<p class="notice-box">${t("safety.no_number")}</p>`}
    <div class="choices thumb">
      ${CONCERNS.map((concern) => (number
        ? html`<a class="button alarm" key=${concern} href=${`tel:${number.replace(/[^\d+]/g, "")}`} onClick=${() => tell(concern)}>${icon(concern)} <span>${t(`safety.${concern}`)}</span><span class="number">${t("safety.call", { number })}</span></a>`
        : html`<button class="alarm" key=${concern} onClick=${() => tell(concern)}>${icon(concern)} <span>${t(`safety.${concern}`)}</span></button>`))}
    </div>
  <//>`;
}
