"""An arena of which every table of the console shows something, and texts that look like formulas.

Tests of tables read it, and change nothing of it but the audit.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from backend.engagement.models import Greeting
from backend.engagement.rules import Answer, Outcome
from backend.engagement.rules.gestures import GestureCategory
from backend.foundation import audit, clock
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.sealing import Sealer
from backend.identity.models import Employee, SignedInSession
from backend.rewards.queries import list_batches, list_lines
from backend.rewards.rules import RewardKind
from backend.venues.models import Event, Season
from backend.venues.rules import SETTLING, SeasonStatus
from backend.venues.services import closings
from tests.browser.world import World, make_world
from tests.engagement.generosity import give, make_kind, set_caps
from tests.identity.people import enrol
from tests.web.crews import hold_rating, make_crew
from tests.web.test_console import OURS, signed_in
from tests.web.test_console_adjustments import appealed
from tests.web.test_console_budget import set_to
from tests.web.test_console_comments import write
from tests.web.test_console_heard import write as write_entry
from tests.web.test_console_heard_whys import say
from tests.web.test_console_home import leave_over
from tests.web.wishes import approve, ask

NAME, REASON, COMMENT, REWARD = "=Alex Usher", "+1 for the evening", "@fan, -2", "=Dinner"
PHONE = "\t=A phone"


@dataclass(frozen=True, kw_only=True)
class House:
    """The arena, somebody of HR who is signed in, and the ids by which pages are found."""

    world: World
    client: FlaskClient
    over_id: UUID
    redemption_id: UUID
    batch_id: UUID
    line_id: UUID
    held_id: UUID
    appeal_id: UUID

    @property
    def alex(self) -> UUID:
        """Return who has done everything here."""
        return self.world.evening.alex.employee_id

    @property
    def request_id(self) -> str:
        """Return a request of which the first page of entries says that it was resolved."""
        page = self.client.get(f"/hr/adjustments/of/{self.alex}").text
        found = re.search(r'href="/hr/deeds/rating/([0-9a-f-]{36})"', page)
        assert found
        return found[1]


def make_house(app: Flask) -> House:
    """Commit it."""
    world = make_world(app)
    client, alex = signed_in(app, world), world.evening.alex
    _name(world)
    make_crew(world)
    entries = f"/hr/adjustments/of/{alex.employee_id}"
    asked = ask(world, name=REWARD)
    for points in ("-20", "150", "-30"):
        _post(client, entries, points=points, reason=REASON)
    appeal_id = appealed(world, alex)
    for words in (COMMENT, "Kind."):
        write(world, words)
    for _ in range(2):
        leave_over(world)
        held_id = hold_rating(world, alex)
        enrol(app, alex, label=PHONE)
    hold_rating(world, world.evening.blair)
    _tell(world, client)
    _be_generous(world)
    set_to(client, world)
    batch_id, line_id = _pay(world, client)
    over_id = _season_before(world)
    _seal(world)
    return House(
        world=world,
        client=client,
        over_id=over_id,
        redemption_id=asked.id,
        batch_id=batch_id,
        line_id=line_id,
        held_id=held_id,
        appeal_id=appeal_id,
    )


def confirm(house: House, *, until_now: bool = True) -> None:
    """Let HR's code have been right a moment ago, or never."""
    with house.world.app.app_context(), transaction() as session:
        session.execute(
            update(SignedInSession)
            .where(
                SignedInSession.organisation_id == house.world.evening.organisation_id,
                SignedInSession.employee_id == house.world.hr.employee_id,
            )
            .values(confirmed_at=clock.now() if until_now else None)
        )


def text_of(html: str) -> str:
    """Return what people read in ``html``."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def lines_of(page: str, label: str) -> list[str]:
    """Return what the lines of a page's table say, by the name that the table bears."""
    _, found, rest = page.partition(f'aria-label="{label}"')
    if not found:
        return []
    table = rest.partition("</table>")[0]
    rows = re.findall(r"<tr[ >].*?</tr>", table, re.DOTALL)
    return [text_of(row) for row in rows if "<td" in row]


