// The supervisors' board: it asks /v1 how the posts stand, says who is missing, and sends relief.

import * as phone from "./app/store.js";

const $ = (id) => document.getElementById(id);
// A session belongs to this tab; the enrolment of the device is the staff page's, too.
const TOKENS = "on-the-spot.board";
const EVERY_MS = 5_000;
// Nobody looks, or nobody answers: twice as long each time, up to a minute.
const LONGEST_MS = 60_000;
const LATE_SECONDS = 180;
const STATES = {
  uncovered: ["▲", "Uncovered"],
  helping: ["◆", "Helping, covered"],
  covered: ["●", "Covered"],
};

const keepTokens = (tokens) => sessionStorage.setItem(TOKENS, JSON.stringify(tokens));
const findTokens = () => JSON.parse(sessionStorage.getItem(TOKENS) ?? "null");
const needs = new Map(Array.from($("needs").options, ({ value, text }) => [value, text]));

/** A refusal of the API (RFC 9457). */
class Refused extends Error {
  constructor(problem, status) {
    const [field] = Object.values(problem.errors?.json ?? {});
    super(field?.[0] ?? problem.detail ?? problem.title);
    this.status = status;
    this.code = problem.type?.split("/").at(-1);
  }
}

/** Ask once; an expired token is renewed unseen. 304 is an answer, too. */
async function send(method, path, { body, etag, key, signedIn = true } = {}) {
  for (let renewed = false; ; renewed = true) {
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (etag) headers["If-None-Match"] = etag;
    if (key) headers["Idempotency-Key"] = key;
    const token = findTokens()?.access_token;
    if (signedIn) headers.Authorization = `Bearer ${token}`;
    let answer;
    try {
      answer = await fetch(path, {
        method, headers, body: body && JSON.stringify(body), cache: "no-store", signal: AbortSignal.timeout(15_000),
      });
    } catch {
      throw new Error("No connection.");
    }
    if (answer.ok || answer.status === 304) return answer;
    const problem = await answer.json().catch(() => ({ title: "The server is busy." }));
    if (answer.status !== 401 || !signedIn || renewed) throw new Refused(problem, answer.status);
    await renew(token);
  }
}

let renewing = null;

/** Exchange the refresh token, once even when two calls need it. */
function renew(spent) {
  renewing ??= (async () => {
    const { access_token, refresh_token } = findTokens() ?? {};
    if (access_token && access_token !== spent) return;
    const body = { refresh_token: refresh_token ?? "" };
    const answer = await send("POST", "/v1/sessions/refresh", { body, signedIn: false });
    keepTokens(await answer.json());
  })().finally(() => { renewing = null; });
  return renewing;
}

let silence;

function say(text, { bad = false } = {}) {
  clearTimeout(silence);
  $("said").className = bad ? "bad" : "";
  $("said").textContent = text;
  silence = setTimeout(() => { $("said").textContent = ""; }, bad ? 8_000 : 4_000);
}

/** Run what a button does: not twice at once, and say it when it fails. */
async function doing(button, work) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  try {
    await work();
  } catch (error) {
    say(error.message, { bad: true });
  } finally {
    button.ariaBusy = "false";
  }
}

// --- the door ------------------------------------------------------------------------------------

/** The enrolment of this device: made here or on the staff page, it is one. */
const device = () => phone.get("device").catch(() => null);

async function showDoor(way) {
  clearTimeout(next);
  const shown = way ?? ((await device()) ? "sign-in" : "enrol");
  $("board").hidden = true;
  $("door").hidden = false;
  for (const form of $("door").querySelectorAll("form")) form.hidden = form.id !== shown;
  for (const button of $("ways").children) button.hidden = button.dataset.way === shown;
}

function leave() {
  sessionStorage.removeItem(TOKENS);
  board = etag = null;
  return showDoor();
}

async function enter(path, body) {
  const answer = await (await asDevice(path, body)).json();
  // Tokens first: without storage the board can be used, and the device is a new one next time.
  keepTokens({ access_token: answer.access_token, refresh_token: answer.refresh_token });
  if (answer.device_id) await phone.put("device", { id: answer.device_id, secret: answer.device_secret }).catch(() => {});
  for (const form of $("door").querySelectorAll("form")) form.reset();
  await look();
}

/** Sign in; an enrolment that HR has ended is of no more use here than on the staff page. */
async function asDevice(path, body) {
  try {
    return await send("POST", path, { body, signedIn: false });
  } catch (error) {
    if (error.code === "device-not-enrolled") {
      await phone.drop("device").catch(() => {});
      await showDoor();
    }
    throw error;
  }
}

