"""Many at once: a card is bound once or rated as nobody's, and serials leave no gap."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import chain, pairwise, zip_longest
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from tests.engagement.decks import Deck, make_deck
from tests.engagement.test_races import at_once


def scanning(deck: Deck, who: Any, first: int, last: int) -> Callable[[], tuple[int, Any]]:
    deck.headers(who)
    body = {"first_serial": str(first), "last_serial": str(last)}
    return lambda: deck.scan(who, **body)


def test_overlapping_scans_bind_each_card_once(app: Flask) -> None:
    deck = make_deck(app, count=40)
    people = [deck.evening.alex, deck.evening.blair, deck.evening.casey]
    calls = [scanning(deck, people[number % 3], 1 + number, 25 + number) for number in range(16)]
    answers = at_once(calls)
    assert {status for status, _ in answers} == {201}
    assert sum(answer["bound"] for _, answer in answers) == 40
    for _, answer in answers:
        assert answer["bound"] + len(answer["already_bound"]) == 25
    assert deck.pack()["bound"] == 40
    deck.must_hold()


@pytest.mark.parametrize("_round", range(3))
def test_a_card_that_is_rated_while_it_is_scanned_has_one_truth(app: Flask, _round: int) -> None:
    deck = make_deck(app)
    alex = deck.evening.alex
    scans: list[Callable[[], Any]] = [scanning(deck, alex, 1, 10) for _ in range(4)]
    rates: list[Callable[[], Any]] = [partial(deck.rate, number) for number in range(10)]
    mixed = [call for call in chain(*zip_longest(rates, scans)) if call]
    answers = at_once(mixed)
    assert Counter(status for status, _ in answers) == {201: 14}
    pack = deck.pack()
    assert (pack["ratings"], pack["bound"] + pack["unbound_ratings"]) == (10, 10)
    assert deck.points(alex) == 15 * (10 - pack["unbound_ratings"])
    deck.must_hold()


def test_one_of_many_rates_a_card_that_is_nobodys(app: Flask) -> None:
    deck = make_deck(app)
    answers = at_once([lambda: deck.rate(0)] * 32)
    assert Counter((status, answer.get("type")) for status, answer in answers) == {
        (201, None): 1,
        (409, "/problems/code-already-used"): 31,
    }
    assert deck.pack()["unbound_ratings"] == 1
    deck.must_hold()


def test_packs_that_are_made_at_once_leave_no_gap(app: Flask) -> None:
    deck = make_deck(app)
    deck.headers(deck.hr)

    def make(count: int) -> Callable[[], tuple[int, Any]]:
        return lambda: deck.call(deck.hr, "POST", "/cards/packs", {"count": count})

    answers = at_once([make(count) for count in (10, 20, 30) * 4])
    assert {status for status, _ in answers} == {201}
    _, page = deck.call(deck.hr, "GET", "/cards/packs?limit=200")
    numbers = [
        (int(one["first_serial"][5:]), int(one["last_serial"][5:]))
        for one in reversed(page["items"])
    ]
    assert numbers[-1][1] == 10 + 4 * 60
    assert all(before[1] + 1 == after[0] for before, after in pairwise(numbers))
    deck.must_hold()


def test_one_scan_sent_many_times_at_once_is_one(app: Flask) -> None:
    deck = make_deck(app)
    alex, body = deck.evening.alex, {"id": str(uuid4()), "pack_id": str(deck.pack_id)}
    deck.headers(alex)
    answers = at_once([lambda: deck.scan(alex, **body)] * 16)
    assert Counter(status for status, _ in answers) == {201: 1, 200: 15}
    assert {answer["bound"] for _, answer in answers} == {10}
    deck.must_hold()
