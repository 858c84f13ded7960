"""One employee's evening while greetings are added to it.

Nothing is locked: what was added is written only if the tally still is as it was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.queries import greetings as queries
from backend.engagement.queries.greetings import Increase
from backend.engagement.queries.sights import Seen
from backend.engagement.queries.tallies import Evening
from backend.engagement.rules import Greeted
from backend.foundation.actor import Actor
from backend.rewards.rules import LONGEST_SPACING_SECONDS, Pay, Rules, SourceKind
from backend.rewards.services import ledger
from backend.rewards.services.ledger import Earning, Occasion
from backend.venues.queries import EventFacts

RULE = "greeting"
# No rule asks for more spacing than this.
_WIDEST_SPACING = timedelta(seconds=LONGEST_SPACING_SECONDS)


@dataclass(kw_only=True, slots=True)
class _Earned:
    """What greetings earn together under one version of the rules; ``at`` is the first one's."""

    rules: Rules
    first_id: UUID
    at: datetime
    greetings: int = 0
    points: int = 0


@dataclass(kw_only=True, slots=True)
class OpenEvening:
    """An evening whose tally was ``seen``, with what is added to it.

    ``greeted`` is what new greetings are judged by, as far as they can come near it.
    """

    evening: Evening
    event: EventFacts
    seen: Seen
    greeted: Greeted
    _parties: list[int] = field(default_factory=list)
    _earned: dict[UUID, _Earned] = field(default_factory=dict)

    def add(
        self, rules: Rules, *, greeting_id: UUID, at: datetime, party_size: int
    ) -> tuple[Pay, UUID | None]:
        """Judge a greeting at the instant ``at``, and count it if it counts.

        Returns its pay, and the first of the greetings that are paid together with it.
        """
        pay = self.greeted.judge(rules.greeting, at=at)
        if pay.counts:
            self._parties.append(party_size)
        if not pay.points:
            return pay, None
        earned = self._earned.setdefault(
            rules.version_id, _Earned(rules=rules, first_id=greeting_id, at=at)
        )
        earned.greetings += 1
        earned.points += pay.points
        return pay, earned.first_id

    def write(self, session: Session, *, now: datetime) -> None:
        """Write what was added into the tally, and pay it; raises RaceLost."""
        if self._parties:
            increase = Increase(
                seen=self.seen.greetings,
                greetings=len(self._parties),
                fans=sum(self._parties),
                paid=sum(earned.greetings for earned in self._earned.values()),
                last_at=self.greeted.counted[-1],
            )
            queries.add_to_tally(session, self.evening, increase)
        for earned in self._earned.values():
            occasion = Occasion(
                organisation_id=self.evening.organisation_id,
                event_id=self.event.id,
                rule_version_id=earned.rules.version_id,
                hold=earned.rules.hold,
            )
            earning = Earning(
                employee_id=self.evening.employee_id,
                points=earned.points,
                rule=RULE,
                source_kind=SourceKind.GREETING,
                source_id=earned.first_id,
                at=earned.at,
            )
            ledger.accrue_soon(session, occasion=occasion, earning=earning, now=now)


def open_evening(
    session: Session, *, actor: Actor, event: EventFacts, seen: Seen, instants: Sequence[datetime]
) -> OpenEvening:
    """Open the evening of ``actor`` at an event whose tally was ``seen``.

    ``instants`` are those at which it is about to be greeted.
    """
    evening = Evening(
        organisation_id=actor.organisation_id, event_id=event.id, employee_id=actor.employee_id
    )
    greeted = Greeted(paid=seen.paid, counted=_counted(session, evening, seen.last_at, instants))
    return OpenEvening(evening=evening, event=event, seen=seen, greeted=greeted)


def _counted(
    session: Session, evening: Evening, last_at: datetime | None, instants: Sequence[datetime]
) -> list[datetime]:
    """Return when greetings that count took place near ``instants``, and the last of them."""
    if last_at is None:
        return []
    if last_at <= min(instants):
        return [last_at]
    counted = queries.list_counted_instants(
        session,
        evening,
        since=min(instants) - _WIDEST_SPACING,
        until=max(instants) + _WIDEST_SPACING,
    )
    return counted if last_at in counted else [*counted, last_at]