const ENTRIES = {
  async "sign-in"({ badge_number, pin }) {
    const known = await device();
    if (!known) throw new Error("This device is not enrolled yet; it needs a code first.");
    await enter("/v1/sessions", { device_id: known.id, device_secret: known.secret, badge_number: badge_number.trim(), pin });
  },
  async enrol({ code, pin }) {
    const known = await device();
    const same = known ? { device_id: known.id, device_secret: known.secret } : {};
    await enter("/v1/devices", { code: code.trim(), pin, label: "Board", ...same });
  },
  desk: ({ email, password, totp }) => enter("/v1/sessions", { email: email.trim(), password, totp }),
};

for (const [id, act] of Object.entries(ENTRIES)) {
  $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    doing(event.submitter, () => act(Object.fromEntries(new FormData(event.target))));
  });
}
for (const button of $("ways").children) button.addEventListener("click", () => showDoor(button.dataset.way));

// --- asking --------------------------------------------------------------------------------------

let board = null;
let etag = null;
let heard = 0;
let next;
let wait = EVERY_MS;
let asking = false;

/** Ask how things stand, show it, and ask again in a while: sooner while somebody looks. */
async function look() {
  if (asking) return;
  asking = true;
  clearTimeout(next);
  const chosen = new URLSearchParams(location.search).get("event_id");
  try {
    const answer = await send("GET", `/v1/posts/coverage${chosen ? `?event_id=${encodeURIComponent(chosen)}` : ""}`, { etag });
    if (answer.status !== 304) {
      board = await answer.json();
      etag = answer.headers.get("ETag");
    }
    heard = Date.now();
    wait = document.hidden ? Math.min(wait * 2, LONGEST_MS) : EVERY_MS;
    show();
  } catch (error) {
    if (error.status === 401) await leave();
    else if (error.status === 403) {
      await leave();
      say("The board is for supervisors.", { bad: true });
    } else if (!board) {
      await showDoor();
      say(error.message, { bad: true });
    }
    wait = Math.min(wait * 2, LONGEST_MS);
  } finally {
    asking = false;
  }
  if (findTokens()) next = setTimeout(look, wait);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && findTokens()) look();
});

// --- showing -------------------------------------------------------------------------------------

const make = (id) => $(id).content.firstElementChild.cloneNode(true);
const sentence = (...parts) => parts.filter(Boolean).join(" · ");
const seconds = (instant) => Math.max(0, (Date.now() - new Date(instant)) / 1000);

