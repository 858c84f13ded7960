"""What requests say, by the schema of what is taken."""

from typing import Any

import marshmallow as ma
import orjson
from flask import request
from webargs.flaskparser import FlaskParser

from backend.foundation.memory import Memory
from backend.foundation.problems import Invalid, Malformed, UnsupportedMediaType

# Query strings repeat; a longer one, with a cursor in it, hardly ever does.
_LONGEST_REPEATED = 200


def said_in(location: str, schema: ma.Schema) -> Any:
    """Return what the request says in its ``location``, json or query.

    Raises Invalid, and of a body Malformed and UnsupportedMediaType.
    """
    return _said_in_json(schema) if location == "json" else _queries.said(schema)


class _QueryParser(FlaskParser):
    """Reads query strings, and remembers what good ones say.

    Validating one costs as much as a whole empty view.
    """

    def __init__(self) -> None:
        """Know no query string yet."""
        super().__init__()
        self._said: Memory[tuple[Any, bytes], dict[str, Any]] = Memory(size=1000)

    def said(self, schema: ma.Schema) -> dict[str, Any]:
        """Return what the request's query string says."""
        if len(request.query_string) > _LONGEST_REPEATED:
            return dict(self.parse(schema, location="query", unknown=ma.RAISE))
        key = (schema, request.query_string)
        said = self._said.find(key)
        if said is None:
            said = self.parse(schema, location="query", unknown=ma.RAISE)
            self._said.keep(key, said)
        return dict(said)


_queries = _QueryParser()


def _said_in_json(schema: ma.Schema) -> Any:
    """Return what the body says, read strictly: nothing is guessed at."""
    body = request.get_data()
    if not body:
        # A body that got lost on the way must not pass for one without fields.
        raise Invalid(errors={"json": {"_schema": ["Send a JSON object."]}})
    if not request.is_json:
        raise UnsupportedMediaType("Send application/json.")
    try:
        return schema.load(orjson.loads(body), unknown=ma.RAISE)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"Not JSON: {error}.") from error
    except ma.ValidationError as error:
        raise Invalid(errors={"json": error.messages}) from error
