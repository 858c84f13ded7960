// Cards: scan the pack, or type its first and last serial; then how many are mine.

import { html, useState } from "../../vendor/preact-htm.js";
import { act } from "../actions.js";
import { cardsNow, forgetPack, packIn, takeCards } from "../cards.js";
import { n, number, t } from "../i18n.js";
import { icon } from "../icons.js";
import { Empty, Screen } from "./frame.js";
import { Scan, canScan } from "./scan.js";

export function Cards() {
  const [scanning, scan] = useState(false);
  const { taken, mine, waiting } = cardsNow();
  const found = (text) => act("pack", async () => {
    scan(false);
    await takeCards({ pack_code: packIn(text) });
  });
  if (scanning) return html`<${Screen} title=${t("cards.scan")} back="evening" name="cards"><${Scan} about=${t("cards.aim")} onFound=${found} onLeave=${() => scan(false)} /><//>`;
  return html`<${Screen} title=${t("go.cards")} back="evening" name="cards">
    <p class="soft">${t("cards.about")}</p>
    <dl class="figures pair">
      <div><dt>${t("cards.mine")}</dt><dd>${number(mine)}</dd></div>
      <div><dt>${t("cards.unsent")}</dt><dd>${number(waiting.length)}</dd></div>
    </dl>
    ${!taken.length && !waiting.length && html`<${Empty}>${t("cards.none")}<//>`}
    <ul class="list">
      ${waiting.map((item) => html`<li class="line" key=${item.id}>
        <span class="what">${item.body.first_serial ? `${item.body.first_serial} – ${item.body.last_serial}` : t("cards.pack", { code: shortened(item.body.pack_code) })}</span>
        <span class="soft unsent">${icon("waiting")} ${t("work.waiting")}</span>
      </li>`)}
      ${taken.map((one) => html`<li class="line" key=${one.id}>
        <span class="what">${one.first_serial} – ${one.last_serial} <b>${number(one.bound)}</b></span>
        <span class="soft">${[n("cards.bound", one.bound), ...lost(one)].join(" ")}</span>
      </li>`)}
    </ul>
    <div class="thumb">
      ${canScan() && html`<button class="main wide" onClick=${() => scan(true)}>${t("cards.scan")}</button>`}
      <${Serials} />
    </div>
  <//>`;
}

const shortened = (code) => (code.length > 8 ? `${code.slice(0, 4)}…${code.slice(-4)}` : code);

/** Cards of the pack that are not mine, and why. */
const lost = ({ already_bound, already_rated }) => [
  already_bound.length > 0 && n("cards.already_bound", already_bound.length, { serials: already_bound.join(", ") }),
  already_rated.length > 0 && n("cards.already_rated", already_rated.length, { serials: already_rated.join(", ") }),
].filter(Boolean);

/** The serials as they stand on the first and the last card; the letters may be left out. */
function Serials() {
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const take = (event) => {
    event.preventDefault();
    act("serials", async () => {
      await takeCards({ first_serial: first.trim(), last_serial: last.trim() });
      setFirst("");
      setLast("");
    });
  };
  const field = (name, value, set) => html`<label>${t(`cards.${name}`)}<input name=${name} inputmode="text" autocomplete="off" autocapitalize="characters" required maxlength="20"
    value=${value} onInput=${(event) => set(event.target.value)} /></label>`;
  return html`<form class="serials" onSubmit=${take}>
    ${field("first", first, setFirst)}${field("last", last, setLast)}
    <button>${t("cards.take")}</button>
  </form>`;
}

/** A pack whose QR the phone's own camera has read: one tap says that it is in my hands. */
export function Pack({ of: [code] }) {
  const answer = (work) => act("pack", async () => {
    await work();
    location.hash = "#cards";
  });
  return html`<${Screen} title=${t("cards.yours")} back="floor" name="pack">
    <p>${t("cards.yours_about")}</p>
    <p class="what">${t("cards.pack", { code: shortened(code) })}</p>
    <div class="choices thumb">
      <button onClick=${() => answer(forgetPack)}>${t("sure.no")}</button>
      <button class="main" onClick=${() => answer(() => takeCards({ pack_code: code }))}>${t("cards.take")}</button>
    </div>
  <//>`;
}
