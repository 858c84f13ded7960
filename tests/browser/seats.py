"""Where a fan sits in an arena: what hangs there, and who comes when they ask."""

from dataclasses import dataclass
from uuid import UUID

from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Request
from backend.engagement.rules import Category, Moment, Status
from backend.engagement.rules.heard import slug_of
from backend.engagement.services import heard_entries, places, requests
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.settings import Settings
from tests.browser.axe import small_targets, sticks_out, violations
from tests.browser.conftest import Live
from tests.browser.world import World


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Where a fan sits, with a code on the wall, and the page of the venue."""

    live: Live
    world: World
    code: str
    heard: str

    @property
    def url(self) -> str:
        return f"{self.live.url}/ask/{self.code}"

    def step(self, who: Actor, *, resolve: bool) -> None:
        """Let ``who`` take what the fan asked for, or resolve it."""
        settings: Settings = self.live.app.extensions["on_the_spot.settings"]
        moment = Moment.present(clock.now())
        with self.live.app.app_context(), transaction() as session:
            wanted = Status.ACCEPTED if resolve else Status.OPEN
            request_id = _wish_of(session, who, wanted)
            if not resolve:
                requests.accept(session, actor=who, request_id=request_id, moment=moment)
                return
            requests.resolve(
                session,
                actor=who,
                request_id=request_id,
                moment=moment,
                code_key=settings.secrets.code_key,
                code_hours=72,
            )

    def turn_down(self, who: Actor) -> None:
        """Let ``who`` of the staff cancel what the fan asked for."""
        with self.live.app.app_context(), transaction() as session:
            requests.cancel(
                session,
                actor=who,
                request_id=_wish_of(session, who, Status.OPEN),
                reason="Nobody is there any more.",
                moment=Moment.present(clock.now()),
            )


def _wish_of(session: Session, who: Actor, status: Status) -> UUID:
    """Return the only request of a fan's own that is in ``status``."""
    return session.scalars(
        select(Request.id).where(
            Request.organisation_id == who.organisation_id,
            Request.status == status,
            Request.opened_by.is_(None),
        )
    ).one()


def make_seat(live: Live, world: World) -> Seat:
    """Return a seat in section 101; the public page of its venue has one entry."""
    arena = world.evening.arena
    settings: Settings = live.app.extensions["on_the_spot.settings"]
    code = places.place_code(arena.section_id, version=1, code_key=settings.secrets.code_key)
    with live.app.app_context(), transaction() as session:
        entry = {
            "venue_id": arena.venue_id,
            "category": Category.FOOD_AND_DRINK,
            "asked": "Shorter queues for food",
            "done": "Two more stands in the upper concourse, and one that takes orders ahead.",
        }
        heard_entries.write(session, actor=world.hr, given=entry, now=clock.now())
    slug = slug_of(arena.venue_id, "ARENA")
    return Seat(live=live, world=world, code=code, heard=f"{live.url}/heard/{slug}")


def judge_on_phone(page: Page) -> None:
    """Hold that a page of fans is accessible, large enough for a thumb, and no wider than it."""
    assert violations(page) == []
    assert small_targets(page) == []
    assert not sticks_out(page)
