// The PIN pad: large digits for a thumb, and the same field for a keyboard.

import { html, useState } from "../../vendor/preact-htm.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";

const SHORTEST = 4;
const LONGEST = 8;
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** One digit repeated, or a straight run: the server refuses these, and so do we without asking. */
export function isTrivial(pin) {
  const steps = new Set([...pin].slice(1).map((digit, place) => (Number(digit) - Number(pin[place]) + 10) % 10));
  return steps.size === 1 && [0, 1, 9].includes([...steps][0]);
}

export function PinPad({ label, yes, onDone, fresh = false }) {
  const [pin, type] = useState("");
  const ready = pin.length >= SHORTEST;
  const set = (text) => type(text.replace(/\D/g, "").slice(0, LONGEST));
  const done = (event) => {
    event.preventDefault();
    if (!ready) return;
    type("");
    onDone(pin);
  };
  return html`<form class="pin" onSubmit=${done}>
    <label>${label}<input name="pin" type="password" inputmode="none" autocomplete=${fresh ? "new-password" : "current-password"}
      value=${pin} onInput=${(event) => set(event.target.value)} /></label>
    <div class="pad">
      ${DIGITS.map((digit) => html`<button type="button" key=${digit} onClick=${() => set(pin + digit)}>${digit}</button>`)}
      <button type="button" aria-label=${t("pin.erase")} onClick=${() => set(pin.slice(0, -1))}>${icon("erase")}</button>
      <button type="button" onClick=${() => set(`${pin}0`)}>0</button>
      <button class="main" aria-disabled=${!ready}>${yes}</button>
    </div>
  </form>`;
}
