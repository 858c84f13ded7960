"""Tables of the console as files: the one-time code once more, and who took what in the audit."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import Response, current_app, request

from backend.foundation.db import stand_still
from backend.foundation.downloads import attachment
from backend.foundation.problems import Invalid, NotAllowed, NotFound, Problem
from backend.foundation.spreadsheets import FileFormat, Row, instant, write_csv, write_xlsx
from backend.foundation.text import unstorable
from backend.identity import guard
from backend.identity.permissions import Permission
from backend.identity.problems import CredentialsWrong
from backend.identity.rules import CONFIRMED_FOR
from backend.identity.services import confirmations, console, exports
from backend.identity.services.confirmations import Proof
from backend.identity.services.exports import Export
from backend.settings import Settings
from backend.web.console.forms import refused
from backend.web.console.frames import Reading, Ways, acts, reads
from backend.web.console.tables import MOST_ROWS, TABLES, Kept, Kind, Table

_LONGEST_CODE = 20
# More of a filter than any list looks at.
_LONGEST_SAID = 200
_RULE = "/hr/exports/<table>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A file that is made and not handed out yet, and what proves who asks for it."""

    content: bytes
    export: Export
    name: str
    kind: FileFormat
    proof: Proof | None
    names_people: bool


@reads(_RULE, may=Permission.USE_OWN_ACCOUNT, template="export")
def show_export(reading: Reading, table: str, refusal: Problem | None = None) -> dict[str, Any]:
    """Ask for the one-time code once more, unless it was given a moment ago.

    Raises NotFound for a table that is not there, NotAllowed for one that is not for the reader.
    """
    stand_still(reading.session)
    kind = _kind(reading, table)
    at = confirmations.find_confirmed(reading.session, actor=reading.reader, now=reading.now)
    return {
        "kind": kind,
        "words": _words_of(reading, kind, refusal),
        "table": table,
        "said": {name: request.args[name] for name in kind.kept if name in request.args},
        "confirmed_until": at + CONFIRMED_FOR if at else None,
        "most": MOST_ROWS,
        "zone": reading.zone,
        **refused(refusal),
    }


def _make(reading: Reading, table: str) -> dict[str, Any]:
    """Return the file that the form asks for, once the code in it is known to be right."""
    stand_still(reading.session)
    kind, written_as = _kind(reading, table), _format()
    proof = _prove(reading) if kind.names_people else None
    shown = kind.read(reading)
    if isinstance(shown, Kept):
        content, rows, name = shown.content_of(written_as), shown.rows, shown.name
    else:
        content, rows = _written(reading, table, shown, written_as)
        name = f"{table}-{reading.now.astimezone(reading.zone):%Y-%m-%d}"
    export = Export(
        table=table,
        format=written_as.value,
        filter=_storable(shown.filter),
        rows=rows,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    made = Made(
        content=content,
        export=export,
        name=name,
        kind=written_as,
        proof=proof,
        names_people=kind.names_people,
    )
    return {"made": made}


@acts(
    _RULE,
    may=Permission.USE_OWN_ACCOUNT,
    ways=Ways(then="console.show_export", otherwise="export", refused=show_export),
    ahead=_make,
)
def give_export(acting: Reading, made: Made, **_: object) -> Response:
    """Hand out a table as a file, and write down who took it."""
    what: dict[str, Any] = {"actor": acting.reader, "export": made.export, "now": acting.now}
    if made.names_people:
        exports.hand_out(acting.session, proof=made.proof, **what)
    else:
        exports.hand_out_nameless(acting.session, **what)
    return attachment(made.content, name=made.name, kind=made.kind)


def _kind(reading: Reading, table: str) -> Kind:
    if table not in TABLES:
        raise NotFound
    if not reading.reader.may(TABLES[table].may):
        raise NotAllowed
    return TABLES[table]


def _words_of(reading: Reading, kind: Kind, refusal: Problem | None) -> Mapping[str, str]:
    """Return the filter in the address; where that is what was refused, no more is said of it."""
    try:
        return kind.read(reading).words
    except Invalid:
        if refusal is None:
            raise
        return {}


def _format() -> FileFormat:
    try:
        return FileFormat(request.form.get("format", ""))
    except ValueError as error:
        raise Invalid(errors={"form": {"format": ["There is no such file."]}}) from error


def _prove(reading: Reading) -> Proof | None:
    """Return what proves that the reader still has their second factor; None a moment after it was.

    A try counts with those to sign in. Raises CredentialsWrong, TooManyTries.
    """
    session, who = reading.session, reading.reader
    if confirmations.find_confirmed(session, actor=who, now=reading.now):
        return None
    code = request.form.get("totp", "").replace(" ", "")
    claim = console.claim_of(
        session, organisation_id=who.organisation_id, employee_id=who.employee_id
    )
    guard.count_try(console.as_kept(claim.email or ""))
    if len(code) > _LONGEST_CODE:
        raise CredentialsWrong
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    key = settings.secrets.vault_key
    step = console.step_of(claim, code=code, vault_key=key, now=reading.now)
    if step is None:
        raise CredentialsWrong
    return Proof(claim=claim, step=step)


def _written(reading: Reading, table: str, shown: Table, kind: FileFormat) -> tuple[bytes, int]:
    """Return a table as a file, and how many rows are in it; raises Invalid for too many."""
    rows = [shown.header, *islice(shown.rows, MOST_ROWS + 1)]
    number = len(rows) - 1
    if number > MOST_ROWS:
        message = f"This is more than {MOST_ROWS:,} rows. Narrow it, and take it in parts."
        raise Invalid(errors={"form": {"rows": [message]}})
    if kind is FileFormat.CSV:
        return write_csv(rows), number
    about: list[Row] = [
        ("what", "value"),
        ("table", table),
        ("rows", number),
        ("made_at", instant(reading.now)),
        *((f"filter: {name}", value) for name, value in _storable(shown.filter).items()),
    ]
    return write_xlsx({"Table": rows, "About": about}, made_at=reading.now), number


def _storable(said: Mapping[str, str]) -> dict[str, str]:
    """Return what was said so that it can be written down, whatever was in the address."""
    return {
        name: "\ufffd" if unstorable(text) else text[:_LONGEST_SAID] for name, text in said.items()
    }
