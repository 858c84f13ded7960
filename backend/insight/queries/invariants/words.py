"""What the engines say in different words, by the names that checks use for it in braces.

``{week}``, ``{month}`` and the ids as text are of an event ``e``; the seconds are those at which a
request ``r`` was ``{opened}``, a step or audit row ``s`` ``{happened}``, an answer ``a`` was
``{answered}`` and an invitation ``i`` had ``{lapsed}``; ``{workweek_end}`` and ``{weekday}`` are of
the beginning of a workweek ``w``, and ``{yesterday}`` is a day by UTC. ``{said[...]}`` is what an
audit row ``a`` has in its detail, ``{stored[...]}`` what a row ``x`` has to compare with that, and
``{caps_after}`` the table ``k`` of an audit row's caps; ``{rule[...]}`` is a number of a rule
version ``v``, the one of a rating for the stars of an answer ``a``.
"""

_SQLITE_ID = (
    "lower("
    + "||'-'||".join(
        f"substr({{0}},{start},{length})"
        for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    )
    + ")"
)


def _said_in_sqlite(name: str, kind: str) -> str:
    """Return what is said as a column has it: an id in digits alone, an instant to six of them."""
    found = f"json_extract(a.detail, '$.{name}')"
    if kind == "timestamptz":
        return f"substr(replace(replace({found}, 'T', ' '), '+00:00', '') || '.000000', 1, 26)"
    return f"replace({found}, '-', '')" if kind == "uuid" else found


# By the types that they have.
_SAID = {
    "amount_cents": "bigint",
    "attendance": "integer",
    "cents": "integer",
    "csv_sha256": "text",
    "currency": "text",
    "document": "jsonb",
    "effective_from": "timestamptz",
    "expires_on": "date",
    "kind": "text",
    "line_count": "integer",
    "line_id": "uuid",
    "name": "text",
    "number": "integer",
    "points": "integer",
    "reason": "text",
    "season_id": "uuid",
    "taxable": "boolean",
    "to": "integer",
    "total_cents": "bigint",
    "value_cents": "integer",
    "version": "integer",
    "xlsx_sha256": "text",
}

_RULES = {
    "greeting": ("greeting", "points"),
    "greeting_cap": ("greeting", "cap_per_shift"),
    "resolved": ("resolved", "points"),
}

WORDS = {
    "sqlite": {
        "week": "strftime('%G-W%V', e.held_on)",
        "month": "strftime('%Y-%m', e.held_on)",
        "event_id": _SQLITE_ID.format("e.id"),
        "season_id": _SQLITE_ID.format("e.season_id"),
        "venue_id": _SQLITE_ID.format("e.venue_id"),
        "opened": "unixepoch(r.opened_at)",
        "happened": "unixepoch(s.at)",
        "workweek_end": "date(w.starts_on, '+6 days')",
        "yesterday": "date('now', '-1 day')",
        "weekday": "(cast(strftime('%w', w.starts_on) as integer) + 6) % 7",
        "answered": "unixepoch(a.answered_at)",
        "lapsed": "unixepoch(i.lapsed_at)",
        "said": {name: _said_in_sqlite(name, kind) for name, kind in _SAID.items()},
        "stored": {name: f"x.{name}" for name in _SAID} | {"document": "json(x.document)"},
        "caps_after": "json_each(a.detail, '$.after') as k",
        "rule": {
            name: f"json_extract(v.document, '$.{'.'.join(path)}')" for name, path in _RULES.items()
        }
        | {
            "rating": "json_extract(v.document,"
            " '$.rating.points_by_stars[' || (a.stars - 1) || ']')"
        },
    },
    "postgresql": {
        "week": "to_char(e.held_on, 'IYYY\"-W\"IW')",
        "month": "to_char(e.held_on, 'YYYY-MM')",
        "event_id": "e.id::text",
        "season_id": "e.season_id::text",
        "venue_id": "e.venue_id::text",
        "opened": "floor(extract(epoch from r.opened_at))",
        "happened": "floor(extract(epoch from s.at))",
        "workweek_end": "w.starts_on + 6",
        "yesterday": "(now() at time zone 'utc')::date - 1",
        "weekday": "extract(isodow from w.starts_on) - 1",
        "answered": "floor(extract(epoch from a.answered_at))",
        "lapsed": "floor(extract(epoch from i.lapsed_at))",
        "said": {name: f"cast(a.detail ->> '{name}' as {kind})" for name, kind in _SAID.items()},
        "stored": {name: f"x.{name}" for name in _SAID},
        "caps_after": "jsonb_each(a.detail -> 'after') as k(key, value)",
        "rule": {
            name: f"cast(v.document #>> '{{{','.join(path)}}}' as integer)"
            for name, path in _RULES.items()
        }
        | {
            "rating": "cast(v.document -> 'rating' -> 'points_by_stars' ->> (a.stars - 1)"
            " as integer)"
        },
    },
}
