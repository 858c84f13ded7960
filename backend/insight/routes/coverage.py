"""The supervisors' board over HTTP."""

from typing import Any
from weakref import WeakKeyDictionary

import orjson
from flask import Response

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.insight.schemas.coverage import CoverageArgs, CoverageOut
from backend.insight.services import coverage
from backend.insight.services.coverage import Coverage
from backend.venues.problems import EventNotFound

routes = Routes("coverage", __name__, description="Who is where, and what is uncovered")
# Writing a hundred posts takes longer than reading them: once for all who look.
_written: WeakKeyDictionary[Coverage, bytes] = WeakKeyDictionary()
_OUT = CoverageOut()


@routes.query(
    "/posts/coverage",
    may=Permission.SEE_COVERAGE,
    args=CoverageArgs(),
    answers=_OUT,
    raises=(EventNotFound,),
)
def get_coverage(call: Call, args: dict[str, Any]) -> Response:
    """Show every post with a shift now, and the open requests, those that wait longest first.

    A second old at most; ask again with If-None-Match.
    """
    board = coverage.read(
        lambda: call.session, actor=call.actor, event_id=args.get("event_id"), now=call.now
    )
    body = _written.get(board)
    if body is None:
        body = _written[board] = orjson.dumps(_OUT.dump(board))
    return Response(body, content_type="application/json")
