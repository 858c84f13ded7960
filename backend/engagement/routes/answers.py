"""How the result of a phone's action becomes an answer."""

import orjson
from flask import Response

from backend.engagement.services.actions import Result
from backend.foundation.http import Answer
from backend.foundation.problems import MEDIA_TYPE


def answer(result: Result) -> Response:
    """Return ``result`` as it was the first time, a refusal as a problem."""
    kind = MEDIA_TYPE if result.status >= 400 else "application/json"
    return Answer(orjson.dumps(result.body), status=result.status, content_type=kind)
