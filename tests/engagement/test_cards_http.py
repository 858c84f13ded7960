"""Cards over HTTP: printed in packs, bound when scanned, rated from home."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from backend.engagement.models import Rating
from backend.engagement.rules import RatingState
from backend.engagement.rules.cards import prefix_of, read_serial, written_serial
from backend.foundation import clock
from backend.foundation.db import new_id, reading, transaction
from backend.identity.rules import PayBasis
from backend.insight.queries.work import find_earned
from backend.insight.services.replays import replay
from backend.rewards.queries import get_rules
from backend.rewards.rules import SourceKind
from tests.engagement.decks import Deck, make_deck
from tests.factories import make_employee


@pytest.fixture
def deck(app: Flask) -> Deck:
    return make_deck(app)


def test_packs_have_serials_without_a_gap_and_hr_sees_what_became_of_them(deck: Deck) -> None:
    hr, prefix = deck.hr, prefix_of(deck.evening.organisation_id)
    status, pack = deck.call(hr, "POST", "/cards/packs", {"count": 20})
    assert (status, pack["first_serial"], pack["last_serial"]) == (
        201,
        f"{prefix}-000011",
        f"{prefix}-000030",
    )
    assert (pack["count"], pack["bound"], pack["ratings"]) == (20, 0, 0)
    _, page = deck.call(hr, "GET", "/cards/packs?limit=1")
    _, rest = deck.call(hr, "GET", f"/cards/packs?cursor={page['next_cursor']}")
    assert [one["id"] for one in (*page["items"], *rest["items"])] == [
        pack["id"],
        str(deck.pack_id),
    ]
    _, audit = deck.call(hr, "GET", "/audit?limit=1")
    assert audit["items"][0]["act"] == "card_pack.made"
    usher = deck.evening.alex
    for method, path in (
        ("GET", "/cards/packs"),
        ("GET", f"/cards/packs/{pack['id']}.pdf"),
        ("POST", "/cards/packs"),
    ):
        assert deck.call(usher, method, path, {"count": 10} if method == "POST" else None)[0] == 403
    deck.must_hold()


def test_a_card_scanned_before_it_is_rated_pays_its_employee_as_a_request_does(deck: Deck) -> None:
    alex, blair = deck.evening.alex, deck.evening.blair
    status, bound = deck.scan(alex)
    assert (status, bound["bound"], bound["already_bound"], bound["already_rated"]) == (
        201,
        10,
        [],
        [],
    )
    assert (bound["event_id"], bound["post_id"]) == (
        str(deck.evening.arena.event_id),
        str(deck.evening.arena.gate_post_id),
    )
    assert bound["shift_id"]
    _, asked = deck.call(None, "GET", f"/ratings/{deck.codes[0].lower()}")
    assert (asked["state"], asked["first_name"], asked["category"]) == ("unused", "Alex", None)
    assert deck.rate(0)[0] == 201
    assert deck.rate(1, stars=3)[0] == 201
    status, again = deck.rate(0)
    assert (status, again["type"]) == (409, "/problems/code-already-used")
    assert (deck.points(alex), deck.points(blair)) == (15, 0)
    pack = deck.pack()
    assert (pack["bound"], pack["ratings"], pack["unbound_ratings"]) == (10, 2, 0)
    figures = deck.figures()
    assert (figures["answers"]["ratings"], figures["answers"]["invitations"]) == (2, 10)
    assert (figures["five_star"]["five_star"], figures["five_star"]["ratings"]) == (1, 2)
    deck.must_hold()


def test_a_card_rated_before_anybody_scanned_it_counts_for_its_post_only(deck: Deck) -> None:
    alex = deck.evening.alex
    _, asked = deck.call(None, "GET", f"/ratings/{deck.codes[0]}")
    assert asked == {
        "state": "unused",
        "first_name": None,
        "category": None,
        "event_name": None,
        "held_on": None,
    }
    assert deck.rate(0, comment="Nobody told me whose card this is.")[0] == 201
    assert deck.call(None, "GET", f"/ratings/{deck.codes[0]}")[1]["state"] == "used"
    assert deck.rate(0)[1]["type"] == "/problems/code-already-used"
    _, bound = deck.scan(alex)
    assert (bound["bound"], bound["already_rated"]) == (9, deck.serials[:1])
    assert deck.points(alex) == 0
    figures = deck.figures()
    assert (figures["answers"]["ratings"], figures["answers"]["invitations"]) == (0, 9)
    pack = deck.pack()
    assert (pack["unbound_ratings"], pack["unbound_five_star"], pack["post_id"]) == (
        1,
        1,
        str(deck.evening.arena.gate_post_id),
    )
    deck.must_hold()


def test_a_rating_of_a_card_can_be_corrected_whoever_it_belongs_to(deck: Deck) -> None:
    alex = deck.evening.alex
    _, loose = deck.rate(0, stars=2)
    deck.scan(alex)
    _, bound = deck.rate(1, stars=2)
    for number, given in enumerate((loose, bound)):
        better = {"stars": 5, "correction_token": given["correction_token"]}
        assert deck.call(None, "PATCH", f"/ratings/{deck.codes[number]}", better)[0] == 200
    assert (deck.points(alex), deck.pack()["unbound_five_star"]) == (15, 1)
    deck.must_hold()


def test_a_comment_on_nobodys_card_comes_up_for_moderation(deck: Deck) -> None:
    deck.rate(0, comment="The queue was long.")
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        _, comments = deck.call(deck.hr, "GET", "/comments")
        [comment] = comments["items"]
        assert (comment["employee_id"], comment["event_id"]) == (None, None)
        decision = {"decision": "hide", "reason": "About nobody."}
        path = f"/comments/{comment['rating_id']}/decide"
        assert deck.call(deck.hr, "POST", path, decision)[1]["state"] == "hidden"


def test_a_card_is_bound_once_and_those_already_bound_are_named(deck: Deck) -> None:
    alex, casey = deck.evening.alex, deck.evening.casey
    first, third = deck.serials[0], deck.serials[2]
    _, some = deck.scan(alex, first_serial=first, last_serial=third)
    assert (some["bound"], some["first_serial"], some["last_serial"]) == (3, first, third)
    _, rest = deck.scan(casey)
    assert (rest["bound"], rest["already_bound"]) == (7, deck.serials[:3])
    assert rest["post_id"] == str(deck.evening.arena.section_post_id)
    status, nothing = deck.scan(alex)
    assert (status, nothing["bound"], nothing["already_bound"]) == (201, 0, deck.serials)
    deck.rate(0)
    deck.rate(9)
    assert (deck.points(alex), deck.points(casey)) == (15, 15)
    deck.must_hold()


def test_a_pack_is_named_by_its_id_its_code_or_its_cover(deck: Deck) -> None:
    alex = deck.evening.alex
    said = f"HTTP://ARENA.TEST/P/{deck.pack_code}"
    assert deck.scan(alex, pack_code=said)[1]["bound"] == 10
    for same in (deck.pack_code.lower(), f"{deck.pack_code[:7]}-{deck.pack_code[7:]}"):
        assert deck.scan(alex, pack_code=same)[1]["already_bound"] == deck.serials


def test_sending_a_scan_again_gives_the_first_result(deck: Deck) -> None:
    alex, said = deck.evening.alex, {"id": str(uuid4()), "pack_id": str(deck.pack_id)}
    status, first = deck.scan(alex, **said)
    assert (status, deck.scan(alex, **said)) == (201, (200, first))
    other = deck.scan(alex, id=said["id"], pack_code=deck.pack_code)
    assert (other[0], other[1]["type"]) == (409, "/problems/id-already-used")
    deck.must_hold()


def test_cards_of_another_organisation_are_not_there(app: Flask, deck: Deck) -> None:
    elsewhere = make_deck(app)
    stranger = elsewhere.evening.alex
    assert elsewhere.scan(stranger, pack_id=str(deck.pack_id))[0] == 404
    assert elsewhere.scan(stranger, pack_code=deck.pack_code)[0] == 404
    assert elsewhere.call(elsewhere.hr, "GET", f"/cards/packs/{deck.pack_id}")[0] == 404
    assert elsewhere.call(elsewhere.hr, "GET", f"/cards/packs/{deck.pack_id}.pdf")[0] == 404
    status, refused = elsewhere.scan(
        stranger, first_serial=deck.serials[0], last_serial=deck.serials[1]
    )
    assert (status, refused["type"]) == (422, "/problems/scan-refused")
    assert deck.pack()["bound"] == 0


@pytest.mark.parametrize(
    ("said", "status", "problem"),
    [
        ({}, 422, "scan-refused"),
        ({"first_serial": "1"}, 422, "scan-refused"),
        ({"first_serial": "3", "last_serial": "2"}, 422, "scan-refused"),
        ({"first_serial": "1", "last_serial": "501"}, 422, "scan-refused"),
        ({"first_serial": "0", "last_serial": "1"}, 422, "scan-refused"),
        ({"first_serial": "=1+1", "last_serial": "2"}, 422, "scan-refused"),
        ({"first_serial": "٣", "last_serial": "5"}, 422, "scan-refused"),
        ({"first_serial": "9", "last_serial": "11"}, 404, "cards-not-found"),
        ({"first_serial": 1, "last_serial": 2}, 422, "invalid"),
        ({"pack_code": "0" * 26}, 404, "card-pack-not-found"),
        ({"pack_code": "not a code"}, 404, "card-pack-not-found"),
        ({"pack_id": str(new_id())}, 404, "card-pack-not-found"),
        ({"pack_id": str(new_id()), "pack_code": "0" * 26}, 422, "scan-refused"),
        ({"pack_id": str(new_id()), "employee_id": str(new_id())}, 422, "invalid"),
    ],
)
def test_what_names_no_cards_is_refused_and_binds_nothing(
    deck: Deck, said: dict[str, Any], status: int, problem: str
) -> None:
    body = {"id": str(uuid4())} | said
    answered, refused = deck.call(deck.evening.alex, "POST", "/cards/scans", body)
    assert (answered, refused["type"]) == (status, f"/problems/{problem}")
    assert deck.pack()["bound"] == 0


@pytest.mark.parametrize("count", [0, 5, 15, 510, -10, 10.0, "10", None, True])
def test_a_pack_is_of_whole_sheets(deck: Deck, count: Any) -> None:
    assert deck.call(deck.hr, "POST", "/cards/packs", {"count": count})[0] == 422
    elsewhere = {"count": 10, "post_id": str(new_id())}
    assert deck.call(deck.hr, "POST", "/cards/packs", elsewhere)[0] == 404


def test_who_is_not_on_duty_binds_nothing_and_salaried_staff_bind_without_a_post(
    deck: Deck,
) -> None:
    with deck.app.app_context(), transaction() as session:
        off_duty = make_employee(session, deck.evening.arena)
        president = make_employee(session, deck.evening.arena, pay_basis=PayBasis.SALARIED)
    status, refused = deck.scan(off_duty)
    assert (status, refused["type"]) == (409, "/problems/not-on-shift")
    _, bound = deck.scan(president)
    assert (bound["bound"], bound["shift_id"], bound["post_id"]) == (10, None, None)


def test_at_the_break_a_phone_sends_its_scan_from_the_queue(deck: Deck) -> None:
    alex, now = deck.evening.alex, clock.now()

    def queued(minutes: float, **said: Any) -> dict[str, Any]:
        at = (now - timedelta(minutes=minutes)).isoformat()
        return {"id": str(uuid4()), "kind": "scan_cards", "at": at} | said

    actions = [
        queued(20, first_serial="1", last_serial="4"),
        queued(10, pack_code=deck.pack_code),
        queued(60 * 80, first_serial="1", last_serial="2"),
        queued(5, first_serial="9", last_serial="12"),
    ]
    body = {"sent_at": now.isoformat(), "actions": actions}
    _, first = deck.call(alex, "POST", "/sync", body)
    results = first["results"]
    assert [one["status"] for one in results] == [201, 201, 409, 404]
    assert [one["result"]["bound"] for one in results[:2]] == [4, 6]
    assert [one["problem"]["type"] for one in results[2:]] == [
        "/problems/scan-too-old",
        "/problems/cards-not-found",
    ]
    _, again = deck.call(alex, "POST", "/sync", body)
    assert [one["status"] for one in again["results"]] == [200, 200, 409, 404]
    assert deck.pack()["bound"] == 10
    deck.must_hold()


def test_cards_are_paid_up_to_the_cap_of_the_evening(app: Flask) -> None:
    deck = make_deck(app, count=30)
    deck.scan(deck.evening.alex)
    for number in range(22):
        assert deck.rate(number)[0] == 201
    assert deck.points(deck.evening.alex) == 20 * 15
    deck.must_hold()


def test_a_season_that_is_played_again_pays_cards_as_they_were_paid(deck: Deck) -> None:
    deck.scan(deck.evening.alex)
    for number, stars in enumerate((5, 4, 3)):
        deck.rate(number, stars=stars)
    with deck.app.app_context(), reading() as session:
        owner, season_id = deck.evening.organisation_id, deck.evening.arena.season_id
        played = replay(
            session,
            organisation_id=owner,
            season_id=season_id,
            rules_at=lambda at: get_rules(session, organisation_id=owner, at=at),
        )
        earned = find_earned(session, organisation_id=owner, season_id=season_id)
    assert played == earned == {(deck.evening.alex.employee_id, SourceKind.RATING): 30}


def test_a_bound_card_expires_as_any_code_does(deck: Deck) -> None:
    deck.scan(deck.evening.alex)
    with time_machine.travel(clock.now() + timedelta(hours=73)):
        status, _ = deck.rate(0)
    assert status == 201
    with deck.app.app_context(), reading() as session:
        [rating] = session.scalars(
            select(Rating).filter_by(employee_id=deck.evening.alex.employee_id)
        )
        assert rating.state is RatingState.HELD


@pytest.mark.parametrize(
    ("typed", "serial"),
    [
        ("{}-000123", 123),
        (" {}000123 ", 123),
        ("{} 123", 123),
        ("123", 123),
        ("l23", 123),
        ("{}-1234567", 1_234_567),
        ("ZZZZ-000123", None),
        ("000000", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_serials_are_read_as_people_type_them(typed: str, serial: int | None) -> None:
    owner = new_id()
    prefix = prefix_of(owner).lower()
    assert read_serial(typed.format(prefix), organisation_id=owner) == serial
    if serial:
        assert (
            read_serial(written_serial(serial, organisation_id=owner), organisation_id=owner)
            == serial
        )
