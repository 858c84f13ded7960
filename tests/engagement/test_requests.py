"""The life of a request, every refusal on the way, and who holds which part of its credit."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Invitation, Workload
from backend.engagement.problems import (
    AlreadyHelping,
    ColleagueGone,
    IdAlreadyUsed,
    NoEventOn,
    NoRatingCode,
    NotInYourHands,
    NotToYourself,
    RequestAlreadyTaken,
    RequestClosed,
    RequestNotFound,
    RequestNotInHand,
    ShareTooLarge,
    TooManyInHand,
    UnknownGreeting,
    ZoneNeeded,
)
from backend.engagement.queries.requests import get_request, list_history
from backend.engagement.rules import Category, Moment, Status, Step
from backend.engagement.services import requests
from backend.engagement.services.invitations import code_of, hash_of
from backend.engagement.services.requests import NewRequest
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.models import Employee
from backend.identity.problems import EmployeeUnknown
from backend.integrity.rules import Verdict
from backend.rewards.models import Balance
from backend.venues.models import Venue, Zone
from backend.venues.problems import ZoneNotFound
from backend.venues.rules import ZoneKind
from tests.engagement.stories import (
    CODE_KEY,
    PRESENT,
    Evening,
    accepted,
    make_evening,
    opened,
    resolve,
    resolved,
    shares_of,
    tally_of,
)
from tests.factories import NOW, make_arena, make_employee
from tests.rewards.books import check_books


@pytest.fixture
def evening(session: Session) -> Evening:
    return make_evening(session)


def at(seconds: int, verdict: Verdict = Verdict.VERIFIED) -> Moment:
    return Moment(at=NOW + timedelta(seconds=seconds), verdict=verdict, now=NOW)


def in_hand(session: Session, actor: Actor) -> int:
    key = (actor.organisation_id, actor.employee_id)
    row = session.get(Workload, key, populate_existing=True)
    return row.in_hand if row else 0


def steps_of(session: Session, evening: Evening, request_id) -> list[Step]:
    history = list_history(session, organisation_id=evening.organisation_id, request_id=request_id)
    assert [step.number for step in history] == list(range(1, len(history) + 1))
    return [step.step for step in history]


def earned(session: Session, actor: Actor) -> int:
    key = (actor.organisation_id, actor.employee_id)
    balance = session.get(Balance, key, populate_existing=True)
    return balance.pending if balance else 0


def share(session: Session, evening: Evening, request_id, **to):
    return requests.add_helper(
        session, actor=evening.alex, request_id=request_id, moment=PRESENT, **to
    )


def hand(session: Session, actor: Actor, request_id, to: Actor, *, keep: int = 0):
    return requests.hand_over(
        session,
        actor=actor,
        request_id=request_id,
        employee_id=to.employee_id,
        keep_percent=keep,
        moment=PRESENT,
    )


def test_a_request_is_opened_accepted_and_resolved(session: Session, evening: Evening) -> None:
    request = opened(session, evening.alex, moment=at(0))
    assert request.status is Status.OPEN
    assert request.zone_id == evening.arena.gate_id
    assert request.shares == ()
    taken = requests.accept(session, actor=evening.blair, request_id=request.id, moment=at(30))
    assert taken.status is Status.ACCEPTED
    assert taken.owner_id == evening.blair.employee_id
    assert taken.left_post_id is None
    assert shares_of(taken) == {evening.blair.employee_id: 100}
    assert in_hand(session, evening.blair) == 1
    done = resolve(session, evening.blair, request.id, moment=at(90))
    assert done.request.status is Status.RESOLVED
    assert (done.request.accept_seconds, done.request.resolve_seconds) == (30, 90)
    assert done.expires_at == NOW + timedelta(hours=72)
    assert in_hand(session, evening.blair) == 0
    assert steps_of(session, evening, request.id) == [Step.OPENED, Step.ACCEPTED, Step.RESOLVED]
    tally = tally_of(session, evening, evening.blair)
    assert (tally.accepted, tally.resolved, tally.paid_resolved, tally.invitations) == (1, 1, 1, 1)
    assert earned(session, evening.blair) == 10
    check_books(session, evening.organisation_id)


def test_the_code_is_stored_hashed_and_derived_again(session: Session, evening: Evening) -> None:
    done = resolved(session, evening.alex)
    again = resolve(session, evening.alex, done.request.id, moment=at(500))
    assert again == done
    row = session.scalars(select(Invitation).filter_by(request_id=done.request.id)).one()
    assert row.code_hash == hash_of(done.code)
    assert done.code == code_of(row.id, code_key=CODE_KEY)
    assert done.code != code_of(row.id, code_key=b"other")
    assert len(done.code) == 26
    assert earned(session, evening.alex) == 10


def test_going_elsewhere_leaves_the_post(session: Session, evening: Evening) -> None:
    request = opened(session, evening.casey)
    taken = requests.accept(session, actor=evening.alex, request_id=request.id, moment=PRESENT)
    assert taken.left_post_id == evening.arena.gate_post_id
    handed = hand(session, evening.alex, request.id, evening.casey)
    assert handed.left_post_id is None
    back = hand(session, evening.casey, request.id, evening.blair)
    assert back.left_post_id == evening.arena.gate_post_id
    freed = requests.release(session, actor=evening.blair, request_id=request.id, moment=PRESENT)
    assert freed.left_post_id is None


def test_accepting_what_one_has_is_the_same_answer(session: Session, evening: Evening) -> None:
    taken = accepted(session, evening.alex)
    again = requests.accept(session, actor=evening.alex, request_id=taken.id, moment=at(60))
    assert again == taken
    assert in_hand(session, evening.alex) == 1
    with pytest.raises(RequestAlreadyTaken):
        requests.accept(session, actor=evening.blair, request_id=taken.id, moment=PRESENT)


def test_five_in_hand_are_the_most(session: Session, evening: Evening) -> None:
    mine = [accepted(session, evening.alex) for _ in range(5)]
    sixth = opened(session, evening.alex)
    with pytest.raises(TooManyInHand), session.begin_nested():
        requests.accept(session, actor=evening.alex, request_id=sixth.id, moment=PRESENT)
    theirs = requests.accept(session, actor=evening.blair, request_id=sixth.id, moment=PRESENT)
    with pytest.raises(TooManyInHand), session.begin_nested():
        hand(session, evening.blair, theirs.id, evening.alex)
    resolve(session, evening.alex, mine[0].id)
    hand(session, evening.blair, theirs.id, evening.alex)
    assert in_hand(session, evening.alex) == 5
    assert in_hand(session, evening.blair) == 0


def test_a_phones_clock_never_makes_a_negative_time(session: Session, evening: Evening) -> None:
    request = opened(session, evening.alex, moment=at(100))
    requests.accept(session, actor=evening.alex, request_id=request.id, moment=at(40))
    done = resolve(session, evening.alex, request.id, moment=at(20))
    assert (done.request.accept_seconds, done.request.resolve_seconds) == (0, 0)


def test_the_time_to_accept_is_that_of_the_first(session: Session, evening: Evening) -> None:
    request = opened(session, evening.alex, moment=at(0))
    requests.accept(session, actor=evening.alex, request_id=request.id, moment=at(10))
    requests.release(session, actor=evening.alex, request_id=request.id, moment=at(20))
    taken = requests.accept(session, actor=evening.blair, request_id=request.id, moment=at(60))
    assert taken.accept_seconds == 10
    assert shares_of(taken) == {evening.blair.employee_id: 100}


def test_helpers_take_from_the_owners_share(session: Session, evening: Evening) -> None:
    request = accepted(session, evening.alex)
    blair, casey = evening.blair.employee_id, evening.casey.employee_id
    share(session, evening, request.id, employee_id=blair, percent=30)
    shared = share(session, evening, request.id, employee_id=casey, percent=25)
    assert shares_of(shared) == {evening.alex.employee_id: 45, blair: 30, casey: 25}
    for refused, employee_id, percent in (
        (AlreadyHelping, blair, 5),
        (NotToYourself, evening.alex.employee_id, 5),
        (EmployeeUnknown, new_id(), 5),
        (ShareTooLarge, evening.supervisor.employee_id, 46),
    ):
        with pytest.raises(refused):
            share(session, evening, request.id, employee_id=employee_id, percent=percent)
    assert resolve(session, evening.casey, request.id).request.owner_id == evening.alex.employee_id
    assert (earned(session, evening.alex), earned(session, evening.blair)) == (5, 3)
    assert earned(session, evening.casey) == 2
    check_books(session, evening.organisation_id)


def test_handing_over_keeps_a_part_of_ones_own_share(session: Session, evening: Evening) -> None:
    request = accepted(session, evening.alex)
    share(session, evening, request.id, employee_id=evening.casey.employee_id, percent=25)
    handed = hand(session, evening.alex, request.id, evening.blair, keep=50)
    assert handed.owner_id == evening.blair.employee_id
    assert shares_of(handed) == {
        evening.alex.employee_id: 37,
        evening.blair.employee_id: 38,
        evening.casey.employee_id: 25,
    }
    back = hand(session, evening.blair, request.id, evening.alex)
    assert shares_of(back) == {evening.alex.employee_id: 75, evening.casey.employee_id: 25}
    with pytest.raises(NotInYourHands):
        resolve(session, evening.blair, request.id)
    resolve(session, evening.alex, request.id)
    assert earned(session, evening.blair) == 0
    assert earned(session, evening.alex) + earned(session, evening.casey) == 10


def test_nothing_goes_to_strangers_or_those_who_left(session: Session, evening: Evening) -> None:
    request = accepted(session, evening.alex)
    stranger = make_employee(session, make_arena(session))
    gone = make_employee(session, evening.arena)
    key = (gone.organisation_id, gone.employee_id)
    session.get_one(Employee, key).deactivated_at = NOW
    session.flush()
    for refused, colleague in ((EmployeeUnknown, stranger), (ColleagueGone, gone)):
        with pytest.raises(refused):
            hand(session, evening.alex, request.id, colleague)
        with pytest.raises(refused):
            share(session, evening, request.id, employee_id=colleague.employee_id, percent=10)
    with pytest.raises(RequestNotFound):
        requests.accept(session, actor=stranger, request_id=request.id, moment=PRESENT)
    with pytest.raises(RequestNotFound):
        resolve(session, stranger, request.id)


def test_only_who_has_it_may_share_release_or_resolve(session: Session, evening: Evening) -> None:
    request = accepted(session, evening.alex)
    with pytest.raises(NotInYourHands):
        resolve(session, evening.blair, request.id)
    with pytest.raises(NotInYourHands):
        hand(session, evening.blair, request.id, evening.casey)
    with pytest.raises(NotInYourHands):
        requests.release(session, actor=evening.blair, request_id=request.id, moment=PRESENT)
    with pytest.raises(NoRatingCode):
        requests.get_code(session, actor=evening.alex, request_id=request.id, code_key=CODE_KEY)
    resolve(session, evening.alex, request.id)
    with pytest.raises(NotInYourHands):
        requests.get_code(
            session, actor=evening.supervisor, request_id=request.id, code_key=CODE_KEY
        )


def test_a_supervisor_releases_what_lies_idle(session: Session, evening: Evening) -> None:
    request = accepted(session, evening.alex)
    freed = requests.release(
        session, actor=evening.supervisor, request_id=request.id, moment=PRESENT
    )
    assert (freed.status, freed.owner_id, freed.shares) == (Status.OPEN, None, ())
    assert in_hand(session, evening.alex) == 0
    with pytest.raises(RequestNotInHand):
        requests.release(session, actor=evening.alex, request_id=request.id, moment=PRESENT)
    with pytest.raises(RequestNotInHand):
        resolve(session, evening.alex, request.id)


def cancel(session: Session, actor: Actor, request_id):
    return requests.cancel(
        session, actor=actor, request_id=request_id, reason="Not needed", moment=PRESENT
    )


def test_opener_owner_and_supervisor_may_cancel(session: Session, evening: Evening) -> None:
    request = opened(session, evening.alex)
    requests.accept(session, actor=evening.blair, request_id=request.id, moment=PRESENT)
    with pytest.raises(NotInYourHands):
        cancel(session, evening.casey, request.id)
    gone = cancel(session, evening.alex, request.id)
    assert (gone.status, gone.owner_id, gone.shares) == (Status.CANCELLED, None, ())
    assert gone.closed_at == NOW
    assert in_hand(session, evening.blair) == 0
    assert cancel(session, evening.supervisor, request.id) == gone
    for act in (
        lambda: requests.accept(
            session, actor=evening.blair, request_id=request.id, moment=PRESENT
        ),
        lambda: resolve(session, evening.blair, request.id),
        lambda: hand(session, evening.blair, request.id, evening.alex),
        lambda: cancel(session, evening.alex, resolved(session, evening.alex).request.id),
    ):
        with pytest.raises(RequestClosed):
            act()
    history = list_history(session, organisation_id=evening.organisation_id, request_id=request.id)
    assert history[-1].detail == {"reason": "Not needed"}


@pytest.mark.parametrize("verdict", [Verdict.UNVERIFIED, Verdict.REJECTED])
def test_what_is_not_believed_is_resolved_and_pays_nothing(
    session: Session, evening: Evening, verdict: Verdict
) -> None:
    request = accepted(session, evening.alex)
    done = resolve(session, evening.alex, request.id, moment=at(60, verdict))
    assert done.request.status is Status.RESOLVED
    assert done.request.verdict is verdict
    assert earned(session, evening.alex) == 0
    tally = tally_of(session, evening, evening.alex)
    assert tally.paid_resolved == 0
    assert tally.resolved == (1 if verdict is Verdict.UNVERIFIED else 0)
    assert tally.invitations == 1


def test_off_shift_it_is_kept_and_pays_nothing(session: Session, evening: Evening) -> None:
    temp = make_employee(session, evening.arena)
    with pytest.raises(ZoneNeeded):
        opened(session, temp)
    request = opened(session, temp, zone_id=evening.arena.section_id)
    assert request.verdict is Verdict.UNVERIFIED
    requests.accept(session, actor=evening.alex, request_id=request.id, moment=PRESENT)
    resolve(session, evening.alex, request.id)
    assert earned(session, evening.alex) == 0
    believed = opened(session, evening.supervisor, zone_id=evening.arena.section_id)
    assert believed.verdict is Verdict.VERIFIED


def test_without_an_event_nothing_is_opened(session: Session, evening: Evening) -> None:
    later = Moment.present(NOW + timedelta(days=2))
    for zone_id in (None, evening.arena.gate_id):
        with pytest.raises(NoEventOn):
            opened(session, evening.alex, zone_id=zone_id, moment=later)
    venue = Venue(
        organisation_id=evening.organisation_id,
        id=new_id(),
        code="OUTDOORS",
        name="The Stadium",
        time_zone="America/New_York",
        capacity=69_620,
    )
    session.add(venue)
    session.flush()
    elsewhere = Zone(
        organisation_id=evening.organisation_id,
        id=new_id(),
        venue_id=venue.id,
        code="G1",
        name="Gate",
        kind=ZoneKind.GATE,
    )
    session.add(elsewhere)
    session.flush()
    with pytest.raises(NoEventOn):
        opened(session, evening.supervisor, zone_id=elsewhere.id)
    with pytest.raises(ZoneNotFound):
        opened(session, evening.alex, zone_id=make_arena(session).gate_id)


def test_an_id_is_used_once_and_a_greeting_is_ones_own(session: Session, evening: Evening) -> None:
    new = NewRequest(id=new_id(), category=Category.OTHER)
    requests.open_request(session, actor=evening.alex, new=new, moment=PRESENT)
    with pytest.raises(IdAlreadyUsed):
        requests.open_request(session, actor=evening.blair, new=new, moment=PRESENT)
    with pytest.raises(UnknownGreeting):
        requests.open_request(
            session,
            actor=evening.alex,
            new=replace(new, id=new_id(), greeting_id=new_id()),
            moment=PRESENT,
        )
    other = make_evening(session)
    theirs = requests.open_request(session, actor=other.alex, new=new, moment=PRESENT)
    ours = get_request(session, organisation_id=evening.organisation_id, request_id=new.id)
    assert theirs.event_id != ours.event_id
