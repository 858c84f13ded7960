"""Seals: everything gets one, once, and nothing that has one can be changed unnoticed."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.foundation import audit, clock, sealing
from backend.foundation.db import Base, new_id, reading, transaction
from backend.foundation.seals import Chain, first_id
from backend.insight import verify
from backend.insight.queries.seals import CHAINS
from backend.insight.verify import Finding, KeptHead
from tests.factories import NOW, make_employee
from tests.insight.sealed import (
    Books,
    add,
    change,
    flipped,
    heads_of,
    make_books,
    remove,
    rows_of,
    seal,
    take_guards_down,
)
from tests.rewards.test_races import at_once

TABLES = Base.metadata.tables
SEALED = ("ledger_transactions", "ledger_entries", "audit_rows")


class Undone(Exception):
    """What a test has damaged is to be as it was."""


def find_broken(session: Session, owner: UUID | None) -> list[Finding]:
    return list(verify.find_offenders(session, code="I13", organisation_id=owner))


def broken(app: Flask, owner: UUID | None) -> list[Finding]:
    with app.app_context(), reading() as session:
        return find_broken(session, owner)


@pytest.fixture(scope="module")
def books(app: Flask) -> Books:
    made = make_books(app)
    seal(app)
    return made


def test_everything_is_sealed_once_and_without_a_gap(app: Flask, books: Books) -> None:
    seal(app)
    with app.app_context(), reading() as session:
        assert find_broken(session, books.owner) == []
        assert verify.run(session, organisation_id=books.owner).unsealed == {
            "ledger": 0,
            "audit": 0,
        }
        for chain in CHAINS:
            numbers = [row["number"] for row in rows_of(session, chain.seal_table, books.owner)]
            rows = rows_of(session, chain.rows.table, books.owner)
            assert numbers == list(range(1, len(rows) + 1))


def test_a_seal_covers_every_column(app: Flask) -> None:
    for chain in CHAINS:
        assert set(chain.rows.columns) == set(chain.rows.table.columns.keys())
        if chain.lines:
            named = {*chain.lines.columns, "organisation_id", chain.lines.key}
            assert named == set(chain.lines.table.columns.keys())


def test_a_row_is_hashed_as_the_same_bytes_on_both_engines(app: Flask) -> None:
    fresh = make_books(app)
    with app.app_context(), reading() as session:
        rows = rows_of(session, TABLES["audit_rows"], fresh.owner)
        row, chain = rows[0], CHAINS[1]
        [body] = chain.read(
            session.connection(), organisation_id=row["organisation_id"], ids=[row["id"]]
        ).values()
    cells = [UUID(str(row[name])).hex for name in ("organisation_id", "id", "actor_id")]
    subject = UUID(str(row["subject_id"])).hex
    assert body.decode() == (
        f'[["{cells[0]}","{cells[1]}","{cells[2]}","employee.changed","{subject}",'
        '[{"a":{"B":true,"é":"x"},"z":[0,null,0.5]}],"2026-11-21 19:30:00.000000"]]'
    )


def test_what_waits_for_its_seal_is_counted_and_breaks_nothing(app: Flask) -> None:
    fresh = make_books(app)
    with app.app_context(), reading() as session:
        report = verify.run(session, organisation_id=fresh.owner)
    assert report.unsealed == {"ledger": 10, "audit": 9}
    assert [one for one in report.findings if one.invariant == "I13"] == []


def test_sealers_at_once_seal_everything_once(app: Flask) -> None:
    fresh = make_books(app)

    def work() -> None:
        for chain in CHAINS:
            sealing.seal_new(chain, organisation_id=fresh.owner, now=clock.now())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "CHUNK", 2)
        assert at_once(app, *[work] * 6) == [None] * 6
    assert broken(app, fresh.owner) == []
    heads = heads_of(app, fresh.owner)
    assert {name: head.number for name, head in heads.items()} == {"ledger": 10, "audit": 9}


def test_a_sealer_that_is_cut_off_leaves_nothing_half_done(app: Flask) -> None:
    fresh = make_books(app)
    ledger = CHAINS[0]

    def cut_off(*_: object) -> None:
        raise Undone

    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setattr(sealing, "CHUNK", 4)
        patch.setattr(sealing, "MOST", 6)
        sealing.seal_new(ledger, organisation_id=fresh.owner, now=clock.now())
        patch.setattr(sealing, "_adding", cut_off)
        with pytest.raises(Undone):
            sealing.seal_new(ledger, organisation_id=fresh.owner, now=clock.now())
    assert heads_of(app, fresh.owner)["ledger"].number == 6
    seal(app)
    assert heads_of(app, fresh.owner)["ledger"].number == 10
    assert broken(app, fresh.owner) == []


@pytest.mark.parametrize("hours", [0.5, 1_000])
def test_what_is_committed_long_after_its_id_was_made_is_sealed(app: Flask, hours: float) -> None:
    fresh = make_books(app)
    seal(app)
    old = first_id(clock.now() - hours * sealing.LOOKBACK * 30)
    with app.app_context(), transaction() as session:
        actor = make_employee(session, fresh.arena)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(audit, "new_id", lambda: old)
            audit.record(session, actor=actor, act="late.act", subject_id=None, now=NOW)
    [passed_over] = broken(app, fresh.owner)
    assert (passed_over.table, passed_over.row) == ("audit_rows", f"id={old}")
    seal(app, minutes=2)
    assert broken(app, fresh.owner) == []
    assert heads_of(app, fresh.owner)["audit"].number == 10


def test_what_was_left_for_long_is_sealed_before_what_is_new(app: Flask) -> None:
    fresh = make_books(app)
    ledger, now = CHAINS[0], clock.now()
    sealer = sealing.Sealer()
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setattr(sealing, "MOST", 4)
        patch.setattr(sealing, "LOOKBACK", -timedelta(minutes=1))
        more = [sealer.seal(ledger, organisation_id=fresh.owner, now=now) for _ in range(4)]
    assert more == [True, True, False, False]
    assert heads_of(app, fresh.owner)["ledger"].number == 10
    with app.app_context(), reading() as session:
        seals = rows_of(session, ledger.seal_table, fresh.owner)
    assert [seal["row_id"] for seal in seals] == sorted(seal["row_id"] for seal in seals)


def test_seals_are_only_ever_added(app: Flask, books: Books) -> None:
    for chain in CHAINS:
        table = chain.seal_table.name
        for statement in (f"update {table} set number = number + 1", f"delete from {table}"):
            refused = pytest.raises(DBAPIError, match="append-only")
            with app.app_context(), reading() as session, refused:
                session.execute(text(statement))


def names(found: list[Finding]) -> set[str]:
    return {one.row for one in found}


def test_two_hundred_of_two_hundred_flips_are_named(app: Flask, books: Books) -> None:
    random = Random(20_261_121)
    tables = [
        table for chain in CHAINS for name in sorted(chain.tables) for table in [TABLES[name]]
    ]
    done = 0
    with app.app_context(), reading() as session:
        take_guards_down(session)
        assert find_broken(session, books.owner) == []
        while done < 200:
            done += _flip(session, random.choice(tables), books.owner, random)
        assert find_broken(session, books.owner) == []


def _flip(session: Session, table: Table, owner: UUID, random: Random) -> int:
    """Flip something of a row; return 1 if it was there to be flipped."""
    row = random.choice(rows_of(session, table, owner))
    column = random.choice(table.columns.keys())
    value = flipped(row[column], random)
    if value is None:
        return 0
    if isinstance(value, str) and table.c[column].type.python_type is dict:
        value = row[column].replace("0.5", random.choice(["0.25", "0.50", "1"]))
    part = session.begin_nested()
    change(session, table, row, **{column: value})
    # What leaves its organisation is there for whoever looks at all of them.
    found = find_broken(session, None if column == "organisation_id" else owner)
    by_seal = [one for one in found if f"seal {row.get('number')} " in f"{one.what} "]
    assert by_seal or f"id={_id(table, row)}" in names(found), found
    part.rollback()
    return 1


def _sealed_id(table: Table, row: dict[str, Any]) -> Any:
    for name in ("row_id", "transaction_id", "id"):
        if name in table.columns:
            return row[name]
    raise AssertionError(table.name)


@pytest.mark.parametrize("name", [*SEALED, "ledger_seals", "audit_seals"])
def test_what_is_deleted_is_named(app: Flask, books: Books, name: str) -> None:
    table = TABLES[name]
    with app.app_context(), reading() as session:
        take_guards_down(session)
        row = rows_of(session, table, books.owner)[2]
        remove(session, table, row)
        found = find_broken(session, books.owner)
    wanted = f"number={row['number'] + 1}" if "number" in row else f"id={_id(table, row)}"
    assert wanted in names(found)


def _id(table: Table, row: dict[str, Any]) -> UUID:
    return UUID(str(_sealed_id(table, row)))


def test_an_entry_that_is_added_to_a_sealed_transaction_is_named(app: Flask, books: Books) -> None:
    table = TABLES["ledger_entries"]
    with app.app_context(), reading() as session:
        take_guards_down(session)
        row = rows_of(session, table, books.owner)[0]
        add(session, table, {**row, "line": 7})
        found = find_broken(session, books.owner)
    assert names(found) == {f"id={_id(table, row)}"}


def test_a_seal_of_nothing_is_named(app: Flask, books: Books) -> None:
    table = TABLES["audit_seals"]
    with app.app_context(), reading() as session:
        take_guards_down(session)
        row = rows_of(session, table, books.owner)[-1]
        made_up = new_id()
        made_up_raw = made_up.hex if isinstance(row["row_id"], str) else made_up
        add(session, table, {**row, "number": row["number"] + 1, "row_id": made_up_raw})
        found = find_broken(session, books.owner)
    assert names(found) == {f"id={made_up}"}


def test_rows_that_change_places_are_named(app: Flask, books: Books) -> None:
    table = TABLES["ledger_seals"]
    with app.app_context(), reading() as session:
        take_guards_down(session)
        first, second = rows_of(session, table, books.owner)[3:5]
        change(session, table, first, number=-1)
        change(session, table, second, number=first["number"])
        change(session, table, {**first, "number": -1}, number=second["number"])
        found = find_broken(session, books.owner)
    assert {f"id={_id(table, row)}" for row in (first, second)} <= names(found)


def test_a_seal_that_is_moved_to_an_organisation_that_is_none_is_named(
    app: Flask, books: Books
) -> None:
    table, nobody = TABLES["audit_seals"], new_id()
    with app.app_context(), reading() as session:
        take_guards_down(session)
        row = rows_of(session, table, books.owner)[-1]
        owner = nobody.hex if isinstance(row["organisation_id"], str) else nobody
        change(session, table, row, organisation_id=owner)
        found = [one for one in find_broken(session, None) if one.organisation_id == nobody]
    assert names(found) >= {f"number={row['number']}"}


def test_what_is_no_text_any_more_is_named_on_sqlite(app: Flask, books: Books) -> None:
    table = TABLES["audit_rows"]
    with app.app_context(), reading() as session:
        if session.connection().dialect.name != "sqlite":
            pytest.skip("PostgreSQL keeps no such text")
        take_guards_down(session)
        row = rows_of(session, table, books.owner)[4]
        damage = text("update audit_rows set act = cast(x'61ff' as text) where id = :id")
        session.execute(damage, {"id": row["id"]})
        found = find_broken(session, books.owner)
    assert names(found) == {f"id={_id(table, row)}"}


def test_a_chain_that_is_written_anew_is_told_by_a_head_that_was_kept(app: Flask) -> None:
    fresh = make_books(app)
    seal(app)
    kept = [
        KeptHead(chain=head.chain, number=head.number, hash=head.hash)
        for head in heads_of(app, fresh.owner).values()
    ]

    damaged = TABLES["audit_rows"]
    with app.app_context(), reading() as session:
        assert lost_heads(session, fresh.owner, kept) == []
        take_guards_down(session)
        row = rows_of(session, damaged, fresh.owner)[3]
        change(session, damaged, row, act="nothing.happened")
        for chain in CHAINS:
            write_anew(session, chain, fresh.owner)
        assert find_broken(session, fresh.owner) == []
        lost = lost_heads(session, fresh.owner, kept)
    assert lost == [("ledger_seals", "number=10"), ("audit_seals", "number=9")]


def write_anew(session: Session, chain: Chain, owner: UUID) -> None:
    for row in rows_of(session, chain.seal_table, owner):
        remove(session, chain.seal_table, row)
    rows = rows_of(session, chain.rows.table, owner)
    ids = [row["id"] for row in rows]
    raw_owner = rows[0]["organisation_id"]
    bodies = chain.read(session.connection(), organisation_id=raw_owner, ids=ids)
    waiting = sealing.Waiting(chain=chain, organisation_id=owner, ids=ids, last=0)
    sealing.add_seals(session, waiting, bodies=bodies, now=clock.now())


def lost_heads(session: Session, owner: UUID, kept: list[KeptHead]) -> list[tuple[str, str]]:
    report = verify.run(session, organisation_id=owner, heads=kept)
    return [(one.table, one.row) for one in report.findings if one.invariant == "I13"]
