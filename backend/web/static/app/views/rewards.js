// Rewards: what my points reach, asked for in two taps, and what became of what I asked for.

import { html, useState } from "../../vendor/preact-htm.js";
import { act, inWords } from "../actions.js";
import { ask } from "../api.js";
import { day, money, n, number, t } from "../i18n.js";
import { newId } from "../ids.js";
import { lookAt } from "../looks.js";
import { bodyOf, say, state } from "../state.js";
import { AsOf, Empty, Screen } from "./frame.js";
import { Wallet } from "./evening.js";

const OPEN = new Set(["asked", "approved"]);
const FEW = 5;
const LOOKS = ["points", "rewards", "redemptions"];

/** What a reward is, without its price. */
const terms = (reward) => [
  t(`reward.${reward.kind}`),
  reward.days_off && n("reward.days_off", reward.days_off),
  reward.value_cents > 0 && t("reward.worth", { amount: money(reward.value_cents, reward.currency) }),
  reward.taxable && t("reward.taxed"),
].filter(Boolean).join(", ");

/** What is still missing for a reward, in words. */
const missing = ({ points, resolved, good_percent, employment }) => [
  points > 0 && n("missing.points", points),
  resolved > 0 && n("missing.resolved", resolved),
  good_percent > 0 && t("missing.good", { percent: good_percent }),
  employment && t("missing.employment"),
].filter(Boolean).join(", ");

/** Where something that I asked for stands, in words. */
function standing({ status, steps, due_at, approved_by, approvals_needed }) {
  const last = steps.at(-1) ?? {};
  const values = {
    day: day(OPEN.has(status) && due_at ? due_at : last.at),
    reason: last.reason ?? "",
    given: approved_by.length,
    needed: approvals_needed,
  };
  return t(status === "asked" && approved_by.length ? "standing.half" : `standing.${status}`, values);
}

export function Rewards() {
  const [points, offers, asked] = [bodyOf("points"), bodyOf("rewards")?.items ?? [], bodyOf("redemptions")?.items ?? []];
  const reached = ({ in_reach, reward }) => in_reach && reward.stock !== 0;
  const not_yet = offers.filter((offer) => !reached(offer));
  return html`<${Screen} title=${t("go.rewards")} back="evening" name="rewards">
    <${AsOf} name="rewards" />
    ${points && html`<${Wallet} points=${points} />`}
    <h2 id="in-reach">${t("rewards.in_reach")}</h2>
    ${state.looks.rewards && !offers.some(reached) && html`<${Empty}>${t("rewards.none")}<//>`}
    <ul class="list" aria-labelledby="in-reach">${offers.filter(reached).map(({ reward }) => html`<li key=${reward.id}>
      <a class="row" href="#reward/${reward.id}">
        <span class="what">${reward.name} <b>${n("points", reward.points)}</b></span>
        <span class="soft">${reward.description} ${terms(reward)}${reward.stock !== null && reward.stock <= FEW ? `, ${n("reward.left", reward.stock)}` : ""}</span>
      </a></li>`)}</ul>
    <h2 id="asked">${t("rewards.asked")}</h2>
    ${state.looks.redemptions && !asked.length && html`<${Empty}>${t("rewards.asked_none")}<//>`}
    <ul class="list" aria-labelledby="asked">${asked.map((one) => html`<li class="line" key=${one.id}>
      <span class="what">${one.reward_name} <b>${n("points", one.points)}</b></span>
      <span class="soft">${standing(one)}</span>
      ${OPEN.has(one.status) && html`<a class="button" href="#redemption/${one.id}" aria-label=${t("rewards.take_back_of", { what: one.reward_name })}>${t("rewards.take_back")}</a>`}
    </li>`)}</ul>
    <h2 id="not-yet">${t("rewards.not_yet")}</h2>
    ${offers.length > 0 && !not_yet.length && html`<${Empty}>${t("rewards.all_reached")}<//>`}
    <ul class="list" aria-labelledby="not-yet">${not_yet.map(({ reward, missing: lacks }) => html`<li class="line" key=${reward.id}>
      <span class="what">${reward.name} <b>${n("points", reward.points)}</b></span>
      <span class="soft">${[reward.stock === 0 && t("reward.none_left"), missing(lacks)].filter(Boolean).join(", ")}</span>
    </li>`)}</ul>
    ${not_yet.some(({ missing: { resolved, good_percent } }) => resolved > 0 || good_percent > 0) && html`<p class="soft">${t("missing.when")}</p>`}
  <//>`;
}

/** The second tap. Its key stays the same until there is an answer: it happens once. */
function Sure({ title, lines, yes, work, done }) {
  const [key] = useState(newId);
  const [wrong, complain] = useState("");
  const go = () => act(key, async () => {
    complain("");
    try {
      const answer = await work(key);
      say(done(answer));
    } catch (error) {
      if (!error.status || error.again) {
        complain(inWords(error));
        return false;
      }
      const lacks = error.problem.missing;
      say(lacks ? t("missing.not_yet", { what: missing({ points: 0, resolved: 0, good_percent: 0, ...lacks }) }) : inWords(error), { bad: true });
    }
    await lookAt(...LOOKS);
    location.hash = "#rewards";
    return true;
  });
  return html`<${Screen} title=${title} back="rewards" name="sure">
    ${lines.map((line) => html`<p key=${line}>${line}</p>`)}
    ${!state.online && html`<p class="soft">${t("sure.offline")}</p>`}
    <p role="alert" class="wrong">${wrong}</p>
    <div class="choices thumb">
      <a class="button" href="#rewards">${t("sure.no")}</a>
      <button class="main" onClick=${go}>${yes}</button>
    </div>
  <//>`;
}

/** What is shown stays as it was shown, and is what is asked for: the version says so. */
export function Reward({ of: [id] }) {
  const [reward] = useState(() => bodyOf("rewards")?.items.find((offer) => offer.reward.id === id)?.reward);
  if (!reward) return html`<${Rewards} />`;
  const available = bodyOf("points")?.available ?? 0;
  const lines = [
    t("sure.price", { price: number(reward.points), available: number(available), left: number(available - reward.points) }),
    terms(reward),
    t("sure.terms"),
  ];
  const body = { reward_id: reward.id, reward_version: reward.version };
  return html`<${Sure} key=${id} title=${reward.name} lines=${lines} yes=${t("sure.ask")}
    work=${(key) => ask(state.person.id, "POST", "/v1/redemptions", { body, key })}
    done=${({ due_at }) => t("sure.asked", { day: day(due_at) })} />`;
}

export function Redemption({ of: [id] }) {
  const [one] = useState(() => bodyOf("redemptions")?.items.find((redemption) => redemption.id === id));
  if (!one) return html`<${Rewards} />`;
  const lines = [n("sure.back_points", one.points), t("sure.back_terms")];
  return html`<${Sure} key=${id} title=${one.reward_name} lines=${lines} yes=${t("sure.back")}
    work=${(key) => ask(state.person.id, "POST", `/v1/redemptions/${id}/cancel`, { key })}
    done=${() => t("sure.taken_back")} />`;
}
