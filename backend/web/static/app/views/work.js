// A request in hand or open: what, where, since when, and what one may do about it.

import { html } from "../../vendor/preact-htm.js";
import { accept, act, addHelper, cancel, handOver, release, resolve } from "../actions.js";
import { ago, t } from "../i18n.js";
import { icon } from "../icons.js";
import { inHand, requestsNow, zoneName } from "../requests.js";
import { bodyOf, state } from "../state.js";
import { AsOf, Empty, Gone, Screen } from "./frame.js";
import { Given } from "./gestures.js";

export function Facts({ request }) {
  const facts = [zoneName(request.zone_id), request.seat, request.note, ago(request.opened_at)].filter(Boolean).join(" · ");
  return html`<div class="facts">
    <span class="what">${icon(request.category)} ${t(`need.${request.category}`)}</span>
    <span class="soft">${facts}${request.waiting && html` <span class="unsent">${icon("waiting")} ${t("work.waiting")}</span>`}</span>
  </div>`;
}

/** A request in hand: Done is one tap, making it good two, the rest is behind the dots. */
export function Work({ request }) {
  const what = t(`need.${request.category}`);
  const makesGood = bodyOf("gestures")?.kinds.length > 0;
  return html`<li class="work">
    <a class="facts" href="#request/${request.id}"><${Facts} request=${request} />${icon("more")}<span class="quiet">${t("work.more", { what })}</span></a>
    ${makesGood && html`<a class="round gift" href="#gestures/${request.id}" aria-label=${t("work.gesture", { what })}>${icon("gift")}</a>`}
    <button onClick=${() => act(`done ${request.id}`, () => resolve(request))} aria-label=${t("work.done_with", { what })}>${t("do.done")}</button>
  </li>`;
}

/** Open requests, those of my zone first. */
export function Near() {
  const { near } = requestsNow();
  const own = bodyOf("duty")?.zone?.id;
  const groups = [["near.mine", near.filter(({ zone_id }) => zone_id === own)], ["near.others", near.filter(({ zone_id }) => zone_id !== own)]];
  return html`<${Screen} title=${t("tab.near")} name="near">
    <${AsOf} name="near" />
    ${state.looks.near && near.length === 0 && html`<${Empty}>${t("near.none")}<//>`}
    ${groups.filter(([, requests]) => requests.length).map(([title, requests]) => html`<section key=${title}>
      <h2>${t(title)}</h2>
      <ul class="list">${requests.map((request) => html`<li class="work" key=${request.id}>
        <${Facts} request=${request} />
        <button onClick=${() => act(`accept ${request.id}`, () => accept(request))} aria-label=${t("work.accept", { what: t(`need.${request.category}`) })}>${t("do.accept")}</button>
      </li>`)}</ul>
    </section>`)}
  <//>`;
}

/** What else one may do with a request in hand. */
export function Request({ of: [id] }) {
  const request = inHand(id);
  if (!request) return html`<${Gone} />`;
  const owner = request.owner_id === state.person.id;
  const then = (work) => act(`${work.name} ${id}`, async () => {
    await work(request);
    location.hash = "#floor";
  });
  return html`<${Screen} title=${t(`need.${request.category}`)} back="floor" name="request">
    <${Facts} request=${request} />
    <${Given} request=${request} />
    <div class=${owner ? "choices two thumb" : "choices thumb"}>
      ${bodyOf("gestures")?.kinds.length > 0 && html`<a class="button" href="#gestures/${id}"><span>${icon("gift")} ${t("go.gestures")}</span></a>`}
      ${owner ? html`
        <a class="button" href="#colleagues/${id}/hand_over">${t("do.hand_over")}</a>
        <a class="button" href="#colleagues/${id}/helper">${t("do.helper")}</a>
        <button onClick=${() => then(release)}>${t("do.release")}</button>
        <button onClick=${() => then(cancel)}>${t("do.cancel")}</button>
        <a class="button" href="#safety/${id}">${t("safety.title")}</a>` : html`<p class="soft">${t("work.helping")}</p>`}
      <button class="main" onClick=${() => act(`done ${id}`, () => resolve(request))}>${t("do.done")}</button>
    </div>
  <//>`;
}

/** To whom: colleagues on duty, those of my zone first; one tap on a name does it. */
export function Colleagues({ of: [id, verb] }) {
  const request = inHand(id);
  if (!request) return html`<${Gone} />`;
  const people = bodyOf("colleagues")?.items ?? [];
  const choose = (colleague) => act(`${verb} ${id}`, async () => {
    await (verb === "helper" ? addHelper : handOver)(request, colleague);
    location.hash = "#floor";
  });
  return html`<${Screen} title=${t(verb === "helper" ? "do.helper" : "do.hand_over")} back="request/${id}" name="colleagues">
    <p class="soft">${t(verb === "helper" ? "colleagues.helper" : "colleagues.hand_over")}</p>
    <${AsOf} name="colleagues" />
    ${state.looks.colleagues && people.length === 0 && html`<${Empty}>${t("colleagues.none")}<//>`}
    <ul class="list">${people.map((one) => html`<li key=${one.employee_id}>
      <button class="row" onClick=${() => choose(one)}><span class="what">${one.name}</span><span class="soft">${one.post.name} · ${one.zone.name}</span></button>
    </li>`)}</ul>
  <//>`;
}
