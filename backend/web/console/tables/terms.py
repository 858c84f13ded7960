"""The terms of the programme as files: rewards, rules, and what a draft of rules would change."""

from collections.abc import Iterator

from flask import request

from backend.foundation.spreadsheets import Cents, Row
from backend.identity.permissions import Permission
from backend.insight.services.simulations import Comparison, Simulation, Worth
from backend.rewards.queries import RewardFacts
from backend.rewards.rules import SINCE_EVER
from backend.web.console import rewards, rules
from backend.web.console.frames import Reading
from backend.web.console.rule_words import FIELDS
from backend.web.console.tables.shapes import PART, Kind, Table, at, in_parts, yes


def _read_rewards(reading: Reading) -> Table:
    return Table(
        filter={},
        words={},
        header=(
            *("name", "kind", "days_off", "points", "value", "currency", "taxable", "left"),
            *("employment_kinds", "least_resolved", "least_good_percent", "offered"),
            *("offered_from", "offered_until", "withdrawn_at", "id"),
        ),
        rows=_reward_rows(reading),
    )


def _reward_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: rewards.listed(reading, after=after, limit=PART)):
        for one in page["rewards"]:
            yield (
                *(one.name, one.kind.value, one.days_off, one.points, Cents(one.value_cents)),
                *(one.currency, yes(one.taxable), one.stock),
                *(", ".join(one.employment_kinds or ()), one.least_resolved),
                *(one.least_good_percent, _offered(reading, one), at(one.offered_from)),
                *(at(one.offered_until), at(one.withdrawn_at), str(one.id)),
            )


def _offered(reading: Reading, one: RewardFacts) -> str:
    if one.withdrawn_at:
        return "withdrawn"
    if one.offered_from > reading.now:
        return "not yet"
    return "now" if one.is_offered(reading.now) else "over"


def _read_rules(reading: Reading) -> Table:
    return Table(
        filter={},
        words={},
        header=("version", "stands", "effective_from", *FIELDS, "in_words"),
        rows=(
            (
                *(one.number, one.standing),
                None if one.effective_from == SINCE_EVER else at(one.effective_from),
                *(int(one.values[name]) for name in FIELDS),
                " ".join(one.words),
            )
            for one in rules.versions_of(reading, limit=None)
        ),
    )


def _read_simulation(reading: Reading) -> Table:
    """Return what the draft in the address would have changed.

    Raises Invalid, RulesOutOfBounds, SeasonNotFound.
    """
    said = {name: request.args[name] for name in rules.DRAFT if name in request.args}
    found = rules.simulated(reading, said)
    return Table(
        filter=said,
        words={"Season": found.season},
        header=(
            *("line", "what", "badge_number", "name", "department"),
            *("earned_points", "draft_points", "difference_points"),
            *("earned_value", "draft_value", "difference_value", "currency"),
        ),
        rows=_simulation_rows(found),
    )


def _simulation_rows(found: Simulation) -> Iterator[Row]:
    currency = found.rate.currency if found.rate else None
    for part in found.sources:
        what = (part.source_kind.value, None, None, None)
        yield ("source", *what, *_compared(part.points), currency)
    yield ("everything", None, None, None, None, *_compared(found.total), currency)
    for line, movers in (("gains", found.most_gained), ("loses", found.most_lost)):
        for one in movers:
            who = one.person
            named = (who.badge_number, who.name, who.department)
            yield (line, None, *named, *_compared(one.points), currency)


def _compared(it: Comparison) -> Row:
    both: tuple[Worth, ...] = (it.now, it.draft, it.difference)
    cents = (None if one.cents is None else Cents(one.cents) for one in both)
    return (*(one.points for one in both), *cents)


KINDS = {
    "rewards": Kind(
        title="the catalogue",
        page="console.show_rewards",
        kept=(),
        may=Permission.MANAGE_REWARDS,
        read=_read_rewards,
        names_people=False,
    ),
    "rules": Kind(
        title="the rules",
        page="console.show_rules",
        kept=(),
        may=Permission.MANAGE_RULES,
        read=_read_rules,
        names_people=False,
    ),
    "simulation": Kind(
        title="what a draft would change",
        page="console.show_rules",
        kept=rules.DRAFT,
        may=Permission.MANAGE_RULES,
        read=_read_simulation,
    ),
}
