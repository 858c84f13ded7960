"""What forms of the console say, held to what the API takes, and what was wrong with it."""

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from backend.foundation.csv_rows import LARGEST_FILE, FileTooLarge
from backend.foundation.idempotency import IdempotencyKeyReused
from backend.foundation.problems import Invalid, Problem

# What the API says of a header, for people at a form, who have never seen one.
_WORDS: Mapping[type[Problem], str] = {
    IdempotencyKeyReused: "Something else was sent with this form before. What was sent first is"
    " kept, and this is not. Look at what is there: sending this as well makes another."
}
NO_FILE = "Choose a file."
# Of the rows of a file that are wrong.
_SHOWN = 100
# What a form puts around a file.
_AROUND = 64 * 1024
_WHOLE = re.compile(r"-?[0-9]{1,9}")


def whole(text: str) -> int | str:
    """Return the whole number that ``text`` is; other text stays, and is refused by a schema."""
    return int(text) if _WHOLE.fullmatch(text) else text


def loaded(
    schema: ma.Schema, body: Mapping[str, Any], *, wrong: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return what ``body`` says by the API's own ``schema``.

    ``wrong`` is what was found wrong before, by field. Raises Invalid with everything that is.
    """
    errors: dict[str, Any] = {}
    said: dict[str, Any] = {}
    try:
        said = schema.load(body)
    except ma.ValidationError as error:
        errors |= error.messages_dict
    errors |= {name: [message] for name, message in (wrong or {}).items()}
    if errors:
        raise Invalid(errors={"form": errors})
    return said


def typed(name: str) -> str:
    """Return what was typed into a field of the form, with the lines as they are kept."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def sent_file() -> bytes | None:
    """Return the file that came with the form, None where none was chosen; raises FileTooLarge."""
    request.max_content_length = LARGEST_FILE + _AROUND
    try:
        sent = request.files.get("file")
    except RequestEntityTooLarge as error:
        raise FileTooLarge from error
    return sent.read() if sent is not None and sent.filename else None


def wrong_rows(refusal: Problem | None) -> dict[str, Any]:
    """Return what a page says of a file with rows that are wrong; no rows for any other refusal."""
    wrong = refusal.errors if refusal and isinstance(refusal.errors, list) else []
    return {
        "wrong": wrong,
        "detail": refusal.detail if refusal and wrong else None,
        "shown_at_most": _SHOWN,
    }


def refused(refusal: Problem | None) -> dict[str, Any]:
    """Return what a page says of a form that was refused; nothing for one that was not."""
    return {
        "refusal": _WORDS.get(type(refusal), refusal.title()) if refusal else None,
        "errors": first_errors(refusal),
        "status": refusal.status if refusal else 200,
    }


def first_errors(refusal: Problem | None) -> dict[str, str]:
    """Return the first message of each field of a form that was refused."""
    errors = refusal.errors if refusal else None
    if not isinstance(errors, Mapping):
        return {}
    return {name: _first(said) for place in errors.values() for name, said in place.items()}


def _first(said: Any) -> str:
    """Return the first message there, however deep it lies."""
    while not isinstance(said, str):
        said = next(iter(said.values() if isinstance(said, Mapping) else said))
    return said
