// Words in the language of whoever uses the phone; texts/ has one catalogue for each language.

import english from "./texts/en.js";

export const LANGUAGES = { en: "English", fr: "Français", es: "Español" };

let words = english;
let language = "en";
let plurals = new Intl.PluralRules("en");

export const spoken = () => language;

/** Speak a language; one that cannot be loaded now is left for later. */
export async function speak(wanted) {
  const known = wanted in LANGUAGES ? wanted : "en";
  try {
    words = known === "en" ? english : (await import(`./texts/${known}.js`)).default;
  } catch {
    return;
  }
  language = known;
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
}

/** The language that this browser prefers among ours. */
export const preferred = () => navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in LANGUAGES) ?? "en";

/** A value that ends with a full stop, as short months do, ends its sentence, too. */
const filled = (text, values) => text.replace(/\{(\w+)\}(\.?)/g, (_, name, stop) => {
  const value = String(values[name] ?? "");
  return value.endsWith(".") ? value : value + stop;
});

/** The text of a key, with its {places} filled. */
export const t = (key, values = {}) => filled(words[key] ?? english[key] ?? key, values);

/** The text for so many: the catalogue has ``key.one`` and ``key.other``. */
export function n(key, count, values = {}) {
  const form = `${key}.${plurals.select(count) === "one" ? "one" : "other"}`;
  return t(form, { count: number(count), ...values });
}

/** The text of a key that may be missing, or the other text. */
export const known = (key, other) => words[key] ?? english[key] ?? other;

export const number = (value) => value.toLocaleString(language);
export const clock = (instant) => new Date(instant).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
export const day = (instant) => new Date(instant).toLocaleDateString(language, { day: "numeric", month: "short" });
export const money = (cents, currency) => (cents / 100).toLocaleString(language, { style: "currency", currency });
/** A whole amount, as short as may be. */
export const coins = (cents, currency) => (cents / 100).toLocaleString(language, { style: "currency", currency, currencyDisplay: "narrowSymbol", maximumFractionDigits: 0 });

/** A day that has no hour, such as that of an event, is the same everywhere. */
export const date = (text) => new Date(`${text}T12:00:00`).toLocaleDateString(language, { day: "numeric", month: "short" });

/** How long ago, in minutes or hours. */
export function ago(instant) {
  const minutes = Math.max(0, Math.floor((Date.now() - new Date(instant)) / 60_000));
  if (minutes < 1) return t("ago.now");
  return minutes < 60 ? t("ago.minutes", { count: number(minutes) }) : t("ago.hours", { count: number(Math.floor(minutes / 60)) });
}
