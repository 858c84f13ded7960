"""The audit as a file, and the heads of the chains that are kept elsewhere."""

from collections.abc import Iterator

import orjson
from flask import request

from backend.foundation.problems import Invalid
from backend.foundation.spreadsheets import Row, instant
from backend.identity.permissions import Permission
from backend.identity.queries import WantedActs, list_acts, list_employees_by_id
from backend.insight.queries.seals import list_heads
from backend.web.console.audit import FILTERS, wanted_acts
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import PART, Kind, Table


def _read_audit(reading: Reading) -> Table:
    given = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    wanted, errors = wanted_acts(reading, given)
    if wanted is None:
        raise Invalid(errors={"query": {name: [message] for name, message in errors.items()}})
    return Table(
        filter=given,
        words={FILTERS[name]: text for name, text in given.items()},
        header=("at", "badge_number", "name", "act", "subject_id", "detail", "seal", "id"),
        rows=_audit_rows(reading, wanted),
    )


def _audit_rows(reading: Reading, wanted: WantedActs) -> Iterator[Row]:
    owner, before = reading.organisation_id, None
    while acts := list_acts(
        reading.session, organisation_id=owner, wanted=wanted, before=before, limit=PART
    ):
        before = acts[-1].id
        ids = {one.actor_id for one in acts if one.actor_id}
        people = list_employees_by_id(reading.session, organisation_id=owner, employee_ids=ids)
        for one in acts:
            who = people.get(one.actor_id) if one.actor_id else None
            yield (
                *(instant(one.at), who.badge_number if who else None, who.name if who else None),
                *(one.act, str(one.subject_id) if one.subject_id else None),
                *(orjson.dumps(one.detail).decode(), one.seal, str(one.id)),
            )


def _read_heads(reading: Reading) -> Table:
    heads = list_heads(reading.session, organisation_id=reading.organisation_id)
    return Table(
        filter={},
        words={},
        header=("sealed_at", "chain", "number", "hash"),
        rows=((instant(one.sealed_at), one.chain, one.number, one.hash) for one in heads),
    )


KINDS = {
    "audit": Kind(
        title="the audit",
        page="console.show_audit",
        kept=tuple(FILTERS),
        may=Permission.READ_AUDIT,
        read=_read_audit,
    ),
    "heads": Kind(
        title="the heads of the chains",
        page="console.show_audit",
        kept=(),
        may=Permission.READ_AUDIT,
        read=_read_heads,
        names_people=False,
    ),
}
