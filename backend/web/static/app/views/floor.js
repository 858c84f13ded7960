// The floor: one thumb. Greeted at the bottom, what fans need above it, what is in hand on top.

import { html, useRef } from "../../vendor/preact-htm.js";
import { attempt, act, choosePlace, chooseVenue, greet, help } from "../actions.js";
import { deadline, owed } from "../followups.js";
import { n, number, t } from "../i18n.js";
import { NEEDS, icon } from "../icons.js";
import { requestsNow } from "../requests.js";
import { bodyOf, state } from "../state.js";
import { Covers } from "./covers.js";
import { Said, Screen, tonight } from "./frame.js";
import { Work } from "./work.js";

const HOLD_MS = 450;

export function Floor() {
  const { mine } = requestsNow();
  return html`<${Screen} name="floor">
    <${Who} />
    <${Where} />
    <div class="hands">
      <${Covers} />
      ${mine.length > 0 && html`<h2 class="quiet">${t("floor.in_hand")}</h2>
        <ul class="list" aria-label=${t("floor.in_hand")}>${mine.map((request) => html`<${Work} key=${request.id} request=${request} />`)}</ul>`}
      <${Owed} />
    </div>
    <${Said} />
    <div class="thumb">
      <h2 id="needs">${t("floor.help")}</h2>
      <div class="needs" role="group" aria-labelledby="needs">
        ${NEEDS.map((name) => html`<button key=${name} onClick=${() => act(`help ${name}`, () => help(name))}>${icon(name)}<span>${t(`need.${name}`)}</span></button>`)}
      </div>
      <${Greeted} />
    </div>
  <//>`;
}

/** Who I am, where I am, and tonight's points: the server's number, and what is still to come. */
function Who() {
  const { person, waiting } = state;
  const duty = bodyOf("duty");
  const place = duty && (duty.post?.name ?? duty.event?.name ?? t("floor.no_event"));
  return html`<header class="who">
    <div><h1 id="title" tabindex="-1">${person.name}</h1><p class="soft">${place ?? ""}</p></div>
    <a class="round alarm" href="#safety" aria-label=${t("safety.title")}>${icon("medical")}</a>
    <a class="tonight" href="#points">
      <strong>${tonight()}</strong>
      <span>${waiting.length ? n("floor.points_and", waiting.length) : t("floor.points")}</span>
    </a>
  </header>`;
}

/** As long as something is owed to a fan. */
function Owed() {
  const [first] = owed();
  return first && html`<a class="notice" href="#follow_ups">${icon("waiting")} ${n("follow_ups.count", owed().length)} ${deadline(first)}</a>`;
}

/** Who has an event and no post says where; it is remembered until they leave. */
export function Where() {
  const duty = bodyOf("duty");
  if (!duty?.event || duty.zone) return null;
  const zones = bodyOf("venue")?.zones ?? [];
  const events = [duty.event, ...(duty.elsewhere ?? [])];
  return html`${events.length > 1 && html`<label class="where">${t("floor.which_event")}
    <select onChange=${(event) => chooseVenue(event.target.value)}>
      ${events.map(({ venue_id, name }) => html`<option key=${venue_id} value=${venue_id} selected=${venue_id === duty.event.venue_id}>${name}</option>`)}
    </select>
  </label>`}
  <label class="where">${t("floor.where")}
    <select onChange=${(event) => choosePlace(event.target.value || null)}>
      <option value="" selected=${!state.person.zone}>${t("floor.choose")}</option>
      ${zones.map(({ id, name }) => html`<option key=${id} value=${id} selected=${id === state.person.zone}>${name}</option>`)}
    </select>
  </label>`;
}

/** One tap is one greeting; holding it, or the button beside it, asks how many. */
function Greeted() {
  const holding = useRef(null);
  const held = useRef(false);
  const openParty = () => { location.hash = "#party"; };
  const down = () => {
    held.current = false;
    holding.current = setTimeout(() => { held.current = true; openParty(); }, HOLD_MS);
  };
  const up = () => clearTimeout(holding.current);
  const tap = () => { if (!held.current) attempt(() => greet(1)); };
  return html`<div class="greet">
    <button class="greeted" onPointerDown=${down} onPointerUp=${up} onPointerLeave=${up} onPointerCancel=${up}
      onContextMenu=${(event) => event.preventDefault()} onClick=${tap}>${t("do.greeted")}</button>
    <button class="side" onClick=${openParty}>${icon("party")}<span>2+</span><span class="quiet">${t("do.party")}</span></button>
  </div>`;
}

const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const LARGE = [10, 15, 20, 30, 50];

/** How many were greeted; the number is the second and last tap. */
export function Party() {
  const choose = (size) => act(`party ${size}`, async () => {
    await greet(size);
    location.hash = "#floor";
  });
  const button = (size) => html`<button key=${size} onClick=${() => choose(size)} aria-label=${n("fans", size)}>${number(size)}</button>`;
  return html`<${Screen} title=${t("party.title")} back="floor" name="party">
    <p class="soft">${t("party.about")}</p>
    <div class="thumb">
      <div class="large">${LARGE.map(button)}</div>
      <div class="pad">${SIZES.map(button)}</div>
    </div>
  <//>`;
}
