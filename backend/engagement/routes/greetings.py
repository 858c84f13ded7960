"""Greetings over HTTP."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.engagement.problems import (
    IdAlreadyUsed,
    NoEveningNow,
    NoEventOn,
    ZoneElsewhere,
    ZoneNeeded,
)
from backend.engagement.routes.answers import answer
from backend.engagement.schemas.greetings import GreetingIn, GreetingOut, TallyOut
from backend.engagement.services import greetings, tallies
from backend.engagement.services.tallies import TallyView
from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.venues.problems import ZoneNotFound
from backend.venues.schemas import WhereArgs

routes = Routes("greetings", __name__, description="Greet every fan, and ask one question")


@routes.command(
    "PUT /greetings/<uuid:greeting_id>",
    may=Permission.GREET,
    takes=GreetingIn(),
    answers=GreetingOut(),
    status=201,
    raises=(IdAlreadyUsed, ZoneElsewhere, ZoneNotFound, NoEventOn, ZoneNeeded),
)
def put_greeting(call: Call, body: dict[str, Any], greeting_id: UUID) -> Response:
    """Greet a party of fans, under an id that the phone makes.

    Sending the same again gets the first result, with 200; anything else under that id is 409.
    """
    greeting = greetings.NewGreeting.said(greeting_id, body, now=call.now)
    return answer(greetings.greet(call.session, actor=call.actor, greeting=greeting, now=call.now))


@routes.query(
    "/me/tally",
    may=Permission.GREET,
    args=WhereArgs(),
    answers=TallyOut(),
    raises=(NoEveningNow,),
)
def get_my_tally(call: Call, args: dict[str, Any]) -> TallyView:
    """Count my evening: greetings, requests, and the ratings that I may read already."""
    return tallies.get_own(call.session, actor=call.actor, now=call.now, **args)
