"""The plan of an evening's requests: what fans need, who helps, how it ends and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random
from uuid import UUID

from backend.demo.characters import Habit
from backend.demo.comments import comment_for
from backend.demo.plans import Greet, Hours, Worker, phone_id
from backend.engagement.rules import Category, Reason

CATEGORIES = tuple(Category)
CATEGORY_WEIGHTS = (24, 18, 16, 9, 7, 6, 13, 7)
ANSWER_SHARE, COMMENT_SHARE, CORRECTION_SHARE = 0.42, 0.25, 0.04
COLLEAGUE_SHARE, HELPER_SHARE = 0.25, 0.08
HAND_OVER_SHARE, RELEASE_SHARE, CANCEL_SHARE = 0.05, 0.04, 0.04
INVENTED, INVENTED_BY_FRIENDS = 6, 2
REASONS, REASON_WEIGHTS = (None, Reason.PERSON, Reason.VENUE, Reason.TEAM), (60, 30, 7, 3)


class Turn(StrEnum):
    """What happens to a request between being opened and being closed."""

    ACCEPT = "accept"
    HELP = "help"
    HAND_OVER = "hand_over"
    RELEASE = "release"
    CANCEL = "cancel"
    RESOLVE = "resolve"


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """A turn, who takes it, and the colleague whom it draws in."""

    turn: Turn
    badge: str
    at: datetime
    colleague: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a fan answers, and when."""

    at: datetime
    stars: int
    reason: Reason | None = None
    comment: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """The life of one request; ``answers`` are the fan's, the first and a correction of it."""

    id: UUID
    badge: str
    at: datetime
    category: Category
    greeting_id: UUID | None
    happenings: tuple[Happening, ...]
    answers: tuple[Verdict, ...]


class Needs:
    """Draws what fans need of the workers of one evening."""

    def __init__(self, rng: Random, *, workers: Sequence[Worker], hours: Hours) -> None:
        """Draw from ``rng`` for ``workers`` on the evening with ``hours``."""
        self._rng = rng
        self._workers = {worker.badge: worker for worker in workers}
        self._hours = hours
        self._free_at: dict[str, datetime] = {}

    def of(self, greetings: Sequence[Greet]) -> list[Need]:
        """Return what was needed by the parties that asked, and what cheats made up, by time."""
        honest = [self._need(greet) for greet in greetings if greet.asks]
        return sorted(honest + self._invented(), key=lambda need: (need.at, need.id))

    def _need(self, greet: Greet) -> Need:
        rng, at = self._rng, greet.at + timedelta(seconds=4)
        happenings = self._happenings(greet.badge, at)
        owner, ended = happenings[-1].badge, happenings[-1]
        return Need(
            id=phone_id(rng, at),
            badge=greet.badge,
            at=at,
            category=rng.choices(CATEGORIES, CATEGORY_WEIGHTS)[0],
            greeting_id=greet.id,
            happenings=tuple(happenings),
            answers=self._answers(owner, ended.at) if ended.turn is Turn.RESOLVE else (),
        )

    def _happenings(self, opener: str, at: datetime) -> list[Happening]:
        """Return what happens to a request that ``opener`` opens at the instant ``at``."""
        rng = self._rng
        other = rng.random() < COLLEAGUE_SHARE or self._free_at.get(opener, at) > at
        owner = self._free_colleague(opener, at) if other else opener
        now = at + timedelta(seconds=rng.randint(25, 240) if other else rng.randint(1, 8))
        story = [Happening(turn=Turn.ACCEPT, badge=owner, at=now)]
        fate = rng.random()
        now += timedelta(seconds=rng.randint(40, 150))
        if fate < CANCEL_SHARE:
            return [*story, Happening(turn=Turn.CANCEL, badge=owner, at=now)]
        colleague = self._free_colleague(owner, now)
        if fate < CANCEL_SHARE + RELEASE_SHARE:
            story.append(Happening(turn=Turn.RELEASE, badge=owner, at=now))
            now += timedelta(seconds=rng.randint(10, 200))
            story.append(Happening(turn=Turn.ACCEPT, badge=colleague, at=now))
            owner = colleague
        elif fate < CANCEL_SHARE + RELEASE_SHARE + HAND_OVER_SHARE:
            story.append(Happening(turn=Turn.HAND_OVER, badge=owner, at=now, colleague=colleague))
            owner = colleague
        elif fate < CANCEL_SHARE + RELEASE_SHARE + HAND_OVER_SHARE + HELPER_SHARE:
            story.append(Happening(turn=Turn.HELP, badge=owner, at=now, colleague=colleague))
        now += timedelta(seconds=rng.randint(60, 600))
        self._free_at[owner] = now
        return [*story, Happening(turn=Turn.RESOLVE, badge=owner, at=now)]

    def _free_colleague(self, badge: str, at: datetime) -> str:
        """Return a colleague who has nothing in hand, or anybody when all are busy."""
        others = [other for other in self._workers if other != badge]
        free = [other for other in others if self._free_at.get(other, at) <= at]
        return self._rng.choice(free or others)

    def _answers(self, badge: str, resolved_at: datetime) -> tuple[Verdict, ...]:
        """Return what the fan says of ``badge``, if anything: most do not answer."""
        rng = self._rng
        if rng.random() >= ANSWER_SHARE:
            return ()
        satisfied = rng.random() < self._workers[badge].character.skill
        stars = 5 if satisfied else rng.choices((4, 3, 2, 1), (50, 22, 12, 16))[0]
        comment = comment_for(rng, stars) if rng.random() < COMMENT_SHARE else None
        first = Verdict(
            at=resolved_at + timedelta(seconds=rng.randint(20, 5400)),
            stars=stars,
            reason=rng.choices(REASONS, REASON_WEIGHTS)[0],
            comment=comment,
        )
        if rng.random() >= CORRECTION_SHARE:
            return (first,)
        # A thumb that slipped: it was meant to be one star more or less.
        meant = Verdict(
            at=first.at + timedelta(seconds=rng.randint(5, 300)),
            stars=stars,
            reason=first.reason,
            comment=comment,
        )
        slipped = Verdict(at=first.at, stars=4 if stars == 5 else stars + 1, reason=first.reason)
        return slipped, meant

    def _invented(self) -> list[Need]:
        """Return requests of nobody: one makes them up, two rate each other's within seconds."""
        made_up = []
        for worker in self._workers.values():
            habit = worker.character.habit
            count = {Habit.INVENTOR: INVENTED, Habit.FRIEND: INVENTED_BY_FRIENDS}.get(habit, 0)
            made_up += [
                self._made_up(worker.badge, rated=habit is Habit.FRIEND) for _ in range(count)
            ]
        return made_up

    def _made_up(self, badge: str, *, rated: bool) -> Need:
        rng = self._rng
        length = (self._hours.ends_at - self._hours.starts_at).total_seconds()
        at = self._hours.starts_at + timedelta(seconds=rng.uniform(0, length))
        resolved_at = at + timedelta(seconds=rng.randint(4, 20))
        return Need(
            id=phone_id(rng, at),
            badge=badge,
            at=at,
            category=Category.OTHER,
            greeting_id=None,
            happenings=(
                Happening(turn=Turn.ACCEPT, badge=badge, at=at + timedelta(seconds=1)),
                Happening(turn=Turn.RESOLVE, badge=badge, at=resolved_at),
            ),
            answers=(Verdict(at=resolved_at + timedelta(seconds=rng.randint(5, 30)), stars=5),)
            if rated
            else (),
        )
