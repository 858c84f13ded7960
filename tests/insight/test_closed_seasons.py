"""Proof that what closed seasons came to still stands, and that all damage to it is named."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.orm import Session

from backend.engagement.rules import CORRECTION_WINDOW, Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation.db import UTCDateTime, reading
from backend.insight import verify
from backend.insight.queries.seasons import count_late
from backend.insight.queries.work import find_earned
from backend.insight.rules import LateKind
from backend.insight.services import snapshots
from backend.insight.services.replays import replay
from backend.integrity.rules import Verdict
from backend.rewards.queries import get_rules
from backend.rewards.rules import Reversible, SourceKind
from backend.rewards.services import adjustments
from backend.venues.rules import SETTLING
from tests.engagement.stories import resolved
from tests.factories import NOW
from tests.insight.closed import (
    DAMAGE,
    LATE,
    ClosedSeason,
    begin,
    make_closed_season,
    reopen,
    send_late,
)
from tests.insight.test_verify import take_guards_down


@pytest.fixture
def scratch(app: Flask) -> Iterator[Session]:
    """Yield a transaction in which guards may be taken down; nothing of it is kept."""
    with app.app_context(), reading() as session:
        yield session
        if session.connection().dialect.name == "sqlite":
            session.execute(text("pragma ignore_check_constraints = off"))


@pytest.fixture
def made(scratch: Session) -> ClosedSeason:
    return make_closed_season(scratch)


def found(session: Session, made: ClosedSeason, code: str) -> set[str]:
    """Return the tables in which the invariant ``code`` finds something."""
    owner = made.evening.organisation_id
    return {
        finding.table
        for finding in verify.find_offenders(session, code=code, organisation_id=owner)
    }


def test_a_closed_season_has_no_finding(scratch: Session, made: ClosedSeason) -> None:
    owner = made.evening.organisation_id
    assert list(verify.verify(scratch, organisation_id=owner)) == []


@pytest.mark.parametrize(("code", "table", "statement"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_to_a_closed_season_is_named(
    scratch: Session, made: ClosedSeason, code: str, table: str, statement: str
) -> None:
    take_guards_down(scratch, statement)
    ids = {
        "org": made.evening.organisation_id,
        "season": made.season_id,
        "opened": made.opened,
        "in_hand": made.in_hand,
        "resolved": made.resolved,
        "rated": made.rated,
    }
    binds: list[Any] = [bindparam(name, value, Uuid()) for name, value in ids.items()]
    binds.append(bindparam("season_text", str(made.season_id)))
    binds.append(bindparam("hash", bytes(32)))
    binds.append(bindparam("later", LATE + timedelta(days=1), UTCDateTime()))
    for part in statement.split(";"):
        used = [bind for bind in binds if re.search(rf":{bind.key}\b", part)]
        result = scratch.execute(text(part).bindparams(*used))
        assert result.rowcount  # type: ignore[attr-defined]
    assert table in found(scratch, made, code)


def test_codes_that_lapsed_stay_late_in_a_reopened_season_and_others_do_not(
    scratch: Session, made: ClosedSeason
) -> None:
    evening, later = made.evening, LATE + timedelta(days=1)
    # What a phone sends only now.
    moment = Moment(at=NOW, verdict=Verdict.VERIFIED, now=LATE)
    reopen(scratch, made, LATE)
    lapsed = resolved(scratch, evening.blair, moment=moment)
    begin(scratch, made, LATE + timedelta(minutes=1))
    reopen(scratch, made, LATE + timedelta(minutes=5))
    code = resolved(scratch, evening.blair, moment=moment).code
    for one in (code, lapsed.code):
        ratings.receive(scratch, code=one, given=GivenAnswer(stars=1), now=later)
    owner = evening.organisation_id
    assert list(verify.verify(scratch, organisation_id=owner)) == []
    late = text("update ratings set state = 'season_closed' where rated_at = :later")
    scratch.execute(late.bindparams(bindparam("later", later, UTCDateTime())))
    what = "does not count, though its season was open"
    assert [
        finding.what
        for finding in verify.find_offenders(scratch, code="I15", organisation_id=owner)
        if finding.table == "ratings"
    ] == [what]


def test_an_earlier_snapshot_need_not_stand_any_more(scratch: Session, made: ClosedSeason) -> None:
    for change in (
        (
            "update seasons set status = 'open', closes_at = null, freezes_at = null"
            " where id = :season"
        ),
        "update events set attendance = 9 where season_id = :season",
    ):
        scratch.execute(text(change).bindparams(bindparam("season", made.season_id, Uuid())))
    assert "season_snapshots" not in found(scratch, made, "I15")


def test_what_is_taken_back_later_leaves_the_fair_board_as_it_is(
    scratch: Session, made: ClosedSeason
) -> None:
    owner = made.evening.organisation_id

    def kept() -> Any:
        found = snapshots.frozen(scratch, organisation_id=owner, season_id=made.season_id)
        return found["fair_boards"], [event["taken_back"] for event in found["events"]]

    before = kept()
    [season, venue] = before[0].values()
    assert season == venue
    assert {(line[1], line[3]) for line in season["worked"]} == {("gate", 1), ("section", 0)}
    adjustments.reverse(
        scratch,
        actor=made.harper,
        source_kind=Reversible.REQUEST,
        source_id=made.rated,
        reason="Nobody was helped.",
        now=LATE + timedelta(hours=2),
    )
    assert kept() == before
    assert list(verify.verify(scratch, organisation_id=owner)) == []


def test_what_comes_late_is_in_no_simulation(scratch: Session, made: ClosedSeason) -> None:
    owner = made.evening.organisation_id
    season = {"organisation_id": owner, "season_id": made.season_id}

    def played() -> object:
        return replay(
            scratch,
            organisation_id=owner,
            season_id=made.season_id,
            rules_at=lambda at: get_rules(scratch, organisation_id=owner, at=at),
        )

    before = played()
    send_late(scratch, made, now=LATE)
    alex = made.evening.alex.employee_id
    assert played() == before == find_earned(scratch, **season)
    blair = made.evening.blair.employee_id
    assert before == {
        (alex, SourceKind.GREETING): 1,
        (alex, SourceKind.REQUEST): 10,
        (blair, SourceKind.REQUEST): 10,
    }
    counts = count_late(scratch, organisation_id=owner, season_id=made.season_id)
    assert (counts[LateKind.GREETING], counts[LateKind.POINTS]) == (1, 1)
    assert list(verify.verify(scratch, organisation_id=owner)) == []


def test_a_season_settles_until_no_fan_can_correct_any_more() -> None:
    assert CORRECTION_WINDOW + timedelta(minutes=5) <= SETTLING
