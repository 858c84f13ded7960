// The staff page: greet, help, show the code; the rewards are in rewards.js. It talks to /v1 like any other client.
// Everything it sends carries an id of its own, so that sending again is always safe.

const $ = (id) => document.getElementById(id);
const DEVICE = "on-the-spot.device";
const TOKENS = "on-the-spot.tokens";
const TRIES = 4;
const PAUSE_MS = 700;
const LOOK_AGAIN_MS = 15_000;

const keep = (store, key, value) => store.setItem(key, JSON.stringify(value));
const find = (store, key) => JSON.parse(store.getItem(key) ?? "null");
const wait = (ms) => new Promise((resume) => setTimeout(resume, ms));

/** A UUID of version 7 (RFC 9562): time first, so that the server's indexes stay compact. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setBigUint64(0, (BigInt(Date.now()) << 16n) | BigInt(bytes[6] << 8 | bytes[7]));
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** A refusal of the API (RFC 9457). */
class Refused extends Error {
  constructor(problem) {
    const [field] = Object.values(problem.errors?.json ?? {});
    super(field?.[0] ?? problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** Send until there is an answer: the id or key is the same each time, so nothing happens twice. */
async function send(method, path, { body, signedIn = true, key } = {}) {
  let refreshed = false;
  for (let attempt = 1; ; attempt += 1) {
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    if (signedIn) headers.Authorization = `Bearer ${find(sessionStorage, TOKENS)?.access_token}`;
    let answer;
    try {
      answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
    } catch {
      if (attempt === TRIES) throw new Error("No connection. Try again in a moment.");
    }
    if (answer?.ok) return answer;
    if (answer?.status === 401 && signedIn && !refreshed) {
      await refresh();
      refreshed = true;
      continue;
    }
    const again = !answer || answer.status >= 500 || answer.headers.has("Retry-After");
    if (!again || attempt === TRIES || answer?.status === 429) throw new Refused(await answer.json());
    await wait(PAUSE_MS * attempt);
  }
}

const ask = async (method, path, options) => (await send(method, path, options)).json();

let refreshing = null;

/** Exchange the refresh token, once even when several calls need it. */
function refresh() {
  refreshing ??= (async () => {
    try {
      const { refresh_token } = find(sessionStorage, TOKENS) ?? {};
      if (!refresh_token) throw new Error("Please sign in.");
      keep(sessionStorage, TOKENS, await ask("POST", "/v1/sessions/refresh", { body: { refresh_token }, signedIn: false }));
    } catch (error) {
      if (error instanceof Refused) leave();
      throw error;
    } finally {
      refreshing = null;
    }
  })();
  return refreshing;
}

let silence;

function say(text, { bad = false } = {}) {
  clearTimeout(silence);
  $("said").className = bad ? "bad" : "";
  $("said").textContent = text;
  silence = setTimeout(() => { $("said").textContent = ""; }, bad ? 8000 : 2500);
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

const onTap = (id, work) => $(id).addEventListener("click", (event) => doing(event.currentTarget, work));

// --- the door ------------------------------------------------------------------------------------

function showDoor({ enrolling = !find(localStorage, DEVICE) } = {}) {
  $("floor").hidden = $("rewards").hidden = true;
  $("door").hidden = false;
  $("enrol").hidden = !enrolling;
  $("sign-in").hidden = enrolling;
}

async function enter(path, body) {
  const answer = await ask("POST", path, { body, signedIn: false });
  if (answer.device_id) keep(localStorage, DEVICE, { id: answer.device_id, secret: answer.device_secret });
  keep(sessionStorage, TOKENS, answer);
  $("sign-in").reset();
  $("enrol").reset();
  await showFloor();
}

function leave() {
  sessionStorage.removeItem(TOKENS);
  showDoor();
}

$("enrol").addEventListener("submit", (event) => {
  event.preventDefault();
  const { code, pin } = Object.fromEntries(new FormData(event.target));
  const device = find(localStorage, DEVICE);
  const known = device ? { device_id: device.id, device_secret: device.secret } : {};
  doing(event.submitter, () => enter("/v1/devices", { code: code.trim(), pin, label: phoneName(), ...known }));
});

$("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const { badge_number, pin } = Object.fromEntries(new FormData(event.target));
  const device = find(localStorage, DEVICE);
  doing(event.submitter, () => enter("/v1/sessions", {
    device_id: device.id, device_secret: device.secret, badge_number: badge_number.trim(), pin,
  }));
});

$("enrol-instead").addEventListener("click", () => showDoor({ enrolling: true }));
$("sign-in-instead").addEventListener("click", () => {
  if (find(localStorage, DEVICE)) showDoor({ enrolling: false });
  else say("This phone is not enrolled yet; it needs a code first.", { bad: true });
});

const phoneName = () => (/iPhone|iPad|Android/.exec(navigator.userAgent)?.[0] ?? "Browser");

// --- the floor -----------------------------------------------------------------------------------

async function showFloor() {
  const [me, duty] = await Promise.all([ask("GET", "/v1/me"), ask("GET", "/v1/me/duty")]);
  $("who").textContent = me.name;
  await showPlace(duty);
  $("door").hidden = true;
  await Promise.all([look(), showView()]);
}

/** Show what the address asks for, so that the phone's own way back leads back. */
async function showView() {
  const onRewards = location.hash === "#rewards";
  $("floor").hidden = onRewards;
  $("rewards").hidden = !onRewards;
  if (onRewards) await showRewards();
}

let rewards = null;

/** The rewards are code of their own, which is handed what it needs: one session for both. */
async function showRewards() {
  rewards ??= import($("rewards-code").href).then(({ rewardsView }) =>
    rewardsView({ $, ask, say, doing, onTap, newId, Refused }));
  await (await rewards).show();
}

const zones = new Map();

/** Say where the server thinks we are; who has an event but no post chooses the place. */
async function showPlace({ event, post, zone }) {
  $("place").textContent = post?.name ?? event?.name ?? "No event is on for you now.";
  $("where").hidden = !event || Boolean(zone);
  if (!event) return;
  const venue = await ask("GET", `/v1/venues/${event.venue_id}`);
  for (const { id, name } of venue.zones) zones.set(id, name);
  $("zone").replaceChildren(...venue.zones.map(({ id, name }) => new Option(name, id)));
}

/** Read again what others may have changed. */
async function look() {
  const [near, mine, points] = await Promise.all([
    ask("GET", "/v1/requests?scope=near&limit=20"),
    ask("GET", "/v1/requests?scope=mine&status=accepted&limit=20"),
    ask("GET", "/v1/me/points"),
  ]);
  list("in-hand", mine.items, "Nothing in your hands.", "Done", resolve);
  list("open", near.items, "Nobody is waiting.", "Accept", accept);
  $("points").textContent = `${points.pending + points.available} points`;
}

function list(id, requests, empty, verb, act) {
  const lines = requests.map((request) => {
    const line = $("request").content.cloneNode(true);
    const button = line.querySelector("button");
    line.querySelector(".what").textContent = needName(request.category);
    line.querySelector(".where").textContent = [zones.get(request.zone_id), request.seat, request.note, ago(request.opened_at)].filter(Boolean).join(" · ");
    button.textContent = verb;
    button.ariaLabel = `${verb}: ${needName(request.category)}`;
    button.addEventListener("click", () => doing(button, () => act(request.id)));
    return line;
  });
  if (!lines.length) {
    const none = document.createElement("li");
    none.className = "none";
    none.textContent = empty;
    lines.push(none);
  }
  $(id).replaceChildren(...lines);
}

const needName = (category) => document.querySelector(`[data-category="${category}"]`).textContent.trim();

function ago(instant) {
  const minutes = Math.floor((Date.now() - new Date(instant)) / 60_000);
  return minutes < 1 ? "just now" : `${minutes} min`;
}

let party = 1;

function setParty(size) {
  party = Math.min(50, Math.max(1, size));
  $("party-size").textContent = party === 1 ? "1 fan" : `${party} fans`;
}

const greet = async (said) => {
  const greeting = await ask("PUT", `/v1/greetings/${newId()}`, { body: { party_size: party, ...where(), ...said } });
  setParty(1);
  return greeting;
};

/** Only who has no post must say where. */
const where = () => ($("where").hidden ? {} : { zone_id: $("zone").value });

/** The fan needs something: greeting and request in one call, in our hands at once. */
async function help(category) {
  const { request } = await greet({ answer: "help", request: { id: newId(), category, ...where() } });
  showNeeds(false);
  say(request.status === "accepted" ? "It is yours. Go." : "Five in your hands: it stays open for others.");
  await look();
}

async function accept(id) {
  try {
    await ask("POST", `/v1/requests/${id}/accept`, { key: newId() });
    say("It is yours. Go.");
  } finally {
    await look();
  }
}

async function resolve(id) {
  const { rating } = await ask("POST", `/v1/requests/${id}/resolve`, { key: newId() });
  const picture = await (await send("GET", rating.qr_svg)).blob();
  $("qr").src = URL.createObjectURL(picture);
  $("code-text").href = rating.url;
  $("code-text").textContent = rating.code.replace(/(.{4})(?=.)/g, "$1 ");
  $("code").showModal();
  await look();
}

function showNeeds(shown) {
  $("needs").hidden = !shown;
  $("help").ariaExpanded = String(shown);
  if (shown) {
    $("said").textContent = "";
    $("needs").querySelector("button").focus();
  }
}

onTap("greeted", async () => {
  const { outcome, points } = await greet({ answer: "nothing" });
  say(points ? `Greeted. +${points}` : outcome === "unverified" ? "Greeted. Kept, outside your shift." : "Greeted.");
  look().catch(() => {});
});
onTap("fewer", () => setParty(party - 1));
onTap("more", () => setParty(party + 1));
onTap("help", () => showNeeds($("needs").hidden));
onTap("next", () => {
  URL.revokeObjectURL($("qr").src);
  $("code").close();
  look().catch(() => {});
});
onTap("sign-out", async () => {
  await send("DELETE", "/v1/sessions/current");
  leave();
});
for (const button of document.querySelectorAll("[data-category]")) {
  button.addEventListener("click", () => doing(button, () => help(button.dataset.category)));
}
addEventListener("hashchange", () => doing(document.body, async () => {
  if ($("floor").hidden && $("rewards").hidden) return;
  const shown = showView();
  $($("rewards").hidden ? "to-rewards" : "rewards-title").focus();
  await shown;
}));
document.addEventListener("visibilitychange", () => {
  if (!$("rewards").hidden && document.visibilityState === "visible") showRewards().catch(() => {});
});
setInterval(() => {
  if (!$("floor").hidden && document.visibilityState === "visible") look().catch(() => {});
}, LOOK_AGAIN_MS);

setParty(1);
if (find(sessionStorage, TOKENS)) showFloor().catch(() => showDoor());
else showDoor();
