// My evening in numbers, and what is mine besides: points, rewards, ratings, codes, language, the way out.

import { html } from "../../vendor/preact-htm.js";
import { act } from "../actions.js";
import { LANGUAGES, ago, date, day, n, number, speak, spoken, t } from "../i18n.js";
import { leave, tellLanguage } from "../session.js";
import { bodyOf, may, reread, say, state } from "../state.js";
import * as store from "../store.js";
import { kick } from "../sync.js";
import { Facts } from "./work.js";
import { AsOf, Empty, Screen } from "./frame.js";

const FIGURES = ["greetings", "fans_greeted", "accepted", "resolved", "ratings", "five_star"];

export function Evening() {
  const [look, tally] = [state.looks.tally, bodyOf("tally")];
  // Figures on their way have their place already: nothing is to jump away from under a thumb.
  const figures = !look || tally;
  return html`<${Screen} title=${t("tab.evening")} name="evening">
    <${AsOf} name="tally" />
    ${!figures && html`<${Empty}>${t("evening.none")}<//>`}
    ${tally && html`<p class="soft">${tally.event_name}</p>`}
    ${figures && html`<dl class="figures">${FIGURES.map((name) => html`<div key=${name}><dt>${t(`tally.${name}`)}</dt><dd>${tally ? number(tally[name]) : "–"}</dd></div>`)}</dl>
      <p class="soft">${t("evening.shielded")}</p>`}
    <div class="choices two">
      ${["points", "rewards", "ratings", "codes", "receipts", "claim", "cards", "follow_ups"].map((name) => html`<a class="button" key=${name} href="#${name}">${t(`go.${name}`)}</a>`)}
      ${may("see_coverage") && html`<a class="button" href="/board">${t("go.board")}</a>`}
    </div>
    <${Phone} />
  <//>`;
}

/** The language, and whose phone this is. */
function Phone() {
  const waiting = state.waiting.length;
  const go = (forget) => act("leave", async () => {
    await leave({ forget });
    // What was said to one is not for whoever is next.
    say("");
    location.hash = "#floor";
    kick();
  });
  return html`<section>
    <h2>${t("phone.title")}</h2>
    <label>${t("phone.language")}
      <select onChange=${(event) => act("language", () => chooseLanguage(event.target.value))}>
        ${Object.entries(LANGUAGES).map(([code, name]) => html`<option key=${code} value=${code} lang=${code} selected=${code === spoken()}>${name}</option>`)}
      </select>
    </label>
    ${waiting > 0 && html`<p class="soft">${n("phone.waiting", waiting)}</p>`}
    <div class="choices">
      <button onClick=${() => go(false)}>${t("phone.switch")}</button>
      <button onClick=${() => go(true)}>${t("phone.sign_out")}</button>
    </div>
    <p class="soft">${t("phone.about")}</p>
  </section>`;
}

/** Speak at once; the server learns it when there is a network, so that every phone of mine does. */
export async function chooseLanguage(language) {
  await speak(language);
  await store.put("language", language);
  const { person } = state;
  if (person) await store.keepPerson(person.id, { language, untold: true });
  await reread();
  await tellLanguage();
}

/** Ratings in batches of five or after the event: which fan said what cannot be told. */
export function Ratings() {
  const events = bodyOf("ratings")?.items ?? [];
  return html`<${Screen} title=${t("go.ratings")} back="evening" name="ratings">
    <p class="soft">${t("evening.shielded")}</p>
    <${AsOf} name="ratings" />
    ${state.looks.ratings && !events.length && html`<${Empty}>${t("ratings.none")}<//>`}
    ${events.map((event) => html`<section key=${event.event_id}>
      <h2>${event.event_name} · ${date(event.held_on)}</h2>
      <ul class="list">${event.ratings.map((rating, place) => html`<li class="line" key=${place}>
        <span class="what"><span aria-hidden="true">${"★".repeat(rating.stars)}${"☆".repeat(5 - rating.stars)}</span><span class="quiet">${t("ratings.stars", { stars: rating.stars })}</span></span>
        ${rating.reason && html`<span class="soft">${t(`reason.${rating.reason}`)}</span>`}
        ${rating.comment && html`<q dir="auto">${rating.comment}</q>`}
      </li>`)}</ul>
    </section>`)}
  <//>`;
}

/** What was resolved, so that a code can still be shown to a fan who comes back. */
export function Codes() {
  const done = bodyOf("done")?.items ?? [];
  return html`<${Screen} title=${t("go.codes")} back="evening" name="codes">
    <p class="soft">${t("codes.about")}</p>
    <${AsOf} name="done" />
    ${state.looks.done && !done.length && html`<${Empty}>${t("codes.none")}<//>`}
    <ul class="list">${done.map((request) => html`<li class="work" key=${request.id}>
      <${Facts} request=${request} />
      <a class="button" href="#code/${request.id}" aria-label=${t("codes.show_of", { what: `${t(`need.${request.category}`)}, ${ago(request.opened_at)}` })}>${t("codes.show")}</a>
    </li>`)}</ul>
  <//>`;
}

const STATES = { pending: "points.pending_until", confirmed: "points.confirmed", reversed: "points.reversed" };

/** My points by bucket, and every one of them with its source. */
export function Points() {
  const points = bodyOf("points");
  const entries = bodyOf("entries")?.items ?? [];
  return html`<${Screen} title=${t("go.points")} back="evening" name="points">
    <${AsOf} name="points" />
    ${points && html`<${Wallet} points=${points} />`}
    ${state.waiting.length > 0 && html`<p class="soft">${n("points.waiting", state.waiting.length)}</p>`}
    <h2>${t("points.sources")}</h2>
    <${AsOf} name="entries" />
    ${state.looks.entries && !entries.length && html`<${Empty}>${t("points.none")}<//>`}
    <ul class="list">${entries.map((entry) => html`<li class="line" key=${entry.id}>
      <span class="what">${t(`source.${entry.source_kind}`)} <b>${entry.points < 0 ? "" : "+"}${number(entry.points)}</b></span>
      <span class="soft">${entry.event} · ${day(entry.earned_at)} · ${t(STATES[entry.state], { day: entry.due_at ? day(entry.due_at) : "" })}</span>
    </li>`)}</ul>
  <//>`;
}

export function Wallet({ points }) {
  const about = [
    points.pending > 0 && points.next_available_at && t("points.next", { day: day(points.next_available_at) }),
    points.held > 0 && t("points.held_about"),
    ...(points.expiring ?? []).map((one) => n("points.expiring", one.points, { day: date(one.expires_on) })),
    points.debt < 0 && n("points.debt", -points.debt),
  ].filter(Boolean);
  return html`<dl class="figures">
      ${["available", "pending", "held"].map((name) => html`<div key=${name}><dt>${t(`points.${name}`)}</dt><dd>${number(points[name])}</dd></div>`)}
    </dl>
    ${about.length > 0 && html`<p class="soft">${about.join(" ")}</p>`}`;
}
