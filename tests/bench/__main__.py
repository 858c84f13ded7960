"""One command, one table: ``scripts/bench [--seconds N] [--rounds N] [--engine NAME]``.

Floor and product are served at the same time on the same database and loaded in turn, so that a
drift of the machine meets both; every figure is the median of the rounds.
"""

import argparse
import platform
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from itertools import cycle
from pathlib import Path
from statistics import median

import orjson
from flask import Flask
from packaging.utils import canonicalize_name

from backend import migrations
from backend.foundation import clock
from backend.server import safe_app
from backend.settings import Secrets, Settings
from tests import postgres, servers
from tests.bench import arena as arenas
from tests.bench import floor
from tests.bench.load import Result, drive
from tests.bench.race import claim_race
from tests.wire import Connection, request_bytes

CONNECTIONS = 8
SYNC_ACTIONS = 500
BEGINNING = 200
RACES = 10
HANDS = 32
# The first ones teach each worker its statements.
SYNCS, WARMING_SYNCS = 16, 8
FIRST_ANSWERS = 5
_LOCKED = re.compile(r"^([a-z0-9-]+)==", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: what was measured, ours, the floor's, the ratio, what is enough."""

    what: str
    ours: str
    floor: str = ""
    ratio: str = ""
    enough: str = ""


def note(text: str) -> None:
    """Say what is going on, beside the table."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


class Bench:
    """The measurements on one engine."""

    def __init__(self, app: Flask, url: str, options: argparse.Namespace) -> None:
        """Prepare the evening and the codes to rate."""
        self._seconds, self._rounds = options.seconds, options.rounds
        note("preparing the evening ...")
        self._evening = arenas.make_evening(app)
        started = time.perf_counter()
        codes = arenas.resolve_requests(app, self._evening, count=options.codes + BEGINNING)
        note(f"{len(codes) / (time.perf_counter() - started):,.0f} requests resolved a second")
        arenas.begin(app, self._evening, codes=[codes.pop() for _ in range(BEGINNING)])
        self._codes = rounds_of(codes, options.rounds)
        self._requests = arenas.open_requests(app, self._evening, count=RACES)
        arenas.fill_boards(app, self._evening.arena)
        arenas.finish_jobs(app)
        self._url, self._app = url, app

    def rows(self, product: int, floor_port: int, process_id: int) -> Iterator[Row]:
        """Measure everything; ``product`` and ``floor_port`` are ports."""
        floor_codes = [[uuid.uuid4().hex for _ in codes] for codes in self._codes]
        floor.add_codes(self._url, [code for codes in floor_codes for code in codes])
        arenas.wait_for_books(self._app)
        greet, greet_floor = self._both(
            (product, self._greetings), (floor_port, lambda _: floor_greetings())
        )
        yield compared("greeting", greet, greet_floor, enough="0.45")
        rate, rate_floor = self._both(
            (product, taking_turns(self._codes, rating)),
            (floor_port, taking_turns(floor_codes, floor_rating)),
        )
        assert not arenas.count_held(self._app)
        yield compared("rating", rate, rate_floor, enough="0.6")
        yield self._sync(product, greet)
        yield self._race(product, floor_port)
        yield from self._boards(product, floor_port)
        yield Row(
            what="memory per worker (USS)",
            ours=f"{servers.unshared_megabytes(process_id):.0f} MB",
            enough="80 MB",
        )

    def _both(
        self,
        ours: tuple[int, Callable[[int], Iterator[bytes]]],
        theirs: tuple[int, Callable[[int], Iterator[bytes]]],
    ) -> tuple[Result, Result]:
        """Load both in turn; return the median round of each."""
        results: tuple[list[Result], list[Result]] = ([], [])
        for _ in range(self._rounds):
            for (port, queue), found in zip((ours, theirs), results, strict=True):
                queues = [queue(number) for number in range(CONNECTIONS)]
                found.append(drive(port, queues, seconds=self._seconds))
                # The floor is not to run beside what we have still to book.
                arenas.wait_for_books(self._app)
        return middle(results[0]), middle(results[1])

    def _greetings(self, number: int) -> Iterator[bytes]:
        """Greet as every CONNECTIONS-th employee in turn, without end."""
        body = orjson.dumps({"party_size": 2})
        while True:
            for headers in self._evening.headers[number::CONNECTIONS]:
                path = f"/v1/greetings/{uuid.uuid4()}"
                yield request_bytes("PUT", path, body=body, headers=headers)

    def _sync(self, port: int, single: Result) -> Row:
        """Sync full queues of greetings, one employee after the other."""
        rates = []
        for headers in self._evening.headers[: WARMING_SYNCS + SYNCS]:
            now = clock.now().isoformat()
            actions = [
                {"id": str(uuid.uuid4()), "kind": "greet", "at": now} for _ in range(SYNC_ACTIONS)
            ]
            body = orjson.dumps({"sent_at": now, "actions": actions})
            request = request_bytes("POST", "/v1/sync", body=body, headers=headers)
            with Connection(port) as connection:
                started = time.perf_counter()
                status, _ = connection.exchange(request)
                rates.append(SYNC_ACTIONS / (time.perf_counter() - started))
            assert status == 200, status
        rate = median(rates[WARMING_SYNCS:])
        return Row(
            what=f"sync of {SYNC_ACTIONS} greetings",
            ours=f"{rate:,.0f} actions/s",
            floor=f"{single.per_second:,.0f} single/s",
            ratio=f"{rate / single.per_second:.1f} x single",
            enough="5,000/s, 8 x",
        )

    def _race(self, port: int, floor_port: int) -> Row:
        floor_requests = [uuid.uuid4().hex for _ in self._requests]
        floor.add_requests(self._url, floor_requests)
        ours, theirs = [], []
        for request_id, floor_request in zip(self._requests, floor_requests, strict=True):
            ours.append(claim_race(port, self._hands(request_id)))
            theirs.append(claim_race(floor_port, floor_hands(floor_request)))
        return Row(
            what=f"claim race, {HANDS} at once, winner and last loser",
            ours=shown_race(ours),
            floor=shown_race(theirs),
            ratio=f"{median(last / winner for winner, last in ours):.2f} x winner",
            enough="2 x",
        )

    def _hands(self, request_id: uuid.UUID) -> list[tuple[bytes, bytes]]:
        """Return what warms up, and what accepts a request, for each of HANDS employees."""
        accept = f"/v1/requests/{request_id}/accept"
        return [
            (
                request_bytes("GET", "/v1/me", headers=headers),
                request_bytes("POST", accept, headers=headers),
            )
            for headers in self._evening.headers[:HANDS]
        ]

    def _boards(self, port: int, floor_port: int) -> Iterator[Row]:
        season = self._evening.arena.season_id
        page = request_bytes(
            "GET",
            f"/v1/leaderboards?kind=season&season_id={season}&limit=50",
            headers=self._evening.hr_headers,
        )
        own = [
            request_bytes(
                "GET", f"/v1/leaderboards?kind=season&season_id={season}", headers=headers
            )
            for headers in self._evening.headers
        ]
        empty = request_bytes("GET", "/empty")
        for what, requests, enough in (
            (f"board page, {arenas.CROWD:,} employees", [page], "3 x"),
            (f"top and my rank in {arenas.CROWD:,}", own, "4 x"),
        ):
            ours, theirs = self._both(
                (port, lambda number, requests=requests: cycle(requests[number:] or requests)),  # type: ignore[misc]
                (floor_port, lambda _: cycle([empty])),
            )
            yield Row(
                what=what,
                ours=shown(ours),
                floor=shown(theirs),
                ratio=f"{theirs.per_second / ours.per_second:.2f} x an empty view",
                enough=enough,
            )


def rounds_of(codes: list[str], rounds: int) -> list[list[str]]:
    """Deal ``codes`` out, so many to each round."""
    return [codes[number::rounds] for number in range(rounds)]


def taking_turns(
    rounds: list[list[str]], request: Callable[[str], bytes]
) -> Callable[[int], Iterator[bytes]]:
    """Return what gives each connection its part of the codes of the round that it is in."""
    turns = [iter(rounds) for _ in range(CONNECTIONS)]

    def queue(number: int) -> Iterator[bytes]:
        return map(request, next(turns[number])[number::CONNECTIONS])

    return queue


def rating(code: str) -> bytes:
    """Rate a code that nobody rated before, five of five, on a phone like no other."""
    headers = {"User-Agent": f"Phone {code}"}
    return request_bytes(
        "POST", f"/v1/ratings/{code}", body=orjson.dumps({"stars": 5}), headers=headers
    )


def floor_greetings() -> Iterator[bytes]:
    """Greet the floor without end."""
    while True:
        body = orjson.dumps({"id": uuid.uuid4().hex, "party_size": 2})
        yield request_bytes("PUT", "/greet", body=body)


def floor_rating(code: str) -> bytes:
    """Rate one of the floor's codes."""
    return request_bytes("POST", "/rate", body=orjson.dumps({"code": code, "stars": 5}))


def floor_hands(request_id: str) -> list[tuple[bytes, bytes]]:
    """Return what `Bench._hands` does, on the floor."""
    return [
        (request_bytes("GET", "/empty"), request_bytes("POST", f"/claim/{request_id}/{number}"))
        for number in range(HANDS)
    ]


def shown_race(races: list[tuple[float, float]]) -> str:
    """Return races, each the milliseconds of winner and last loser, as a cell of the table."""
    winner, last = (median(times) for times in zip(*races, strict=True))
    return f"{winner:.1f} and {last:.1f} ms"


def middle(results: list[Result]) -> Result:
    """Return the median round; a round with any refusal ends the bench."""
    for result in results:
        assert result.clean, result.statuses
    return sorted(results, key=lambda result: result.per_second)[len(results) // 2]


def shown(result: Result) -> str:
    """Return a result as a cell of the table."""
    return f"{result.per_second:,.0f}/s, p99 {result.p99:.1f} ms"


def compared(what: str, ours: Result, theirs: Result, *, enough: str) -> Row:
    """Return a row that compares throughput and p99."""
    ratio = f"{ours.per_second / theirs.per_second:.2f} (p99 {ours.p99 / theirs.p99:.1f} x)"
    return Row(what=what, ours=shown(ours), floor=shown(theirs), ratio=ratio, enough=enough)


def only_tested() -> list[str]:
    """Return the modules that our tests need and no venue has installed."""
    product, suite = (
        set(_LOCKED.findall((servers.ROOT / "scripts" / name).read_text()))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    return [
        module
        for module, brought_by in packages_distributions().items()
        if suite - product >= {canonicalize_name(name) for name in brought_by}
    ]


def first_answer() -> Row:
    """Measure a fresh process from create_app to its first answer, as where a venue runs it.

    Libraries import what they find: there they do not find what only our tests brought.
    """
    program = (
        "import sys, time; sys.modules.update(dict.fromkeys(sys.argv[2:]))\n"
        "started = time.perf_counter()\n"
        "from backend.app import create_app\n"
        "from backend.settings import Secrets, Settings\n"
        "secrets = Secrets.make()\n"
        "url = 'sqlite:///' + sys.argv[1]\n"
        "app = create_app(Settings(database_url=url, secrets=secrets))\n"
        "assert app.test_client().get('/healthz').status_code == 200\n"
        "print(time.perf_counter() - started)"
    )
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-P", "-c", program, f"{folder}/never-made.db", *only_tested()]
        times = [
            float(subprocess.check_output(command, cwd=servers.ROOT)) for _ in range(FIRST_ANSWERS)
        ]
    return Row(what="create_app to first answer", ours=f"{median(times):.2f} s", enough="1.2 s")


@contextmanager
def database(engine: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty durable database."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'bench.db'}"
    else:
        with postgres.running(durable=True) as url:
            yield url


def measure(engine: str, options: argparse.Namespace) -> list[Row]:
    """Return the rows of one engine."""
    with (
        tempfile.TemporaryDirectory() as name,
        database(engine, Path(name)) as url,
    ):
        instance = Path(name) / "instance"
        settings = Settings(database_url=url, secrets=Secrets.keep(instance / "secrets.json"))
        app = safe_app(settings)
        migrations.upgrade(app)
        bench = Bench(app, url, options)
        note(f"measuring on {engine} ...")
        with (
            servers.product(url, instance=instance) as (product, process_id),
            floor.serving_floor(url) as floor_port,
        ):
            return list(bench.rows(product, floor_port, process_id))


def table(engine: str, rows: list[Row]) -> str:
    """Return the rows as Markdown."""
    lines = [f"| {engine} | ours | floor | ratio | enough |", "|---|---|---|---|---|"]
    lines += [f"| {r.what} | {r.ours} | {r.floor} | {r.ratio} | {r.enough} |" for r in rows]
    return "\n".join(lines)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="length of one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--codes", type=int, default=6_000, help="how many ratings are prepared")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    options = parser.parse_args()
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    tables = [
        table(engine, measure(engine, options))
        for engine in options.engine or ("sqlite", "postgresql")
    ]
    print(f"{machine}\n\n" + "\n\n".join([*tables, table("start", [first_answer()])]))  # noqa: T201


if __name__ == "__main__":
    main()
