"""A client that a public generator makes of the document plays the evening over a real socket."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from backend.foundation.openapi import SPECIFICATION
from backend.rewards.services import standings
from tests.browser.world import make_world
from tests.contract.files import FILES
from tests.engagement.stories import decoded
from tests.http import served
from tests.identity.people import PASSWORD, PIN

PACKAGE = "on_the_spot_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Yield the package that openapi-python-client makes without a warning."""
    folder = tmp_path_factory.mktemp("client")
    options = ["--meta", "none", "--fail-on-warning", "--output-path", str(folder / PACKAGE)]
    options += ["--path", str(SPECIFICATION / "openapi.json")]
    options += ["--config", str(SPECIFICATION / "openapi-python-client.yaml")]
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", *options],
        env=os.environ | {"PATH": tools},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield import_module(PACKAGE)
        for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
            del sys.modules[name]


def call(name: str, **given: Any) -> Any:
    """Call an operation, named as ``tag.operation``, and return what its answer was parsed to."""
    return import_module(f"{PACKAGE}.api.{name}").sync(**given)


def test_a_generated_client_plays_the_evening(app: Flask, generated: ModuleType) -> None:
    world = make_world(app)
    models: Any = import_module(f"{PACKAGE}.models")
    with served(app) as url:
        anybody = generated.Client(base_url=url)
        enrolment = models.EnrolIn(
            code=world.enrolment_code(world.evening.casey), pin=PIN, label="A phone"
        )
        phone = call("sign_in.enrol_device", client=anybody, body=enrolment)
        usher = generated.AuthenticatedClient(base_url=url, token=phone.access_token)
        assert call("me.get_me", client=usher).name == "Casey Stands"

        code = _help(usher, models)
        rating = models.RatingIn(stars=5, comment="Quick and kind.")
        assert call("ratings.show_invitation", client=anybody, code=code).first_name == "Casey"
        assert call("ratings.give_rating", client=anybody, code=code, body=rating).stars == 5
        refused = call("ratings.give_rating", client=anybody, code=code, body=rating)
        assert (refused.status, refused.type_) == (409, "/problems/code-already-used")
        # One for the greeting, ten for the request, fifteen for the rating.
        assert call("points.get_my_points", client=usher).pending == 26

        with app.app_context():
            standings.catch_up()
        hr = _sign_in_hr(generated, models, url, world)
        _read_the_figures(hr, world.evening.arena.event_id)
        for client in (anybody, usher, hr):
            client.get_httpx_client().close()


def _help(usher: Any, models: Any) -> str:
    """Greet, help and resolve; return the code that the fan rates with."""
    wish = models.WishIn(id=uuid4(), category=models.WishInCategory.DIRECTIONS)
    greeting = models.GreetingIn(party_size=2, answer=models.GreetingInAnswer.HELP, request=wish)
    greeted = call("greetings.put_greeting", client=usher, greeting_id=uuid4(), body=greeting)
    assert greeted.request.status == models.RequestOutStatus.ACCEPTED
    which = {"client": usher, "request_id": greeted.request.id}
    resolved = call("requests.resolve_request", **which)
    picture = call("requests.draw_rating_code_png", **which)
    assert decoded(picture.payload.getvalue()) == resolved.rating.url
    assert call("requests.draw_rating_code_svg", **which).startswith("<?xml")
    return str(resolved.rating.code)


def _sign_in_hr(generated: ModuleType, models: Any, url: str, world: Any) -> Any:
    body = models.SignInIn(email=world.email, password=PASSWORD, totp=world.totp.now())
    tokens = call("sign_in.open_session", client=generated.Client(base_url=url), body=body)
    return generated.AuthenticatedClient(base_url=url, token=tokens.access_token)


def _read_the_figures(hr: Any, event_id: UUID) -> None:
    programme = call("insight.get_programme", client=hr, event_id=event_id)
    assert programme.greeted.attendance == 19_500
    assert programme.five_star.ratings >= 7
    board = call("insight.get_leaderboard", client=hr)
    assert "Casey Stands" in {line.name for line in board.items}
    types: Any = import_module(f"{PACKAGE}.types")
    venues = types.File(payload=BytesIO("\n".join(FILES["importVenues"]).encode()))
    assert call("imports.import_venues", client=hr, body=venues).rows == 2
