"""A phone's queue over HTTP."""

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Response

from backend.engagement.routes import codes
from backend.engagement.routes.gestures import with_receipt
from backend.engagement.rules import ActionKind
from backend.engagement.schemas.sync import SyncIn, SyncOut
from backend.engagement.services import sync
from backend.engagement.services.actions import Result
from backend.engagement.services.sync import Coding, Queued
from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission

routes = Routes("sync", __name__, description="What a phone did while it had no network")


@routes.command("POST /sync", may=Permission.GREET, takes=SyncIn(), answers=SyncOut())
def sync_actions(call: Call, body: dict[str, Any]) -> Response:
    """Play up to 500 queued actions in order, with a result for each.

    Safe to send again in any mixture: an action that is known by its id gets its first result. A
    refused one is refused again; give it a new id to try anew.
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
