// What an event left over and is mine to see to, within a day: listed by its deadline, and done with a word.

import { html, useState } from "../../vendor/preact-htm.js";
import { act } from "../actions.js";
import { NoAnswer, ask } from "../api.js";
import { deadline, isLate, owed } from "../followups.js";
import { t } from "../i18n.js";
import { lookAt } from "../looks.js";
import { say, state } from "../state.js";
import { AsOf, Empty, Screen } from "./frame.js";
import { Facts } from "./work.js";

const WAYS = ["found", "called", "unreachable"];

export function FollowUps() {
  return html`<${Screen} title=${t("go.follow_ups")} back="evening" name="follow_ups">
    <p class="soft">${t("follow_ups.about")}</p>
    <${AsOf} name="follow_ups" />
    ${state.looks.follow_ups && !owed().length && html`<${Empty}>${t("follow_ups.none")}<//>`}
    <ul class="list">${owed().map((one) => html`<li class="work" key=${one.request.id}>
      <div class="grow"><${Facts} request=${one.request} /><p class=${isLate(one) ? "due wrong" : "due"}>${deadline(one)}</p></div>
      <a class="button" href="#follow_up/${one.request.id}" aria-label=${t("follow_ups.open_of", { what: t(`need.${one.request.category}`) })}>${t("follow_ups.open")}</a>
    </li>`)}</ul>
  <//>`;
}

/** What was done: one tap on what it mostly is, or a few words. HR reads it, and nothing else happens. */
export function FollowUp({ of: [id] }) {
  const [one] = useState(() => owed().find(({ request }) => request.id === id));
  const [note, write] = useState("");
  if (!one) return html`<${FollowUps} />`;
  const finish = (text) => act("follow up", async () => {
    try {
      await ask(state.person.id, "POST", `/v1/requests/${id}/follow-up/done`, { body: { note: text } });
    } catch (error) {
      if (error instanceof NoAnswer) error.words = t("follow_ups.offline");
      throw error;
    }
    await lookAt("follow_ups");
    say(t("follow_ups.done"));
    location.hash = "#follow_ups";
  });
  return html`<${Screen} title=${t(`need.${one.request.category}`)} back="follow_ups" name="follow_up">
    <${Facts} request=${one.request} />
    <p class=${isLate(one) ? "due wrong" : "due"}>${deadline(one)}</p>
    ${!state.online && html`<p class="soft">${t("follow_ups.offline")}</p>`}
    <h2 id="ways">${t("follow_ups.what")}</h2>
    <div class="choices" role="group" aria-labelledby="ways">
      ${WAYS.map((way) => html`<button key=${way} onClick=${() => finish(t(`way.${way}`))}>${t(`way.${way}`)}</button>`)}
    </div>
    <form class="thumb" onSubmit=${(event) => { event.preventDefault(); finish(note.trim()); }}>
      <label>${t("follow_ups.note")}<input name="note" autocomplete="off" required pattern=".*\\S.*" maxlength="280" value=${note} onInput=${(event) => write(event.target.value)} /></label>
      <button class="main wide">${t("follow_ups.finish")}</button>
    </form>
  <//>`;
}
