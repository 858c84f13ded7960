"""A million guessed codes find nothing, and real fans get through meanwhile.

What is proven, and how. The lookup itself: a million random codes, made into what is stored of
them by the product's own functions, are looked for in the real tables by which codes and tokens
are found, in batches; in each batch hides a real one, which must be found, so that a lookup that
finds nothing proves something. The wall: some thousands of guesses go over real sockets through
the real view, beside fans from the same address. That a million would be refused there as the
first thousands are follows from the limit, which has no memory but its minute. That a code cannot
be guessed at all is arithmetic, not a test: 2^128 codes, of which a season issues under 2^20.
"""

import http.client
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ARRAY, LargeBinary, any_, literal, select

from backend.engagement.models import Ask, Card, Invitation
from backend.engagement.services.invitations import ALPHABET, CODE_LENGTH, hash_of, normalised
from backend.foundation.db import reading
from backend.identity.guard import LIMITS
from backend.identity.guard.limits import GUESSES_PER_ADDRESS, Limits
from tests.engagement.fans import Stand, make_stand
from tests.http import served

MILLION, BATCH = 1_000_000, 10_000
GUESSERS, GUESSES, FANS = 4, 500, 12


@pytest.fixture
def wall(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return the application with its limits, as it is served."""
    monkeypatch.setitem(app.extensions, LIMITS, Limits())
    return app


@pytest.fixture
def stand(wall: Flask) -> Stand:
    return make_stand(wall)


def guess(rng: random.Random) -> str:
    return "".join(rng.choices(ALPHABET, k=CODE_LENGTH))


def solved(stand: Stand) -> str:
    """Let a fan be helped; return the code to rate with."""
    token = stand.asked()
    stand.solve(stand.bowl.alex)
    return str(stand.follow(token)["rating_code"])


def stored(code: str) -> bytes:
    """Return what would be stored of a code, as the product makes it of what is typed."""
    plain = normalised(code.lower())
    assert plain
    return hash_of(plain)


def find(app: Flask, hashes: list[bytes]) -> set[bytes]:
    """Return which of ``hashes`` are of an invitation, a card or an ask."""
    columns: list[Any] = [Invitation.code_hash, Card.code_hash, Ask.token_hash]
    with app.app_context(), reading() as session:
        # As one array, where there are arrays: so many parameters cost more than the look-up.
        arrays = session.get_bind().dialect.name == "postgresql"
        wanted = any_(literal(hashes, ARRAY(LargeBinary))) if arrays else None
        return {
            bytes(known)
            for column in columns
            for known in session.scalars(
                select(column).where(column.in_(hashes) if wanted is None else column == wanted)
            )
        }


def ask(url: str, method: str, path: str, body: str | None = None) -> tuple[int, str | None]:
    """Return status and waiting time of an answer over a socket of its own."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, body, form if body else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers["Retry-After"]


def test_a_million_guesses_find_nothing(wall: Flask, stand: Stand) -> None:
    rng, real = random.Random(2004), solved(stand)
    found = Counter[bytes]()
    for _ in range(MILLION // BATCH):
        hashes = [stored(guess(rng)) for _ in range(BATCH)]
        hashes[rng.randrange(BATCH)] = stored(real)
        found.update(find(wall, hashes))
    assert found == {stored(real): MILLION // BATCH}


def test_guesses_over_sockets_are_refused_beside_fans_who_get_through(
    wall: Flask, stand: Stand
) -> None:
    codes = [solved(stand) for _ in range(FANS)]
    with served(wall) as url, ThreadPoolExecutor(GUESSERS + 1) as pool:

        def guesses(number: int) -> Counter[int]:
            rng = random.Random(number)
            methods = (("GET", None), ("POST", "stars=5"))
            return Counter(
                ask(url, method, f"/r/{guess(rng)}", body)[0]
                for _ in range(GUESSES // 2)
                for method, body in methods
            )

        def rate() -> list[int]:
            statuses = []
            for code in codes:
                statuses.append(ask(url, "GET", f"/r/{code}")[0])
                statuses.append(ask(url, "POST", f"/r/{code}", "stars=5")[0])
            return statuses

        guessing = [pool.submit(guesses, number) for number in range(GUESSERS)]
        assert pool.submit(rate).result() == [200, 303] * FANS
        answered = sum((one.result() for one in guessing), Counter[int]())
        assert set(answered) == {404, 429}
        # Two windows of a minute at most lie in what takes seconds.
        assert answered[404] <= 2 * GUESSES_PER_ADDRESS.amount
        status, wait = ask(url, "GET", f"/r/{guess(random.Random(9))}")
        assert status in {404, 429}
        assert status == 404 or int(wait or 0) > 0
    stand.must_hold()
