"""A phone's queue over HTTP."""

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Response, request

from backend.engagement.routes import codes
from backend.engagement.routes.gestures import with_receipt
from backend.engagement.rules import ActionKind
from backend.engagement.schemas.sync import MOST_ACTIONS, SyncIn, SyncOut
from backend.engagement.services import sync
from backend.engagement.services.actions import Result
from backend.engagement.services.sync import Coding, Queued
from backend.foundation.http import Call, Routes, problem_response
from backend.identity import guard
from backend.identity.permissions import Permission
from backend.identity.problems import EmploymentEnded, SessionEnded

routes = Routes("sync", __name__, description="What a phone did while it had no network")


@routes.command(
    "POST /sync",
    may=Permission.GREET,
    takes=SyncIn(),
    answers=SyncOut(),
    raises=(EmploymentEnded,),
)
def sync_actions(call: Call, body: dict[str, Any]) -> Response:
    """Play up to 500 queued actions in order, with a result for each.

    Safe to send again in any mixture: an action that is known by its id gets its first result. A
    refused one is refused again; give it a new id to try anew. Whose session is over gets 401 with
    such a result for each action, of which nothing is kept.
    """
    queue = [one.get("problem") or Queued(**one) for one in body["actions"]]
    results = sync.play(
        call.session,
        actor=call.actor,
        queue=queue,
        sent_at=body["sent_at"],
        coding=_coding(),
        now=call.now,
    )
    return _answer(call, body["actions"], results)


def _coding() -> Coding:
    settings = codes.settings()
    return Coding(key=settings.secrets.code_key, hours=settings.rating_code_hours)


def _answer(call: Call, asked: Sequence[dict[str, Any]], results: Sequence[Result]) -> Response:
    items = [_item(call, one, result) for one, result in zip(asked, results, strict=True)]
    return Response(
        orjson.dumps({"results": items}, option=orjson.OPT_UTC_Z), content_type="application/json"
    )


def _item(call: Call, asked: dict[str, Any], result: Result) -> dict[str, Any]:
    refused = result.status >= 400
    body = result.body
    if not refused and asked["kind"] is ActionKind.RESOLVE:
        # The code is a secret and in no remembered result; it is derived again each time.
        body = body | {"rating": codes.derived(call, asked["body"]["request_id"])}
    if not refused and asked["kind"] is ActionKind.GIVE_GESTURE:
        body = with_receipt(body)
    return {
        "id": asked["id"],
        "status": result.status,
        "result": None if refused else body,
        "problem": body if refused else None,
    }


@routes.errorhandler(SessionEnded)
def refuse_each(_: SessionEnded) -> Response:
    """Say of each action why it is refused: signed out, or no longer employed here.

    Nothing of it is kept, so that whoever signs in again can send the same.
    """
    why = guard.why_ended()
    each = {"status": why.status, "result": None, "problem": why.document()}
    why.members = {"results": [{"id": one, **each} for one in _ids_said()]}
    return problem_response(why)


def _ids_said() -> list[str | None]:
    """Return the ids in a body that nobody has validated."""
    said = request.get_json(silent=True)
    actions = said.get("actions") if isinstance(said, dict) else None
    ids = [
        one.get("id") if isinstance(one, dict) else None
        for one in (actions if isinstance(actions, list) else [])
    ]
    return [one if isinstance(one, str) and len(one) <= 36 else None for one in ids[:MOST_ACTIONS]]