function ago(instant) {
  const minutes = Math.floor(seconds(instant) / 60);
  if (minutes < 1) return "under 1 min";
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Write everything anew; where the focus was, it stays. */
function show() {
  const focused = document.activeElement?.dataset.key;
  $("door").hidden = true;
  $("board").hidden = false;
  $("event").textContent = board.event?.name ?? "No event is on now";
  showEvents();
  showCounts();
  list("missing", board.posts.filter((line) => line.state === "uncovered").sort(bySince).map(missing), "Every post has somebody.");
  list("waiting", board.requests.map(waiting), "Nobody is waiting.");
  showMap();
  showAge();
  if (focused) document.querySelector(`[data-key="${focused}"]`)?.focus();
}

const bySince = (one, other) => (one.since < other.since ? -1 : 1);

function showEvents() {
  $("choose").hidden = board.events.length < 2;
  $("events").replaceChildren(...board.events.map(({ id, name }) => new Option(name, id, false, id === board.event.id)));
}

let before = 0;

function showCounts() {
  const parts = Object.entries(STATES).map(([state, [sign, word]]) => {
    const count = board.posts.filter((line) => line.state === state).length;
    const part = document.createElement("li");
    part.className = `${state}${count ? " some" : ""}`;
    const number = document.createElement("strong");
    number.textContent = count;
    const mark = document.createElement("span");
    mark.ariaHidden = "true";
    mark.textContent = `${sign} `;
    part.append(number, mark, word);
    return part;
  });
  $("counts").replaceChildren(...parts);
  const missing = board.posts.filter((line) => line.state === "uncovered").length;
  if (missing !== before) $("heard").textContent = missing === 1 ? "One post is uncovered." : `${missing} posts are uncovered.`;
  before = missing;
  document.title = `${missing ? `(${missing}) ` : ""}Posts · On the Spot`;
}

function list(id, cards, empty) {
  if (!cards.length) {
    const none = document.createElement("li");
    none.className = "none";
    none.textContent = empty;
    cards.push(none);
  }
  $(id).replaceChildren(...cards);
}

function card(what, where, how) {
  const made = make("card");
  made.querySelector(".what").textContent = what;
  made.querySelector(".where").textContent = where;
  made.querySelector(".how").textContent = how;
  return made;
}

function missing({ post, zone, away, since }) {
  const wanted = away.find((one) => !one.covered_by);
  const left = `${wanted.left_by.name} is helping: ${needs.get(wanted.category)}`;
  const asked = wanted.asked ? `${wanted.asked.name} was asked ${ago(wanted.asked_at)} ago` : "Nobody near is free";
  const escalated = wanted.escalated_at && `supervisors were asked ${ago(wanted.escalated_at)} ago`;
  const made = card(`${post.name}, ${zone.name}`, `▲ Uncovered for ${ago(since)}`, sentence(left, asked, escalated));
  const button = document.createElement("button");
  button.dataset.key = wanted.cover_id;
  button.textContent = "Send relief";
  button.ariaLabel = `Send relief to ${post.name}, ${zone.name}`;
  button.addEventListener("click", () => doing(button, () => relieve(post, wanted.cover_id)));
  made.append(button);
  return made;
}

function waiting({ category, zone, seat, note, since, near_at, supervisors_at }) {
  const called = supervisors_at ? `▲ Supervisors were told ${ago(supervisors_at)} ago` : near_at ? `Neighbours were told ${ago(near_at)} ago` : "Not told to others yet";
  const made = card(sentence(needs.get(category), zone.name, seat), `Waiting for ${ago(since)}`, sentence(called, note));
  if (supervisors_at || seconds(since) > LATE_SECONDS) made.classList.add("urgent");
  return made;
}

/** As people count: 2 before 10. */
const inOrder = new Intl.Collator(undefined, { numeric: true }).compare;

function showMap() {
  const lines = [...board.posts].sort((one, other) => inOrder(one.zone.code, other.zone.code) || inOrder(one.post.code, other.post.code));
  for (const part of $("map").querySelectorAll("[data-kind]")) {
    const zones = new Map();
    for (const line of lines.filter(({ zone }) => zone.kind === part.dataset.kind)) {
      if (!zones.has(line.zone.id)) {
        const made = make("zone");
        made.querySelector("h4").textContent = line.zone.name;
        zones.set(line.zone.id, made);
      }
      zones.get(line.zone.id).querySelector("ul").append(tile(line));
    }
    part.hidden = !zones.size;
    part.querySelector(".zones").replaceChildren(...zones.values());
  }
}

function tile({ post, state, since, people, away }) {
  const made = make("post");
  const [sign, word] = STATES[state];
  made.className = state;
  made.querySelector(".name").textContent = post.name;
  made.querySelector(".sign").textContent = sign;
  made.querySelector(".word").textContent = since ? `${word}, ${ago(since)}` : word;
  const there = people.filter((person) => !person.away).map((person) => person.name);
  const standing = away.filter((one) => one.covered_by).map((one) => `${one.covered_by.name} stands in`);
  const gone = away.map((one) => `${one.left_by.name} is away`);
  made.querySelector(".who").textContent = sentence(...there, ...standing, ...gone);
  return made;
}

function showAge() {
  const late = Date.now() - heard > 3 * EVERY_MS && !document.hidden;
  $("fresh").className = late ? "old" : "soft";
  const at = new Date(heard).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  $("fresh").textContent = late ? `No connection: this is how it was at ${at}` : `Up to date at ${at}`;
}

// --- acting --------------------------------------------------------------------------------------

// The list is written anew meanwhile; a second tap would send a second colleague.
const sending = new Set();
// By cover: the same until there is an answer, or a lost one would send a second colleague, too. After
// a minute, when whoever was asked first could have come, it is meant as another.
const keys = new Map();
const SAME_MS = 60_000;
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function relieve(post, cover) {
  if (sending.has(post.id)) return;
  sending.add(post.id);
  try {
    const sent = await sendRelief(post, cover);
    const people = board.posts.flatMap((line) => line.people);
    const name = people.find((person) => person.id === sent.asked_id)?.name ?? "A colleague";
    say(`${name} was asked to go to ${post.name}.`);
    // The board that is remembered for everybody is a second old at most.
    setTimeout(look, 1_100);
  } finally {
    setTimeout(() => sending.delete(post.id), 2_000);
  }
}

async function sendRelief(post, cover) {
  const before = keys.get(cover);
  const { key, at } = before && Date.now() - before.at < SAME_MS ? before : { key: newKey(), at: Date.now() };
  keys.set(cover, { key, at });
  try {
    const sent = await (await send("POST", `/v1/posts/${post.id}/relief`, { body: {}, key })).json();
    keys.delete(cover);
    return sent;
  } catch (error) {
    // That the first is under way is no answer to it yet.
    if (error instanceof Refused && error.status < 500 && error.code !== "still-running") keys.delete(cover);
    throw error;
  }
}

$("events").addEventListener("change", () => {
  history.replaceState(null, "", `?event_id=${encodeURIComponent($("events").value)}`);
  etag = null;
  look();
});
$("sign-out").addEventListener("click", (event) => doing(event.currentTarget, async () => {
  await send("DELETE", "/v1/sessions/current");
  await leave();
}));
// Ages pass also while nothing changes.
setInterval(() => { if (board && !document.hidden && !$("board").hidden) show(); }, EVERY_MS);

if (findTokens()) look();
else showDoor();
