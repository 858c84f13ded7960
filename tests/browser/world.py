"""An evening that is on right now, with people who can sign in, for tests in a browser."""

from dataclasses import dataclass
from uuid import UUID

import pyotp
from flask import Flask
from sqlalchemy.orm import Session

from backend.engagement.rules import Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import audit, clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.identity import queries
from backend.identity.permissions import Role
from backend.identity.services import console, vault
from backend.identity.services.hashing import CHEAP
from backend.settings import Settings
from backend.venues.models import Event
from tests.engagement.stories import Evening, make_evening, opened, resolved
from tests.factories import make_employee
from tests.identity.people import PASSWORD, issue_code
from tests.rewards.books import catch_up

STARS = (5, 5, 5, 4, 5, 2)


@dataclass(frozen=True, kw_only=True)
class World:
    """Who can sign in, and with what."""

    app: Flask
    evening: Evening
    unused_code: str
    hr: Actor
    email: str
    totp: pyotp.TOTP

    @property
    def season_id(self) -> UUID:
        return self.evening.arena.season_id

    def enrolment_code(self, actor: Actor) -> str:
        return issue_code(self.app, actor)


def make_world(app: Flask) -> World:
    """Commit an evening with a few ratings, one code still unused, one open request."""
    now = clock.now()
    moment = Moment.present(now)
    with app.app_context(), transaction() as session:
        evening = make_evening(session, now=now)
        event = session.get_one(Event, (evening.organisation_id, evening.arena.event_id))
        event.attendance = 19_500
        for stars in STARS:
            done = resolved(session, evening.alex, moment=moment)
            ratings.receive(session, code=done.code, given=GivenAnswer(stars=stars), now=now)
        unused = resolved(session, evening.blair, moment=moment)
        opened(session, evening.casey, moment=moment)
        hr = make_employee(session, evening.arena, name="Harper Hr", roles=(Role.HR,))
        audit.record(
            session,
            actor=hr,
            act="event.attendance_set",
            subject_id=event.id,
            now=event.doors_at,
            detail={"from": None, "to": event.attendance},
        )
        email, totp = console_access(app, session, hr)
        session.flush()
        catch_up(session)
    return World(app=app, evening=evening, unused_code=unused.code, hr=hr, email=email, totp=totp)


def console_access(app: Flask, session: Session, actor: Actor) -> tuple[str, pyotp.TOTP]:
    """Let ``actor`` sign in to the console; return their e-mail address and their codes."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    who = {"organisation_id": actor.organisation_id, "employee_id": actor.employee_id}
    email = f"{queries.get_employee(session, **who).badge_number}@arena.test".lower()
    secret = pyotp.random_base32()
    console.set_credentials(
        session,
        **who,
        email=email,
        password_hash=CHEAP.hash(PASSWORD),
        totp_secret=vault.seal(secret, key=settings.secrets.vault_key),
    )
    return email, pyotp.TOTP(secret)
