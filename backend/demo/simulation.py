"""Plays past evenings through the services, as phones and fans would, from a seed.

Phones keep greetings and send them together, so each employee's greetings of a while are one
transaction. Requests and answers go through their services one by one, some to a transaction: on
a slow disk, a commit each would take most of the time.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from backend.demo import plans, rota
from backend.demo.cast import Cast
from backend.demo.characters import character_of
from backend.demo.needs import Happening, Need, Needs, Turn, Verdict
from backend.demo.phones import phone_for
from backend.demo.plans import Greet, Hours, Worker
from backend.demo.tables import rows_of
from backend.engagement.problems import IdAlreadyUsed
from backend.engagement.rules import Answer, Moment
from backend.engagement.services import greetings, ratings, requests
from backend.engagement.services.greetings import NewGreeting
from backend.engagement.services.ratings import GivenAnswer
from backend.engagement.services.requests import NewRequest
from backend.foundation.db import transaction
from backend.integrity.rules import judge_time
from backend.integrity.rules.suspicions import Sighting
from backend.rewards.services import ledger, standings
from backend.venues.queries import EventFacts

Thing = TypeVar("Thing")

SEED = 2010
# How long a phone keeps greetings before it sends them.
KEPT = timedelta(hours=3)
PAGE, LARGEST_PAGE = 20, 500
HELPERS_PERCENT, KEPT_PERCENT = 30, 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Codes:
    """How this installation makes rating codes."""

    key: bytes
    hours: int


def play(cast: Cast, *, event: EventFacts, codes: Codes, seed: int = SEED) -> None:
    """Play the evening of ``event``, a game in our table, with as many fans as really came.

    The same seed plays the same evening, whatever was played before; one that was broken off is
    carried on. Points whose hold is over by then are confirmed first.
    """
    game = next(row for row in rows_of("events") if row["code"] == event.code)
    rng = Random(f"{seed}/{event.code}")
    hours = Hours(doors_at=event.doors_at, starts_at=event.starts_at, ends_at=event.ends_at)
    ledger.confirm_all_due(now=hours.doors_at)
    places = rota.draw(rng, venue_code=game["venue_code"])
    cast.put_on_shift(event, places, now=hours.doors_at - timedelta(days=3))
    workers = {
        badge: Worker(
            badge=badge,
            kind=places[badge].kind if badge in places else "",
            character=character_of(badge, seed=seed),
        )
        for badge in (*places, *cast.salaried)
    }
    attendance = int(game["attendance"])
    greeted = plans.greetings(rng, workers=workers, attendance=attendance, hours=hours)
    needs = Needs(rng, workers=list(workers.values()), hours=hours).of(greeted)
    _send_greetings(cast, greeted, first_at=hours.doors_at)
    answers = _live(cast, needs, codes)
    _receive(answers)
    standings.catch_up()
    cast.set_attendance(event.code, now=hours.ends_at + timedelta(hours=2))


def _send_greetings(cast: Cast, greeted: Sequence[Greet], *, first_at: datetime) -> None:
    """Send the greetings of each employee and while, in the order of time."""
    pages: defaultdict[tuple[int, str], list[Greet]] = defaultdict(list)
    for greet in greeted:
        pages[(greet.at - first_at) // KEPT, greet.badge].append(greet)
    for (number, badge), page in sorted(pages.items()):
        now = first_at + (number + 1) * KEPT
        for start in range(0, len(page), LARGEST_PAGE):
            news = [_new_greeting(greet, now=now) for greet in page[start : start + LARGEST_PAGE]]
            with transaction() as session:
                greetings.record(session, actor=cast.actors[badge], greetings=news, now=now)


def _new_greeting(greet: Greet, *, now: datetime) -> NewGreeting:
    judged = judge_time(phone_at=greet.at, sent_at=now, received_at=now)
    return NewGreeting(
        id=greet.id,
        moment=Moment(at=judged.at, verdict=judged.verdict, now=now),
        party_size=greet.party_size,
        answer=Answer.HELP if greet.asks else Answer.NOTHING,
        phone_at=greet.at,
    )


def _live(cast: Cast, needs: Sequence[Need], codes: Codes) -> list[tuple[str, Need]]:
    """Live the requests; return the codes that fans answer, with what they were helped with."""
    answers: list[tuple[str, Need]] = []
    for page in _pages(needs):
        try:
            with transaction() as session:
                lived = [(_live_one(session, cast, need, codes), need) for need in page]
        except IdAlreadyUsed:
            continue  # All of this page was lived before the simulation was broken off.
        answers += [(code, need) for code, need in lived if code and need.answers]
    return sorted(answers, key=lambda pair: pair[1].answers[0].at)


def _pages(things: Sequence[Thing]) -> list[Sequence[Thing]]:
    return [things[start : start + PAGE] for start in range(0, len(things), PAGE)]


def _live_one(session: Session, cast: Cast, need: Need, codes: Codes) -> str | None:
    """Live one request; return its rating code when it was resolved."""
    requests.open_request(
        session,
        actor=cast.actors[need.badge],
        new=NewRequest(id=need.id, category=need.category, greeting_id=need.greeting_id),
        moment=Moment.present(need.at),
    )
    code = None
    for happening in need.happenings:
        code = _turn(session, cast, need.id, happening, codes)
    return code


def _turn(
    session: Session, cast: Cast, request_id: UUID, happening: Happening, codes: Codes
) -> str | None:
    """Play one turn; return the rating code when it resolves the request."""
    take: dict[str, Any] = {
        "actor": cast.actors[happening.badge],
        "request_id": request_id,
        "moment": Moment.present(happening.at),
    }
    colleague = cast.actors[happening.colleague or happening.badge].employee_id
    match happening.turn:
        case Turn.ACCEPT:
            requests.accept(session, **take)
        case Turn.HELP:
            requests.add_helper(session, **take, employee_id=colleague, percent=HELPERS_PERCENT)
        case Turn.HAND_OVER:
            requests.hand_over(session, **take, employee_id=colleague, keep_percent=KEPT_PERCENT)
        case Turn.RELEASE:
            requests.release(session, **take)
        case Turn.CANCEL:
            requests.cancel(session, **take, reason="The fans went on.")
        case Turn.RESOLVE:
            done = requests.resolve(session, **take, code_key=codes.key, code_hours=codes.hours)
            return done.code
    return None


def _receive(answers: Sequence[tuple[str, Need]]) -> None:
    """Let the fans answer, and correct their answers."""
    for page in _pages(answers):
        seen = [phone_for(need).seen(need.answers[0].at) for _, need in page]
        with transaction() as session:
            for (code, need), sighting in zip(page, seen, strict=True):
                _receive_one(session, code, need.answers, sighting)


def _receive_one(
    session: Session, code: str, verdicts: Sequence[Verdict], sighting: Sighting
) -> None:
    first, *corrections = verdicts
    kept = ratings.receive(session, code=code, given=_given(first), sighting=sighting, now=first.at)
    for verdict in corrections:
        ratings.correct(
            session,
            code=code,
            correction_token=kept.correction_token,
            given=_given(verdict),
            now=verdict.at,
        )


def _given(verdict: Verdict) -> GivenAnswer:
    return GivenAnswer(stars=verdict.stars, reason=verdict.reason, comment=verdict.comment)
