"""Several writers share a commit on SQLite: a failure undoes its own part, all others are kept."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from backend.foundation import db as db_module
from backend.foundation.db import db, new_id, reading, transaction
from backend.foundation.writers import CommitFailed, _Group
from backend.identity.models import Organisation
from tests.factories import NOW

WRITERS = 8


def write(name: str, *, before_leaving: Callable[[], object] = lambda: None) -> None:
    with transaction() as session:
        session.add(Organisation(id=new_id(), name=name, created_at=NOW))
        session.flush()
        before_leaving()


def stop() -> None:
    raise ZeroDivisionError


def all_at_once(
    app: Flask, jobs: list[Callable[[], None]], *, first_ends: Callable[[], None] = lambda: None
) -> list[BaseException | None]:
    """Run ``jobs`` in threads that wait while a first one has the turn; return what failed."""

    def first_waits() -> None:
        started.wait()
        first_ends()

    failures: list[BaseException | None] = [None] * len(jobs)
    started = threading.Barrier(len(jobs) + 1)

    def run(number: int) -> None:
        started.wait()
        with app.app_context():
            try:
                jobs[number]()
            except BaseException as error:  # noqa: BLE001 - it is what the test looks at
                failures[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    with app.app_context(), suppress(CommitFailed, ZeroDivisionError):
        write(f"first {new_id()}", before_leaving=first_waits)
    for thread in threads:
        thread.join()
    return failures


def kept(app: Flask, names: list[str]) -> list[str]:
    with app.app_context(), reading() as session:
        found = session.scalars(select(Organisation.name).where(Organisation.name.in_(names)))
        return sorted(found)


def test_a_failure_undoes_its_own_part_only(app: Flask) -> None:
    names = [f"part {new_id()}" for _ in range(WRITERS)]

    def fail(name: str) -> None:
        write(name)
        raise AssertionError("unreachable")

    def raise_in_the_middle(name: str) -> None:
        write(name, before_leaving=stop)

    def break_a_constraint(name: str) -> None:
        write(name)
        write(name)

    jobs: list[Callable[[], None]] = []
    for number, name in enumerate(names):
        act = (write, raise_in_the_middle, break_a_constraint, write)[number % 4]
        jobs.append(lambda act=act, name=name: act(name))  # type: ignore[misc]
    failures = all_at_once(app, jobs)
    wanted = [type(failure) for failure in failures]
    assert wanted == [type(None), ZeroDivisionError, IntegrityError, type(None)] * (WRITERS // 4)
    assert kept(app, names) == sorted(name for n, name in enumerate(names) if n % 4 != 1)


def test_the_first_may_fail_while_others_wait(app: Flask) -> None:
    names = [f"after {new_id()}" for _ in range(WRITERS)]
    jobs: list[Callable[[], None]] = [partial(write, name) for name in names]
    assert all_at_once(app, jobs, first_ends=stop) == [None] * WRITERS
    assert kept(app, names) == sorted(names)


def test_nobody_is_let_go_when_the_commit_fails(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL commits each transaction by itself")
        engine = db.engine
    names = [f"lost {new_id()}" for _ in range(WRITERS)]

    def refuse(_: object) -> None:
        raise OSError("the disk is gone")

    event.listen(engine, "commit", refuse)
    try:
        failures = all_at_once(app, [lambda name=name: write(name) for name in names])  # type: ignore[misc]
    finally:
        event.remove(engine, "commit", refuse)
    assert all(isinstance(failure, CommitFailed) for failure in failures)
    assert kept(app, names) == []
    with app.app_context():
        write(names[0])
    assert kept(app, names) == [names[0]]


def test_a_refusal_waits_until_what_it_rests_on_is_durable(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL shows nothing before it is durable")
    name = f"taken {new_id()}"
    seen: list[str] = []
    threads: list[threading.Thread] = []
    refused = threading.Event()
    wait, turns = _Group.wait, db_module._sqlite_writers._turns

    def next_comes(act: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=in_context, args=(act,), name=act.__name__)
        thread.start()
        while not turns.wanted:
            refused.wait(0.001)
        return thread

    def in_context(act: Callable[[], None]) -> None:
        with app.app_context():
            act()

    def wait_for_all(group: _Group) -> None:
        if threading.current_thread().name == refuse.__name__:
            refused.set()
        wait(group)

    def hold() -> None:
        write(f"last {new_id()}", before_leaving=refused.wait)

    def refuse() -> None:
        with suppress(ZeroDivisionError), transaction() as session:
            assert session.scalar(select(Organisation.id).filter_by(name=name))
            threads.append(next_comes(hold))
            stop()
        seen.extend(kept(app, [name]))
        refused.set()

    monkeypatch.setattr(_Group, "wait", wait_for_all)
    with app.app_context():
        write(name, before_leaving=lambda: threads.append(next_comes(refuse)))
    for thread in threads:
        thread.join()
    assert seen == [name]