def _post(client: FlaskClient, path: str, **form: str) -> Any:
    done = client.post(path, data=form, headers=OURS)
    assert done.status_code == 303, done.text
    return done


def _name(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        owner, alex = world.evening.organisation_id, world.evening.alex
        session.get_one(Employee, (owner, alex.employee_id)).name = NAME


def _tell(world: World, client: FlaskClient) -> None:
    """Tell fans what was done, let two say why it does not work yet, and print cards."""
    for asked in ("=Shorter queues", "Warmer seats"):
        say(world, f"+{asked}? Not yet.", write_entry(world, asked=asked))
    for note in (REASON, "For gate 2"):
        _post(client, "/hr/cards", count="10", note=note)


def _be_generous(world: World) -> None:
    """Let an usher give something of each of two kinds, within a cap."""
    alex = world.evening.alex
    with world.app.app_context(), transaction() as session:
        set_caps(session, world.hr, employee=5_000)
        beer = make_kind(session, world.hr, "=Beer")
        seats = make_kind(
            session, world.hr, "Better seats", category=GestureCategory.UPGRADE, cents=None
        )
        give(session, alex, beer)
        give(session, alex, seats, cents=2_550)


def _pay(world: World, client: FlaskClient) -> tuple[UUID, UUID]:
    """Put a bonus into each of two batches, and ask for a correction of both."""
    owner: dict[str, Any] = {"organisation_id": world.evening.organisation_id}
    for number in range(2):
        cash: dict[str, Any] = {"kind": RewardKind.CASH, "value_cents": 1_000}
        approve(world, ask(world, name=f"Bonus {number}", **cash), by=world.hr)
        _post(client, "/hr/payroll", currency="USD", workweek_starts_on="6")
        with world.app.app_context(), reading() as session:
            batch = list_batches(session, **owner)[0]
            [line] = list_lines(session, **owner, batch_id=batch.id)
        path = f"/hr/payroll/{batch.id}/{line.id}/corrections"
        _post(client, path, amount="5.00", reason=REASON)
    return batch.id, line.id


def _season_before(world: World) -> UUID:
    """Let a season have been closed before, for which two greetings came too late."""
    arena, now = world.evening.arena, clock.now()
    owner, season_id, event_id = arena.organisation_id, new_id(), new_id()
    with world.app.app_context(), transaction() as session:
        day = session.get_one(Season, (owner, arena.season_id)).starts_on - timedelta(days=9)
        event = session.get_one(Event, (owner, arena.event_id))
        times = dict.fromkeys(("doors_at", "starts_at", "ends_at"), event.starts_at)
        times = {name: at - timedelta(days=400) for name, at in times.items()}
        season = Season(
            organisation_id=owner,
            id=season_id,
            name="=Before",
            starts_on=day,
            ends_on=day,
            status=SeasonStatus.CLOSING,
            closes_at=now - SETTLING,
            freezes_at=now,
        )
        session.add(season)
        session.flush()
        session.add(
            Event(
                organisation_id=owner,
                id=event_id,
                code="before",
                venue_id=arena.venue_id,
                season_id=season_id,
                name="Game before",
                held_on=day,
                **times | {"ends_at": times["starts_at"] + timedelta(hours=3)},
            )
        )
        session.flush()
        document: dict[str, Any] = {"frozen": {}}
        closings.finish(
            session, organisation_id=owner, season_id=season_id, document=document, now=now
        )
        for _ in range(2):
            session.add(
                Greeting(
                    organisation_id=owner,
                    id=new_id(),
                    employee_id=world.evening.alex.employee_id,
                    event_id=event_id,
                    party_size=2,
                    answer=Answer.NOTHING,
                    greeted_at=now,
                    received_at=now,
                    outcome=Outcome.SEASON_CLOSED,
                    points=0,
                )
            )
    return season_id


def _seal(world: World) -> None:
    sealer = Sealer()
    with world.app.app_context():
        while sealer.seal(
            audit.AUDIT, organisation_id=world.evening.organisation_id, now=clock.now()
        ):
            pass
