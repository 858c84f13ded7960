// The view of rewards: my points, what they reach, what I asked for and what became of it.
// It is handed its calls by app.js, so that both live in one session.

const MOST = 200;
const OPEN = new Set(["asked", "approved"]);
const day = (instant) => new Date(instant).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
const money = (cents, currency) => `${(cents / 100).toLocaleString("en", { minimumFractionDigits: 2 })} ${currency}`;

/** What a reward is, without its price. */
function terms(reward) {
  const what = { cash: "Cash bonus", vacation: "Vacation", perk: "Perk" }[reward.kind];
  const daysOff = reward.days_off && `${count(reward.days_off, "day")} off`;
  const worth = reward.value_cents ? `worth ${money(reward.value_cents, reward.currency)}` : "";
  return [what, daysOff, worth, reward.taxable && "taxed as pay"].filter(Boolean).join(", ");
}

/** What is still missing for a reward, in words. */
function missing({ points = 0, resolved = 0, good_percent = 0, employment = false }) {
  const toGo = [points && count(points, "point"), resolved && count(resolved, "resolved request")].filter(Boolean).join(" and ");
  return [
    toGo && `${toGo} to go`,
    good_percent && `${good_percent} % good ratings this season to reach`,
    employment && "not for how you are employed",
  ].filter(Boolean).join(", ");
}

/** Where something that I asked for stands, in words. */
function standing(redemption) {
  const last = redemption.steps.at(-1);
  const [given, needed] = [redemption.approved_by.length, redemption.approvals_needed];
  switch (redemption.status) {
    case "asked": return `${given ? `Approved by ${given} of ${needed}.` : "Asked for."} Decided by ${day(redemption.due_at)}.`;
    case "approved": return `Approved. Yours by ${day(redemption.due_at)}.`;
    case "fulfilled": return `Yours since ${day(last.at)}.`;
    case "declined": return `Declined on ${day(last.at)}: ${last.reason}`;
    case "cancelled": return `Taken back on ${day(last.at)}. The points are yours again.`;
    default: return `Expired on ${day(last.at)}: nobody acted in time. The points are yours again.`;
  }
}

/** A refusal in words that say what to do. */
function plain({ problem, message }) {
  switch (problem.type) {
    case "/problems/out-of-stock": return "Nothing of this is left. Your points are untouched.";
    case "/problems/reward-changed": return "This reward has changed. Here it is as it is now.";
    case "/problems/not-offered": return "This reward is not offered any more.";
    case "/problems/not-enough-points": return "You do not have enough points for this any more.";
    case "/problems/not-eligible": return `Not yet: ${missing(problem.missing)}.`;
    case "/problems/redemption-closed": return "Somebody was quicker: here is where it stands now.";
    default: return message;
  }
}

