"""A busy evening played through the services, with everything that pay depends on in it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from backend.engagement.problems import CorrectionClosed, TooManyCorrections
from backend.engagement.rules import Moment
from backend.engagement.services import greetings, ratings, requests
from backend.engagement.services.greetings import NewGreeting
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.integrity.rules import Verdict
from tests.engagement.stories import Evening, accepted, resolve
from tests.factories import NOW, RULES

TIGHT: dict[str, Any] = RULES | {
    "greeting": {"points": 2, "cap_per_shift": 25, "spacing_seconds": 20},
    "resolved": {"points": 7, "cap_per_shift": 6},
    "rating": {"points_by_stars": [0, 0, 1, 15, 16], "cap_per_shift": 5},
}


@dataclass(kw_only=True)
class Busy:
    """An evening in which greetings arrive in every order, and caps are reached on all sides."""

    session: Session
    evening: Evening
    rng: Random
    now: datetime = NOW
    rated: list[tuple[str, str]] = field(default_factory=list)

    def play(self, steps: int) -> None:
        """Play as many steps, some seconds apart."""
        acts = (self.greet, self.greet, self.help, self.help, self.correct)
        for _ in range(steps):
            self.now += timedelta(seconds=self.rng.randrange(1, 40))
            self.rng.choice(acts)()

    def someone(self) -> Actor:
        """Return one of three on shift, one of whom does most."""
        return self.rng.choice((self.evening.alex, self.evening.alex, self.evening.blair))

    def greet(self) -> None:
        """Send a phone's queue, which may be as old as half an hour."""
        sent = [self.now - timedelta(seconds=self.rng.randrange(1_800))]
        for _ in range(self.rng.randrange(4)):
            later = sent[-1] + timedelta(seconds=self.rng.choice((3, 20, 45)))
            sent.append(min(later, self.now))
        news = [
            NewGreeting(id=new_id(), moment=Moment(at=at, verdict=Verdict.VERIFIED, now=self.now))
            for at in sent
        ]
        greetings.record(self.session, actor=self.someone(), greetings=news, now=self.now)

    def help(self) -> None:
        """Resolve a request, alone, with a helper or after one handed it over; have it rated."""
        who, moment = self.someone(), Moment.present(self.now)
        request = accepted(self.session, who, moment=moment)
        colleague = self.evening.casey.employee_id
        if self.rng.random() < 0.4:
            requests.add_helper(
                self.session,
                actor=who,
                request_id=request.id,
                employee_id=colleague,
                percent=self.rng.choice((33, 50, 100)),
                moment=moment,
            )
        if self.rng.random() < 0.2:
            moment = Moment(at=self.now, verdict=Verdict.UNVERIFIED, now=self.now)
        done = resolve(self.session, who, request.id, moment=moment)
        if self.rng.random() < 0.8:
            given = GivenAnswer(stars=self.rng.choice((2, 3, 4, 5, 5, 5)))
            kept = ratings.receive(self.session, code=done.code, given=given, now=self.now)
            self.rated.append((done.code, kept.correction_token))

    def correct(self) -> None:
        """Let the fan before last think again, if they still may."""
        if len(self.rated) < 2:
            return
        code, token = self.rated[-2]
        given = GivenAnswer(stars=self.rng.randrange(1, 6))
        try:
            ratings.correct(
                self.session, code=code, correction_token=token, given=given, now=self.now
            )
        except (TooManyCorrections, CorrectionClosed):
            self.rated.pop()
