"""HR's page of rules: what is and was published, and a draft that is tried and then published."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request

from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.insight.rules import HIGHEST_CENTS_PER_POINT, Rate
from backend.insight.services import programme, simulations
from backend.insight.services.simulations import Simulation
from backend.rewards import queries
from backend.rewards.rules import SINCE_EVER, parse
from backend.rewards.services import rule_versions
from backend.venues.queries import list_seasons
from backend.web.console.forms import refused
from backend.web.console.frames import Reading, Ways, acts, reads
from backend.web.console.rule_words import FIELDS, document_of, in_words, text_of

MOST_VERSIONS = 50
# What in an address is a draft.
DRAFT = (*FIELDS, "season", "cents_per_point", "currency")
USUAL_CURRENCY = "USD"
_WHOLE = re.compile(r"[0-9]{1,5}")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionLine:
    """A published version as the page tells it."""

    number: int
    starts: str
    standing: str
    words: Sequence[str]
    effective_from: datetime
    values: Mapping[str, str]


@reads("/hr/rules", may=Permission.MANAGE_RULES, template="rules")
def show_rules(reading: Reading) -> dict[str, Any]:
    """Show the rules, and what a draft of them would have paid."""
    said = {name: text for name, text in request.args.items() if name != "done"}
    return _rules_page(reading, said)


def _rules_page(
    reading: Reading, said: Mapping[str, str], *, refusal: Problem | None = None
) -> dict[str, Any]:
    """Return everything that the page shows when its form ``said`` so, and was refused or not.

    A draft is simulated where a season is named and nothing was refused.
    """
    found: Simulation | None = None
    if refusal is None and said.get("season"):
        # Before anything else is read: a simulation reads of one instant.
        try:
            found = simulated(reading, said)
        except Problem as problem:
            refusal = problem
    owner = reading.organisation_id
    versions = versions_of(reading, limit=MOST_VERSIONS)
    latest = next((one for one in versions if one.standing == "in effect"), None)
    latest = latest or next(iter(versions), None)
    values: Mapping[str, str] = latest.values if latest else text_of(None)
    if said:
        values = {name: said.get(name, "") for name in FIELDS}
    return {
        "versions": versions,
        "zone": reading.zone.key,
        "fields": FIELDS,
        "values": values,
        "draft_words": in_words(parse(document_of(said), version_id=owner, number=0))
        if found
        else [],
        "said": said,
        "drafted": {name: said[name] for name in DRAFT if name in said},
        **refused(refusal),
        "seasons": list_seasons(reading.session, organisation_id=owner),
        "chosen": said.get("season") or str(_proven(reading)),
        "currency": said.get("currency", USUAL_CURRENCY),
        "simulation": found,
        "publishing": found is not None or (refusal is not None and "effective_on" in said),
    }


def versions_of(reading: Reading, *, limit: int | None) -> list[VersionLine]:
    """Return what was published, the newest first."""
    owner, now = reading.organisation_id, reading.now
    rows = queries.list_rule_versions(reading.session, organisation_id=owner, limit=limit)
    current = queries.find_current_number(reading.session, organisation_id=owner, at=now)
    return [_line(row, current, reading.zone, now) for row in rows]


def _proven(reading: Reading) -> UUID | None:
    """Return the season that the form opens on: the newest may not have an evening yet."""
    return programme.find_proven_season(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )


def _with_refusal(reading: Reading, refusal: Problem) -> dict[str, Any]:
    return _rules_page(reading, request.form, refusal=refusal)


@acts(
    "/hr/rules",
    may=Permission.MANAGE_RULES,
    ways=Ways(then="console.show_rules", otherwise="rules", refused=_with_refusal),
)
def publish_rules(acting: Reading) -> str:
    """Publish the draft in the form, from the beginning of a day at the venue.

    Raises RulesOutOfBounds, RulesTooSoon, RulesMomentTaken, and Invalid without a day.
    """
    rule_versions.publish(
        acting.session,
        actor=acting.reader,
        document=document_of(request.form),
        effective_from=_start_of(request.form.get("effective_on", ""), acting.zone),
        now=acting.now,
    )
    return "published"


def simulated(reading: Reading, said: Mapping[str, str]) -> Simulation:
    """Return what the draft that is ``said`` would have changed; it must be the first to read.

    Raises Invalid, RulesOutOfBounds, SeasonNotFound.
    """
    try:
        season_id = UUID(said.get("season", ""))
    except ValueError as error:
        raise _refused("season", "Choose a season.") from error
    return simulations.simulate(
        reading.session,
        organisation_id=reading.organisation_id,
        season_id=season_id,
        document=document_of(said),
        rate=_rate(said),
    )


def _rate(said: Mapping[str, str]) -> Rate | None:
    cents, currency = said.get("cents_per_point", ""), said.get("currency", USUAL_CURRENCY)
    if not cents:
        return None
    if not _WHOLE.fullmatch(cents) or int(cents) > HIGHEST_CENTS_PER_POINT:
        message = f"Must be a whole number from 0 to {HIGHEST_CENTS_PER_POINT}, or empty."
        raise _refused("cents_per_point", message)
    if not _CURRENCY.fullmatch(currency):
        raise _refused("currency", "Must be three capital letters.")
    return Rate(cents_per_point=int(cents), currency=currency)


def _start_of(day: str, zone: ZoneInfo) -> datetime:
    try:
        start = datetime.combine(date.fromisoformat(day), time(), tzinfo=zone)
    except ValueError as error:
        raise _refused("effective_on", "Choose a day.") from error
    if not 2000 < start.year < 2100:
        raise _refused("effective_on", "Choose a day of this century.")
    return start.astimezone(UTC)


def _line(row: Any, current: int | None, zone: ZoneInfo, now: datetime) -> VersionLine:
    starts = row.effective_from.astimezone(zone)
    if row.number == current:
        standing = "in effect"
    else:
        standing = "coming" if row.effective_from > now else "past"
    return VersionLine(
        number=row.number,
        starts="the beginning" if row.effective_from == SINCE_EVER else f"{starts:%Y-%m-%d %H:%M}",
        standing=standing,
        words=in_words(parse(row.document, version_id=row.id, number=row.number)),
        effective_from=row.effective_from,
        values=text_of(row.document),
    )


def _refused(name: str, message: str) -> Invalid:
    return Invalid(errors={"form": {name: [message]}})
