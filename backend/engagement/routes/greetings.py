"""Greetings over HTTP."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.engagement.problems import IdAlreadyUsed, ZoneElsewhere
from backend.engagement.routes.answers import answer
from backend.engagement.schemas.greetings import GreetingIn, GreetingOut
from backend.engagement.services import greetings
from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.venues.problems import ZoneNotFound

routes = Routes("greetings", __name__, description="Greet every fan, and ask one question")


@routes.command(
    "PUT /greetings/<uuid:greeting_id>",
    may=Permission.GREET,
    takes=GreetingIn(),
    answers=GreetingOut(),
    status=201,
    raises=(IdAlreadyUsed, ZoneElsewhere, ZoneNotFound),
)
def put_greeting(call: Call, body: dict[str, Any], greeting_id: UUID) -> Response:
    """Greet a party of fans, under an id that the phone makes.

    Sending the same again gets the first result, with 200; anything else under that id is 409.
    """
    greeting = greetings.NewGreeting.said(greeting_id, body, now=call.now)
    return answer(greetings.greet(call.session, actor=call.actor, greeting=greeting, now=call.now))
