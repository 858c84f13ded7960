"""A season played again: what its stored work earns by given rules, judged as it was when paid."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.rules import (
    Greeted,
    RatingState,
    parts_of,
    worth_of_rating,
    worth_of_request,
)
from backend.insight.queries import work
from backend.insight.queries.work import AnswerWork, ResolvedWork
from backend.integrity.rules import Verdict
from backend.rewards.rules import Rules, SourceKind, within_cap

RulesAt = Callable[[datetime], Rules]
Earned = Mapping[tuple[UUID, SourceKind], int]
Earnings = Iterator[tuple[UUID, int]]


def replay(
    session: Session, *, organisation_id: UUID, season_id: UUID, rules_at: RulesAt
) -> Earned:
    """Return what each employee earns by each kind of work of a season.

    ``rules_at`` gives the rules for the instant of a piece of work. By those that were in effect
    it comes to what the books hold, reversals taken off.
    """
    whose = {"organisation_id": organisation_id, "season_id": season_id}
    earned: defaultdict[tuple[UUID, SourceKind], int] = defaultdict(int)
    for kind, earnings in (
        (SourceKind.GREETING, _greetings(work.stream_greetings(session, **whose), rules_at)),
        (SourceKind.REQUEST, _requests(work.stream_resolved(session, **whose), rules_at)),
        (SourceKind.RATING, _ratings(work.stream_answers(session, **whose), rules_at)),
    ):
        for employee_id, points in earnings:
            earned[employee_id, kind] += points
    return {key: points for key, points in earned.items() if points}


def _greetings(stream: Iterator[tuple[UUID, UUID, datetime]], rules_at: RulesAt) -> Earnings:
    for (_, employee_id), evening in groupby(stream, key=lambda one: one[:2]):
        greeted = Greeted()
        for _, _, at in evening:
            yield employee_id, greeted.judge(rules_at(at).greeting, at=at).points


def _requests(stream: Iterator[ResolvedWork], rules_at: RulesAt) -> Earnings:
    for _, event in groupby(stream, key=lambda one: one.event_id):
        paid: defaultdict[UUID, int] = defaultdict(int)
        for one in event:
            rules = rules_at(one.closed_at)
            points = within_cap(
                points=worth_of_request(rules, verdict=Verdict.VERIFIED),
                paid=paid[one.owner_id],
                cap=rules.resolved.cap_per_shift,
            )
            if points:
                paid[one.owner_id] += 1
            if points and not one.taken_back:
                yield from parts_of(points, one.shares).items()


@dataclass(kw_only=True, slots=True)
class _Stands:
    """A rating as its latest answer left it: what that is worth, and what was paid for it."""

    worth: int = 0
    points: int = 0


@dataclass(kw_only=True, slots=True)
class _RatedEvening:
    """The ratings of one event while their answers come in."""

    paid: defaultdict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    ratings: defaultdict[UUID, _Stands] = field(default_factory=lambda: defaultdict(_Stands))

    def hear(self, one: AnswerWork, rules: Rules) -> Earnings:
        """Yield what an answer changes: a correction takes back what it replaces, then is paid."""
        stands = self.ratings[one.rating_id]
        worth = worth_of_rating(rules, state=RatingState.ACCEPTED, stars=one.stars)
        if worth == stands.worth:
            return
        if stands.points:
            self.paid[one.employee_id] -= 1
            for employee_id, part in parts_of(stands.points, one.shares).items():
                yield employee_id, -part
        paid, cap = self.paid[one.employee_id], rules.rating.cap_per_shift
        stands.worth, stands.points = worth, within_cap(points=worth, paid=paid, cap=cap)
        if stands.points:
            self.paid[one.employee_id] += 1
            yield from parts_of(stands.points, one.shares).items()


def _ratings(stream: Iterator[AnswerWork], rules_at: RulesAt) -> Earnings:
    for _, event in groupby(stream, key=lambda one: one.event_id):
        evening = _RatedEvening()
        for one in event:
            # Heard in any case: what was taken back keeps its place under the cap.
            changes = list(evening.hear(one, rules_at(one.rated_at)))
            if not one.taken_back:
                yield from changes