export function rewardsView({ $, ask, say, doing, onTap, newId, Refused }) {
  let available = 0;
  let older = null;
  let sure = null;

  async function show() {
    const [points, offers, asked] = await Promise.all([
      ask("GET", "/v1/me/points"), allOffers(), ask("GET", "/v1/me/redemptions?limit=20"),
    ]);
    available = points.available;
    for (const bucket of ["available", "pending", "held"]) $(bucket).textContent = points[bucket].toLocaleString("en");
    $("about-points").textContent = aboutPoints(points);
    const reached = ({ in_reach, reward }) => in_reach && reward.stock !== 0;
    fill("in-reach", offers.filter(reached).map(offer), "Nothing yet. Every resolved request counts.");
    fill("not-yet", offers.filter((one) => !reached(one)).map(notYet), "Everything is in reach.");
    fill("asked", [], "Nothing so far.");
    append(asked);
  }

  async function allOffers() {
    const offers = [];
    let cursor = "";
    do {
      const page = await ask("GET", `/v1/me/rewards?limit=${MOST}${cursor && `&cursor=${cursor}`}`);
      offers.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return offers;
  }

  const aboutPoints = (points) => [
    points.pending && points.next_available_at && `The next pending points are yours on ${day(points.next_available_at)}.`,
    points.held && "Held points are set aside for what you asked for.",
    points.debt && `${count(-points.debt, "point")} of what you earn next go to what was taken back.`,
  ].filter(Boolean).join(" ");

  function fill(id, lines, empty) {
    if (!lines.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = empty;
      lines.push(none);
    }
    $(id).replaceChildren(...lines);
  }

  function line(template, { name, points }, words) {
    const made = $(template).content.cloneNode(true).firstElementChild;
    made.querySelector(".what").textContent = name;
    made.querySelector(".price").textContent = count(points, "point");
    made.querySelector(".terms").textContent = words;
    return made;
  }

  function offer({ reward }) {
    const few = reward.stock !== null && reward.stock <= 5 ? `, ${reward.stock} left` : "";
    const made = line("offer", reward, [reward.description, `${terms(reward)}${few}`].filter(Boolean).join(" "));
    made.firstElementChild.addEventListener("click", () => askForReward(reward));
    return made;
  }

  const notYet = ({ reward, missing: lacks }) =>
    line("wish", reward, [reward.stock === 0 && "none left", missing(lacks)].filter(Boolean).join(", "));

  function wish(redemption) {
    const made = line("wish", { name: redemption.reward_name, points: redemption.points }, standing(redemption));
    made.classList.toggle("bad", redemption.status === "declined");
    made.classList.toggle("good", redemption.status === "fulfilled");
    if (OPEN.has(redemption.status)) {
      const button = document.createElement("button");
      button.textContent = "Take back";
      button.ariaLabel = `Take back: ${redemption.reward_name}`;
      button.addEventListener("click", () => takeBack(redemption));
      made.append(button);
    }
    return made;
  }

  function append({ items, next_cursor }) {
    if (items.length && $("asked").querySelector(".none")) $("asked").replaceChildren();
    $("asked").append(...items.map(wish));
    older = next_cursor;
    $("older").hidden = !older;
  }

  function askForReward(reward) {
    makeSure({
      title: reward.name,
      price: `${reward.points.toLocaleString("en")} of your ${count(available, "point")}. You keep ${(available - reward.points).toLocaleString("en")}.`,
      terms: `${terms(reward)}. Your points are held at once, HR decides, and you can take it back until it is yours.`,
      yes: "Ask for it",
      act: async (key) => {
        const body = { reward_id: reward.id, reward_version: reward.version };
        const { due_at } = await ask("POST", "/v1/redemptions", { body, key });
        return `Asked. Decided by ${day(due_at)}.`;
      },
    });
  }

  function takeBack({ id, reward_name, points }) {
    makeSure({
      title: reward_name,
      price: `${count(points, "point")} are yours again.`,
      terms: "What you take back is not decided on any more. You can ask anew.",
      yes: "Take it back",
      act: async (key) => {
        await ask("POST", `/v1/redemptions/${id}/cancel`, { key });
        return "Taken back.";
      },
    });
  }

  /** Ask for the second tap. Its key stays the same until it is answered: it happens once. */
  function makeSure({ title, price, terms: words, yes, act }) {
    sure = { act, key: newId() };
    $("sure-title").textContent = title;
    $("sure-price").textContent = price;
    $("sure-terms").textContent = words;
    $("sure-wrong").textContent = "";
    $("sure-yes").textContent = yes;
    $("sure").showModal();
  }

  async function act() {
    let said;
    let refused = false;
    try {
      said = await sure.act(sure.key);
    } catch (error) {
      if (!(error instanceof Refused)) {
        $("sure-wrong").textContent = error.message;
        return;
      }
      [said, refused] = [plain(error), true];
    }
    $("sure").close();
    say(said, { bad: refused });
    await show();
  }

  onTap("sure-yes", act);
  onTap("sure-no", () => $("sure").close());
  onTap("older", async () => append(await ask("GET", `/v1/me/redemptions?limit=20&cursor=${older}`)));
  return { show };
}
