"""An arena with cards: HR who prints them, ushers who hand them out, fans who rate them."""

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pypdfium2
from flask import Flask

from backend.engagement.services import packs
from backend.engagement.services.packs import NewPack
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.settings import Settings
from tests.engagement.stories import Evening, make_evening
from tests.factories import make_employee
from tests.http import headers_for
from tests.rewards.books import check_books

SCALE = 3


@dataclass(kw_only=True)
class Deck:
    """An evening that is on now, and one pack of ten cards."""

    app: Flask
    evening: Evening
    hr: Actor
    pack_id: UUID
    pack_code: str
    serials: list[str]
    codes: list[str]
    _headers: dict[UUID, dict[str, str]] = field(default_factory=dict)

    def headers(self, who: Actor) -> dict[str, str]:
        """Return the headers of ``who``, signed in once."""
        if who.employee_id not in self._headers:
            self._headers[who.employee_id] = headers_for(self.app, who)
        return self._headers[who.employee_id]

    def call(self, who: Actor | None, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the API, signed in or as a fan; return status and answer."""
        headers = self.headers(who) if who else {}
        answer = self.app.test_client().open(
            f"/v1{path}", method=method, json=body, headers=headers
        )
        return answer.status_code, answer.json

    def scan(self, who: Actor, **said: Any) -> tuple[int, Any]:
        """Scan cards, the whole pack unless ``said`` otherwise."""
        which = said or {"pack_id": str(self.pack_id)}
        return self.call(who, "POST", "/cards/scans", {"id": str(uuid4())} | which)

    def rate(self, number: int, stars: int = 5, **said: Any) -> tuple[int, Any]:
        """Let a fan rate the card in place ``number`` of the pack, from 0."""
        return self.call(None, "POST", f"/ratings/{self.codes[number]}", {"stars": stars} | said)

    def pack(self) -> Any:
        """Return the pack as HR sees it."""
        status, pack = self.call(self.hr, "GET", f"/cards/packs/{self.pack_id}")
        assert status == 200
        return pack

    def points(self, who: Actor) -> int:
        """Return the pending points of ``who``."""
        return int(self.call(who, "GET", "/me/points")[1]["pending"])

    def figures(self) -> Any:
        """Return the programme's figures of the event."""
        event_id = self.evening.arena.event_id
        return self.call(self.hr, "GET", f"/programme?event_id={event_id}")[1]

    def must_hold(self) -> None:
        """Assert that everything holds that must."""
        with self.app.app_context(), reading() as session:
            owner = self.evening.organisation_id
            check_books(session, owner)
            assert list(verify.verify(session, organisation_id=owner)) == []


def make_deck(app: Flask, *, count: int = 10) -> Deck:
    """Commit an evening with HR and a pack of ``count`` cards for the gate's post."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    key = settings.secrets.code_key
    with app.app_context(), transaction() as session:
        evening = make_evening(session, now=clock.now())
        roles = (Role.EMPLOYEE, Role.HR)
        hr = make_employee(session, evening.arena, name="Harper Reed", roles=roles)
        new = NewPack(count=count, post_id=evening.arena.gate_post_id, note="Opening night")
        made_at = clock.now() - timedelta(hours=1)
        pack = packs.make(session, actor=hr, new=new, code_key=key, now=made_at)
        printed = packs.get_printed(session, actor=hr, pack_id=pack.id, code_key=key)
    return Deck(
        app=app,
        evening=evening,
        hr=hr,
        pack_id=pack.id,
        pack_code=printed.code,
        serials=[card.serial for card in printed.cards],
        codes=[card.code for card in printed.cards],
    )


def pictures_of(pdf: bytes) -> list[Any]:
    """Return a picture of each page of a PDF."""
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    try:
        return [page.render(scale=SCALE).to_pil() for page in document]
    finally:
        document.close()
