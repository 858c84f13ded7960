"""The floors: the least that could do the job, a bare Flask view over the raw driver.

*greet* is one durable INSERT behind reading JSON; *rate* is look up a code, insert a rating, a
ledger transaction with two entries, two rollups and an outbox row, in one commit; *claim* is one
conditional UPDATE. No token, no validation, no rules. Served by the same server with the same
flags as the product.
"""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import psycopg_pool
import pysqlite3.dbapi2
from flask import Flask, Response, request

from tests import servers

FLAGS = ("--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "error")
URL = os.environ.get("FLOOR_DATABASE_URL", "")
TABLES = (
    "create table if not exists floor_greetings (id char(32) primary key, party integer)",
    "create table if not exists floor_codes (code char(32) primary key, employee integer)",
    "create table if not exists floor_ratings (code char(32) primary key, stars integer)",
    "create table if not exists floor_transactions (id char(32) primary key, code char(32))",
    (
        "create table if not exists floor_entries (id char(32), line integer, points integer,"
        " primary key (id, line))"
    ),
    (
        "create table if not exists floor_rollups (kind char(1), employee integer, points integer,"
        " primary key (kind, employee))"
    ),
    "create table if not exists floor_requests (id char(32) primary key, owner char(32))",
    "create table if not exists floor_outbox (id char(32) primary key, body text)",
)
ROLLUP = (
    "insert into floor_rollups values (?, ?, 10)"
    " on conflict (kind, employee) do update set points = floor_rollups.points + 10"
)
CLAIM = "update floor_requests set owner = ? where id = ? and owner is null"


class Sqlite:
    """Raw pysqlite3, one connection a thread, full durability, writers one at a time."""

    def __init__(self, url: str) -> None:
        """Open the file of ``url``."""
        self._path = url.removeprefix("sqlite:///")
        self._local = threading.local()
        self._writer = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Yield a function that runs SQL, in one durable transaction."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = pysqlite3.dbapi2.connect(self._path, isolation_level=None)
            for pragma in ("busy_timeout=20000", "journal_mode=WAL", "synchronous=FULL"):
                connection.execute(f"pragma {pragma}")
            self._local.connection = connection
        with self._writer:
            connection.execute("begin immediate")
            yield connection.execute
            connection.execute("commit")


class Postgres:
    """Raw psycopg from a pool."""

    def __init__(self, url: str) -> None:
        """Open a pool on ``url``."""
        self._pool = psycopg_pool.ConnectionPool(
            url.replace("+psycopg", ""), min_size=4, max_size=6, open=True
        )

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """Yield a function that runs SQL, in one durable transaction."""
        with self._pool.connection() as connection:

            def run(sql: str, values: tuple[Any, ...] = ()) -> "psycopg.Cursor[Any]":
                return connection.execute(sql.replace("?", "%s"), values)

            yield run


def create_app() -> Flask:
    """Return the floor as a WSGI application on FLOOR_DATABASE_URL."""
    app = Flask("floor")
    database = opened(URL)

    @app.get("/empty")
    def empty() -> Response:
        return Response(b"{}", mimetype="application/json")

    @app.put("/greet")
    def greet() -> tuple[dict[str, Any], int]:
        body = request.get_json()
        with database.transaction() as run:
            run("insert into floor_greetings values (?, ?)", (body["id"], body["party_size"]))
        return {"id": body["id"]}, 201

    @app.post("/rate")
    def rate() -> tuple[dict[str, Any], int]:
        body = request.get_json()
        code, transaction_id = body["code"], uuid.uuid4().hex
        with database.transaction() as run:
            employee = run("select employee from floor_codes where code = ?", (code,)).fetchone()[0]
            run("insert into floor_ratings values (?, ?)", (code, body["stars"]))
            run("insert into floor_transactions values (?, ?)", (transaction_id, code))
            run("insert into floor_entries values (?, 1, 10)", (transaction_id,))
            run("insert into floor_entries values (?, 2, -10)", (transaction_id,))
            for kind in ("e", "s"):
                run(ROLLUP, (kind, employee))
            run("insert into floor_outbox values (?, ?)", (transaction_id, "rated"))
        return {"stars": body["stars"]}, 201

    @app.post("/claim/<request_id>/<owner>")
    def claim(request_id: str, owner: str) -> tuple[dict[str, Any], int]:
        with database.transaction() as run:
            won = run(CLAIM, (owner, request_id)).rowcount == 1
        return {"won": won}, 200 if won else 409

    return app


def opened(url: str) -> Sqlite | Postgres:
    """Return the database at ``url``."""
    return Sqlite(url) if url.startswith("sqlite") else Postgres(url)


def make_tables(url: str) -> None:
    """Make the floor's tables: here, because two workers that start at once get in their way."""
    with opened(url).transaction() as run:
        for table in TABLES:
            run(table)


def add_codes(url: str, codes: list[str]) -> None:
    """Give the floor ``codes`` to be rated, spread over 64 employees."""
    with opened(url).transaction() as run:
        for number, code in enumerate(codes):
            run("insert into floor_codes values (?, ?)", (code, number % 64))


def add_requests(url: str, ids: list[str]) -> None:
    """Give the floor requests that wait for somebody."""
    with opened(url).transaction() as run:
        for request_id in ids:
            run("insert into floor_requests values (?, null)", (request_id,))


@contextmanager
def serving_floor(url: str) -> Iterator[int]:
    """Serve the floor on ``url``'s database, with the product's own flags; yield its port."""
    make_tables(url)
    port = servers.free_port()
    workers = "1" if url.startswith("sqlite") else "2"
    command = ["granian", *FLAGS, "--workers", workers, "--blocking-threads", "4"]
    command += ["--port", str(port), "--factory", "tests.bench.floor:create_app"]
    environ = {"FLOOR_DATABASE_URL": url}
    with servers.serving(command, port=port, path="/empty", environ=environ):
        yield port
