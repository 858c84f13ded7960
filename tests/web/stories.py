"""What tests of the web faces begin with."""

from dataclasses import dataclass
from uuid import UUID

from flask import Flask

from backend.engagement.rules import Moment
from backend.engagement.services.requests import Resolved
from backend.foundation import clock
from backend.foundation.db import transaction
from tests.engagement.stories import Evening, make_evening, resolved


@dataclass(frozen=True, kw_only=True)
class Helped:
    """An evening at which Alex has just helped a fan, who holds the code."""

    evening: Evening
    resolved: Resolved

    @property
    def organisation_id(self) -> UUID:
        return self.evening.organisation_id

    @property
    def code(self) -> str:
        return self.resolved.code


def a_helped_fan(app: Flask) -> Helped:
    """Commit an evening, happening now, with one resolved request."""
    now = clock.now()
    with app.app_context(), transaction() as session:
        evening = make_evening(session, now=now)
        done = resolved(session, evening.alex, moment=Moment.present(now))
        return Helped(evening=evening, resolved=done)
