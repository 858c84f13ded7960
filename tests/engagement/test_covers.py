"""Leaving a post and covering it are one event: who is asked, who stands in, and when it ends."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from backend.engagement.problems import (
    AlreadyCovering,
    ColleagueNotOnShift,
    CoverNotFound,
    CoverOver,
    CoverTaken,
    NobodyFree,
    NotCovering,
    NotOnDuty,
    OwnPost,
    PostCovered,
)
from backend.engagement.queries.covers import get_cover
from backend.engagement.rules import CoverState, Moment
from backend.engagement.services import covers, reliefs, requests
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id
from backend.identity.models import Employee
from backend.integrity.rules import Verdict
from backend.notify.messages import MessageKind
from backend.venues.models import Shift
from backend.venues.problems import PostNotFound
from tests.engagement.bowls import Bowl, covers_of, goes, make_bowl, told
from tests.engagement.stories import PRESENT, opened, resolve
from tests.factories import NOW, make_arena, make_employee

ASKED = MessageKind.COVER_ASKED


@pytest.fixture
def bowl(session: Session) -> Bowl:
    return make_bowl(session)


def later(minutes: int) -> Moment:
    return Moment.present(NOW + timedelta(minutes=minutes))


def take(session: Session, who: Actor, cover_id):
    return covers.take(session, actor=who, cover_id=cover_id, now=NOW)


def relieve(session: Session, bowl: Bowl, post_id, employee_id=None):
    return reliefs.send(
        session, actor=bowl.robin, post_id=post_id, employee_id=employee_id, now=NOW
    )


def test_leaving_a_post_asks_the_usher_of_the_next_section(session: Session, bowl: Bowl) -> None:
    request = goes(session, bowl, bowl.casey, moment=PRESENT)
    (cover,) = covers_of(session, bowl)
    assert (cover.post_id, cover.left_by) == (bowl.posts["101"], bowl.casey.employee_id)
    assert (cover.request_id, cover.left_at) == (request.id, NOW)
    assert (cover.asked_id, cover.asked_at) == (bowl.dana.employee_id, NOW)
    assert told(session, bowl.dana) == [(ASKED, cover.id)]
    assert told(session, (bowl.alex, bowl.blair, bowl.ellis, bowl.finn, bowl.robin)) == []


def test_who_stays_in_the_zone_leaves_no_post(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.blair, moment=PRESENT)
    assert covers_of(session, bowl) == []


def test_a_colleague_at_the_same_post_is_nearest(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.blair, moment=PRESENT, zone_id=bowl.arena.section_id)
    (cover,) = covers_of(session, bowl)
    assert cover.asked_id in {bowl.alex.employee_id, bowl.robin.employee_id}


def test_a_section_further_away_is_not_asked(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.dana, moment=PRESENT)
    goes(session, bowl, bowl.ellis, moment=PRESENT)
    goes(session, bowl, bowl.casey, moment=PRESENT)
    by_post = {cover.post_id: cover.asked_id for cover in covers_of(session, bowl)}
    # Nobody but Dana is next to 101, and Dana is away.
    assert by_post[bowl.posts["103"]] == bowl.finn.employee_id
    assert by_post[bowl.posts["101"]] is None


@pytest.mark.parametrize("why", ["in hand", "off shift", "gone", "asked", "covering"])
def test_who_is_not_free_is_not_asked(session: Session, bowl: Bowl, why: str) -> None:
    dana = bowl.dana.employee_id
    if why == "in hand":
        request = opened(session, bowl.dana)
        requests.accept(session, actor=bowl.dana, request_id=request.id, moment=PRESENT)
    elif why == "off shift":
        session.execute(
            update(Shift)
            .where(Shift.employee_id == dana)
            .values(ends_at=NOW - timedelta(minutes=1))
        )
    elif why == "gone":
        gone = update(Employee).where(Employee.id == dana).values(deactivated_at=NOW)
        session.execute(gone)
    else:
        goes(session, bowl, bowl.ellis, moment=PRESENT)
        cover = relieve(session, bowl, bowl.posts["103"], dana)
        if why == "covering":
            take(session, bowl.dana, cover.id)
    goes(session, bowl, bowl.casey, moment=PRESENT)
    assert covers_of(session, bowl)[-1].asked_id is None


def test_one_tap_covers_a_post_and_the_request_ends_it(session: Session, bowl: Bowl) -> None:
    request = goes(session, bowl, bowl.casey, moment=PRESENT)
    (cover,) = covers_of(session, bowl)
    taken = take(session, bowl.dana, cover.id)
    assert (taken.state, taken.covered_by) == (CoverState.COVERED, bowl.dana.employee_id)
    assert take(session, bowl.dana, cover.id) == taken
    resolve(session, bowl.casey, request.id, moment=later(4))
    (ended,) = covers_of(session, bowl, open_only=False)
    assert (ended.ended_at, ended.covered_by) == (later(4).at, bowl.dana.employee_id)
    with pytest.raises(CoverOver):
        take(session, bowl.ellis, cover.id)


@pytest.mark.parametrize("way", ["release", "cancel", "hand over"])
def test_every_way_back_clears_the_post(session: Session, bowl: Bowl, way: str) -> None:
    request = goes(session, bowl, bowl.casey, moment=PRESENT)
    key: dict[str, Any] = {"actor": bowl.casey, "request_id": request.id, "moment": later(2)}
    if way == "release":
        requests.release(session, **key)
    elif way == "cancel":
        requests.cancel(session, **key, reason="gone")
    else:
        requests.hand_over(session, **key, employee_id=bowl.blair.employee_id, keep_percent=0)
    assert covers_of(session, bowl) == []


def test_a_hand_over_takes_the_new_owner_away_instead(session: Session, bowl: Bowl) -> None:
    request = goes(session, bowl, bowl.casey, moment=PRESENT)
    requests.hand_over(
        session,
        actor=bowl.casey,
        request_id=request.id,
        employee_id=bowl.finn.employee_id,
        keep_percent=50,
        moment=PRESENT,
    )
    (cover,) = covers_of(session, bowl)
    assert (cover.post_id, cover.left_by) == (bowl.posts["110"], bowl.finn.employee_id)
    assert cover.asked_id == bowl.ellis.employee_id


def test_a_second_request_on_the_way_asks_nobody_else(session: Session, bowl: Bowl) -> None:
    first = goes(session, bowl, bowl.casey, moment=PRESENT)
    (cover,) = covers_of(session, bowl)
    take(session, bowl.dana, cover.id)
    second = goes(session, bowl, bowl.casey, moment=later(1))
    assert [one.id for one in covers_of(session, bowl)] == [cover.id]
    resolve(session, bowl.casey, first.id, moment=later(2))
    (going_on,) = covers_of(session, bowl)
    assert (going_on.id, going_on.request_id) == (cover.id, second.id)
    assert going_on.covered_by == bowl.dana.employee_id
    resolve(session, bowl.casey, second.id, moment=later(3))
    assert covers_of(session, bowl) == []
    assert told(session, bowl.dana, ASKED) == [(ASKED, cover.id)]


def test_the_first_request_may_be_done_last(session: Session, bowl: Bowl) -> None:
    first = goes(session, bowl, bowl.casey, moment=PRESENT)
    second = goes(session, bowl, bowl.casey, moment=later(1))
    resolve(session, bowl.casey, second.id, moment=later(2))
    (cover,) = covers_of(session, bowl)
    assert cover.request_id == first.id
    resolve(session, bowl.casey, first.id, moment=later(3))
    assert covers_of(session, bowl) == []


def test_who_stands_in_and_goes_to_help_leaves_that_post_open(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.casey, moment=PRESENT)
    (cover,) = covers_of(session, bowl)
    take(session, bowl.dana, cover.id)
    goes(session, bowl, bowl.dana, moment=later(1))
    first, second = covers_of(session, bowl)
    assert (first.id, first.covered_by, first.asked_id) == (cover.id, None, None)
    assert (second.post_id, second.asked_id) == (bowl.posts["102"], bowl.ellis.employee_id)


def test_who_leaves_a_cover_is_not_asked_again(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.dana, moment=PRESENT)
    (cover,) = covers_of(session, bowl)
    near = {who.employee_id: who for who in (bowl.casey, bowl.ellis)}
    assert cover.asked_id
    asked = near.pop(cover.asked_id)
    (other,) = near.values()
    take(session, asked, cover.id)
    left = covers.leave(session, actor=asked, cover_id=cover.id, now=NOW)
    assert (left.state, left.asked_id) == (CoverState.WANTED, other.employee_id)
    take(session, other, cover.id)
    goes(session, bowl, asked, moment=PRESENT)
    covers.leave(session, actor=other, cover_id=cover.id, now=NOW)
    alone = get_cover(session, organisation_id=bowl.organisation_id, cover_id=cover.id)
    assert (alone.asked_id, alone.escalated_at) == (None, NOW)
    assert told(session, bowl.robin) == [(MessageKind.COVER_ESCALATED, cover.id)]


def test_what_a_phone_tells_later_asks_nobody(session: Session, bowl: Bowl) -> None:
    long_ago = Moment(at=NOW - timedelta(minutes=20), verdict=Verdict.VERIFIED, now=NOW)
    request = goes(session, bowl, bowl.casey, moment=long_ago)
    (cover,) = covers_of(session, bowl)
    assert (cover.left_at, cover.asked_id) == (long_ago.at, None)
    resolve(session, bowl.casey, request.id, moment=long_ago)
    assert covers_of(session, bowl) == []
    assert told(session, bowl.dana) == []


def test_refusals_are_typed(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.casey, moment=PRESENT)
    (cover,) = covers_of(session, bowl)
    with pytest.raises(OwnPost):
        take(session, bowl.casey, cover.id)
    with pytest.raises(NotOnDuty):
        take(session, bowl.supervisor, cover.id)
    with pytest.raises(NotCovering):
        covers.leave(session, actor=bowl.dana, cover_id=cover.id, now=NOW)
    take(session, bowl.dana, cover.id)
    with pytest.raises(CoverTaken):
        take(session, bowl.ellis, cover.id)
    goes(session, bowl, bowl.finn, moment=PRESENT)
    with pytest.raises(AlreadyCovering):
        take(session, bowl.dana, covers_of(session, bowl)[-1].id)
    stranger = make_employee(session, make_arena(session))
    for who, which in ((bowl.dana, new_id()), (stranger, cover.id)):
        with pytest.raises(CoverNotFound):
            take(session, who, which)


def test_relief_is_one_tap_and_on_record(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.dana, moment=PRESENT)
    goes(session, bowl, bowl.ellis, moment=PRESENT)
    goes(session, bowl, bowl.casey, moment=PRESENT)
    cover = covers_of(session, bowl)[-1]
    # Finn is asked for the post of Ellis already; whoever else is free is at the gate.
    sent = relieve(session, bowl, bowl.posts["101"])
    gate = {who.employee_id for who in (bowl.alex, bowl.blair, bowl.robin)}
    assert sent.id == cover.id
    assert sent.asked_id in gate
    (act,) = session.query(AuditRow).filter_by(subject_id=cover.id, act="relief.sent")
    assert act.actor_id == bowl.robin.employee_id
    again = relieve(session, bowl, bowl.posts["101"])
    assert again.asked_id in gate - {sent.asked_id}


def test_a_supervisor_may_name_whom_to_send(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.casey, moment=PRESENT)
    sent = relieve(session, bowl, bowl.posts["101"], bowl.finn.employee_id)
    assert sent.asked_id == bowl.finn.employee_id
    assert told(session, bowl.finn) == [(MessageKind.RELIEF_SENT, sent.id)]
    for who in (bowl.casey, bowl.supervisor):
        with pytest.raises(ColleagueNotOnShift):
            relieve(session, bowl, bowl.posts["101"], who.employee_id)
    take(session, bowl.finn, sent.id)
    with pytest.raises(PostCovered):
        relieve(session, bowl, bowl.posts["101"])
    with pytest.raises(PostCovered):
        relieve(session, bowl, bowl.posts["102"])
    with pytest.raises(PostNotFound):
        relieve(session, bowl, new_id())
    goes(session, bowl, bowl.dana, moment=PRESENT)
    with pytest.raises(AlreadyCovering):
        relieve(session, bowl, bowl.posts["102"], bowl.finn.employee_id)


def test_where_nobody_is_free_a_supervisor_is_told_so(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.casey, moment=PRESENT)
    session.execute(
        update(Shift)
        .where(
            Shift.organisation_id == bowl.organisation_id,
            Shift.employee_id != bowl.casey.employee_id,
        )
        .values(ends_at=NOW - timedelta(minutes=1))
    )
    with pytest.raises(NobodyFree):
        relieve(session, bowl, bowl.posts["101"])
