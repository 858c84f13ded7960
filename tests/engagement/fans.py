"""Fans with phones, where codes hang: they ask, follow, rate, and say what was not solved."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from flask import Flask

from backend.engagement.services import places
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.settings import Settings
from tests.engagement.bowls import Bowl, make_bowl
from tests.factories import make_employee
from tests.http import headers_for
from tests.rewards.books import check_books


@dataclass(kw_only=True)
class Stand:
    """A bowl whose event is on now, HR who prints, and the codes of a gate and a section."""

    app: Flask
    bowl: Bowl
    hr: Actor
    gate_code: str
    post_code: str
    section_code: str
    _headers: dict[UUID, dict[str, str]] = field(default_factory=dict)

    @property
    def owner(self) -> UUID:
        return self.bowl.organisation_id

    def headers(self, who: Actor) -> dict[str, str]:
        """Return the headers of ``who``, signed in once."""
        if who.employee_id not in self._headers:
            self._headers[who.employee_id] = headers_for(self.app, who)
        return self._headers[who.employee_id]

    def call(self, who: Actor | None, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the API, signed in or as a fan; return status and answer."""
        answer = self.app.test_client().open(
            f"/v1{path}",
            method=method,
            json=body,
            headers=self.headers(who) if who else {},
        )
        return answer.status_code, answer.json

    def ask(self, code: str = "", **said: Any) -> tuple[int, Any]:
        """Ask at the section, unless another ``code`` is given."""
        body = {
            "id": str(uuid4()),
            "place_code": code or self.section_code,
            "category": "cleaning",
        }
        return self.call(None, "POST", "/asks", body | said)

    def asked(self, code: str = "", **said: Any) -> str:
        """Ask, and return the token."""
        status, ask = self.ask(code, **said)
        assert status == 201, ask
        return str(ask["token"])

    def follow(self, token: str) -> Any:
        """Look how far it is."""
        status, ask = self.call(None, "GET", f"/asks/{token}")
        assert status == 200
        return ask

    def open_near(self, who: Actor) -> list[Any]:
        """Return the open requests that ``who`` sees."""
        return list(self.call(who, "GET", "/requests")[1]["items"])

    def step(self, who: Actor, request_id: str, step: str, body: Any = None) -> tuple[int, Any]:
        """Take a step of a request."""
        return self.call(who, "POST", f"/requests/{request_id}/{step}", body)

    def solve(self, who: Actor) -> str:
        """Let ``who`` take the oldest open request near them and resolve it; return its id."""
        request_id = str(self.open_near(who)[0]["id"])
        assert self.step(who, request_id, "accept")[0] == 200
        assert self.step(who, request_id, "resolve")[0] == 200
        return request_id

    def points(self, who: Actor) -> int:
        """Return the pending points of ``who``."""
        return int(self.call(who, "GET", "/me/points")[1]["pending"])

    def must_hold(self) -> None:
        """Assert that everything holds that must."""
        with self.app.app_context(), reading() as session:
            check_books(session, self.owner)
            assert list(verify.verify(session, organisation_id=self.owner)) == []


def make_stand(app: Flask) -> Stand:
    """Commit a bowl with HR, and codes for the gate, its post and section 101."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    with app.app_context(), transaction() as session:
        bowl = make_bowl(session, now=clock.now())
        roles = (Role.EMPLOYEE, Role.HR)
        hr = make_employee(session, bowl.arena, name="Harper Reed", roles=roles)
    codes = [
        places.place_code(place, version=1, code_key=settings.secrets.code_key)
        for place in (bowl.arena.gate_id, bowl.arena.gate_post_id, bowl.arena.section_id)
    ]
    gate, post, section = codes
    return Stand(app=app, bowl=bowl, hr=hr, gate_code=gate, post_code=post, section_code=section)
