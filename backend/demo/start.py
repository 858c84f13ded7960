"""What a start of the product does for the demo: build the arena once, play, and be on tonight."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from backend.demo import arena, cast, sign_ins, simulation, spending, tonight
from backend.demo.sign_ins import SignIns
from backend.demo.tables import rows_of
from backend.foundation.db import reading, transaction
from backend.founding import Credentials, let_in
from backend.identity.queries import find_any_organisation
from backend.identity.services.hashing import hasher_for
from backend.rewards.services import ledger
from backend.settings import Settings
from backend.venues.queries import EventFacts

FIRST_EVENINGS, ALL_EVENINGS = 3, len(rows_of("events"))
AFTER_THE_HOLD = timedelta(days=4)

Progress = Callable[[list[EventFacts]], AbstractContextManager[Iterable[EventFacts]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """How much of the season to play, what shows the progress, and where sign-ins are kept."""

    evenings: int
    progress: Progress
    path: Path


def prepare(wanted: Wanted, *, settings: Settings, now: datetime) -> SignIns | None:
    """Bring the demo arena to where a newcomer can begin, and return the sign-ins.

    An empty database gets the arena. What is there is kept, so a second call changes nothing but
    enrolment codes that are used up and an evening that is over. None when the database
    holds something else than the demo.
    """
    with reading() as session:
        empty = find_any_organisation(session) is None
    known = _build(settings, wanted.path) if empty else sign_ins.read(wanted.path)
    if known is None:
        return None
    with reading() as session:
        people = cast.gather(session, office=known.office())
    _play(people, wanted, settings)
    spending.ensure(people, now=now)
    tonight.ensure(people, now=now, always=tuple(sign_ins.PHONES))
    return sign_ins.renew(
        people, known, path=wanted.path, code_key=settings.secrets.code_key, now=now
    )


def _build(settings: Settings, path: Path) -> SignIns:
    drawn = Credentials.draw(sign_ins.email_of_hr())
    password_hash = hasher_for(settings).hash(drawn.password)
    with transaction() as session:
        office = arena.build(session)
        people = cast.gather(session, office=office)
        let_in(
            session,
            drawn,
            employee=people.actors[sign_ins.CONSOLE],
            password_hash=password_hash,
            vault_key=settings.secrets.vault_key,
        )
        made = SignIns(
            organisation_id=office.organisation_id,
            office_id=office.employee_id,
            console=drawn,
            enrolment_codes={},
        )
        # Kept before the commit: an arena without sign-ins would be of no use.
        sign_ins.keep(made, path)
    return made


def _play(people: cast.Cast, wanted: Wanted, settings: Settings) -> None:
    """Play as many games of the season as are wanted and not yet played."""
    games = [row["code"] for row in rows_of("events")][: wanted.evenings]
    events = [
        event for event in people.events() if event.code in games and event.attendance is None
    ]
    if not events:
        return
    codes = simulation.Codes(key=settings.secrets.code_key, hours=settings.rating_code_hours)
    with wanted.progress(events) as shown:
        for event in shown:
            simulation.play(people, event=event, codes=codes)
    ledger.confirm_all_due(now=events[-1].ends_at + AFTER_THE_HOLD)
