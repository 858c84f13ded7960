"""What fans ask for from the code of a place, over HTTP: asked, followed, done, rated."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from flask import Flask

from backend.engagement.rules.asks import MOST_ASKED, MOST_WAITING
from backend.foundation import clock
from backend.foundation.db import reading
from backend.notify.messages import MessageKind
from tests.engagement.bowls import told
from tests.engagement.fans import Stand, make_stand


@pytest.fixture
def stand(app: Flask) -> Stand:
    return make_stand(app)


def test_a_fan_asks_follows_and_rates_at_one_address(stand: Stand) -> None:
    bowl = stand.bowl
    status, ask = stand.ask(seat="Row 4, seat 12", note="A spilled drink")
    assert status == 201
    token = ask["token"]
    assert (ask["state"], ask["place"], ask["seat"]) == ("received", "101", "Row 4, seat 12")
    assert (ask["first_name"], ask["rating_code"], ask["look_again_seconds"]) == (None, None, 8)
    assert ask["url"] == f"http://arena.test/ask/follow/{token}"
    [request] = stand.open_near(bowl.casey)
    assert (request["opened_by"], request["zone_id"]) == (None, str(bowl.arena.section_id))
    assert request["note"] == "A spilled drink"
    stand.step(bowl.casey, request["id"], "accept")
    on_the_way = stand.follow(token)
    assert (on_the_way["state"], on_the_way["first_name"]) == ("on_the_way", "Casey")
    assert on_the_way["rating_code"] is None
    _, resolved = stand.step(bowl.casey, request["id"], "resolve")
    done = stand.follow(token)
    assert (done["state"], done["look_again_seconds"]) == ("done", None)
    assert done["rating_code"] == resolved["rating"]["code"]
    assert stand.call(None, "POST", f"/ratings/{done['rating_code']}", {"stars": 5})[0] == 201
    rated = stand.follow(token)
    assert (rated["rated"], rated["rating_code"]) == (True, None)
    assert stand.points(bowl.casey) == 25
    stand.must_hold()


def test_the_nearest_who_is_free_is_told_at_once(stand: Stand) -> None:
    bowl = stand.bowl
    stand.asked(stand.post_code, category="directions")
    with stand.app.app_context(), reading() as session:
        at_the_gate = told(session, [bowl.alex, bowl.blair, bowl.robin], MessageKind.REQUEST_NEAR)
        assert len(at_the_gate) == 1
        assert told(session, [bowl.casey, bowl.dana, bowl.finn]) == []
    # Where the code hangs at a post, that is where the fan is, unless a seat is said.
    assert stand.open_near(bowl.alex)[0]["seat"] == "Gate 1, lane 1"


def test_asking_again_under_one_id_is_one_ask(stand: Stand) -> None:
    said = {"id": str(uuid4()), "seat": "7"}
    first, second = stand.ask(**said), stand.ask(**said)
    assert (first[0], second[0]) == (201, 200)
    assert first[1]["token"] == second[1]["token"]
    status, other = stand.ask(**said, note="Something else")
    assert (status, other["type"]) == (409, "/problems/id-already-used")
    elsewhere = stand.ask(stand.gate_code, **said)
    assert elsewhere[0] == 409
    assert len(stand.open_near(stand.bowl.casey)) == 1
    # It is still known when everybody has gone home.
    with time_machine.travel(clock.now() + timedelta(hours=9)):
        assert stand.ask(**said)[0] == 200
    stand.must_hold()


def test_what_has_not_changed_is_not_sent_again(stand: Stand) -> None:
    token = stand.asked()
    client = stand.app.test_client()
    first = client.get(f"/v1/asks/{token}")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = client.get(f"/v1/asks/{token}", headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    stand.step(stand.bowl.casey, stand.open_near(stand.bowl.casey)[0]["id"], "accept")
    assert client.get(f"/v1/asks/{token}", headers=tag).status_code == 200


def test_the_longer_nothing_happens_the_later_a_fan_looks_again(stand: Stand) -> None:
    token = stand.asked()
    now = clock.now()
    waits = []
    for minutes in (0, 2, 5, 20, 100):
        with time_machine.travel(now + timedelta(minutes=minutes)):
            waits.append(stand.follow(token)["look_again_seconds"])
    assert waits == [8, 15, 30, 60, 120]


@pytest.mark.parametrize("taken", [False, True])
def test_a_fan_takes_it_back_and_whoever_is_on_the_way_is_told(stand: Stand, taken: bool) -> None:
    bowl, token = stand.bowl, stand.asked()
    [request] = stand.open_near(bowl.casey)
    if taken:
        stand.step(bowl.casey, request["id"], "accept")
    for _ in range(2):
        status, ask = stand.call(None, "POST", f"/asks/{token}/cancel")
        assert (status, ask["state"], ask["can_cancel"]) == (200, "cancelled", False)
    with stand.app.app_context(), reading() as session:
        said = told(session, bowl.casey, MessageKind.REQUEST_CANCELLED)
        assert len(said) == int(taken)
    assert stand.step(bowl.casey, request["id"], "accept")[1]["type"] == "/problems/request-closed"
    stand.must_hold()


def test_what_is_over_cannot_be_taken_back(stand: Stand) -> None:
    token = stand.asked()
    stand.solve(stand.bowl.casey)
    status, refusal = stand.call(None, "POST", f"/asks/{token}/cancel")
    assert (status, refusal["type"]) == (409, "/problems/ask-over")
    other = stand.asked()
    [request] = stand.open_near(stand.bowl.casey)
    stand.step(stand.bowl.robin, request["id"], "cancel", {"reason": "Nobody was there."})
    assert stand.follow(other)["state"] == "closed"
    assert stand.call(None, "POST", f"/asks/{other}/cancel")[0] == 409


def test_nobody_can_ask_while_nothing_is_on(stand: Stand) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=4)):
        status, refusal = stand.ask()
    assert (status, refusal["type"]) == (409, "/problems/nothing-on-here")
    assert stand.open_near(stand.bowl.casey) == []


def test_a_place_takes_so_many_at_once_and_others_take_theirs(stand: Stand) -> None:
    bowl = stand.bowl
    for _ in range(MOST_WAITING):
        stand.asked()
    answer = stand.app.test_client().post(
        "/v1/asks",
        json={"id": str(uuid4()), "place_code": stand.section_code, "category": "other"},
    )
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json is not None
    assert answer.json["type"] == "/problems/too-many-wait-here"
    assert len(stand.open_near(bowl.casey)) == MOST_WAITING
    stand.asked(stand.gate_code)
    for _ in range(MOST_ASKED - MOST_WAITING):
        stand.solve(bowl.casey)
        stand.asked()
    stand.solve(bowl.casey)
    # By now so many have asked here that a while must pass, however many were helped.
    assert stand.ask()[0] == 429
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        stand.asked()
    stand.must_hold()


@pytest.mark.parametrize("place", [0, 10, 20, 30, 40, 44])
def test_a_forged_place_is_unknown(stand: Stand, place: int) -> None:
    code = stand.section_code
    other = "0" if code[place] != "0" else "1"
    forged = code[:place] + other + code[place + 1 :]
    status, refusal = stand.ask(forged)
    assert (status, refusal["type"]) == (404, "/problems/unknown-place")


@pytest.mark.parametrize(
    "code", ["x", "0" * 45, "Z" * 45, "é" * 45, "0" * 26, "' or 1=1 --", "0" * 90, "\u202e" * 20]
)
def test_what_is_no_code_is_unknown(stand: Stand, code: str) -> None:
    assert stand.ask(code)[0] == 404
    assert stand.call(None, "GET", "/asks/" + code.replace(" ", "%20"))[0] == 404


def test_a_code_is_read_as_people_type_it(stand: Stand) -> None:
    code = stand.section_code.lower()
    stand.asked("-".join(code[start : start + 7] for start in range(0, 45, 7)))


def test_renewed_codes_are_good_and_older_ones_are_not(stand: Stand) -> None:
    venue_id = stand.bowl.arena.venue_id
    assert stand.call(stand.bowl.alex, "POST", f"/venues/{venue_id}/ask-codes/renew")[0] == 403
    for version in (2, 3):
        status, renewed = stand.call(stand.hr, "POST", f"/venues/{venue_id}/ask-codes/renew")
        assert (status, renewed["version"]) == (200, version)
    assert stand.ask()[0] == 404
    _, audit = stand.call(stand.hr, "GET", "/audit?limit=1")
    assert audit["items"][0]["act"] == "ask_codes.renewed"
    stand.must_hold()


def test_another_organisation_cannot_renew_or_print(app: Flask, stand: Stand) -> None:
    other = make_stand(app)
    arena = stand.bowl.arena
    assert other.call(other.hr, "POST", f"/venues/{arena.venue_id}/ask-codes/renew")[0] == 404
    assert other.call(other.hr, "GET", f"/places/{arena.gate_id}/ask-sheet.pdf")[0] == 404
    # A code says itself whose place it is.
    token = other.asked(stand.section_code)
    assert stand.open_near(stand.bowl.casey)
    assert other.open_near(other.bowl.casey) == []
    assert stand.follow(token)["place"] == "101"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"note": "x" * 281}, "note"),
        ({"note": "x" * 10_000}, "note"),
        ({"note": "nul\x00"}, "note"),
        ({"seat": "x" * 41}, "seat"),
        ({"category": "beer"}, "category"),
        ({"id": "7"}, "id"),
        ({"name": "Kim"}, "name"),
    ],
)
def test_what_cannot_be_kept_is_refused(stand: Stand, said: dict[str, str], field: str) -> None:
    status, refusal = stand.ask(**said)
    assert status == 422
    assert field in refusal["errors"]["json"]
    assert stand.open_near(stand.bowl.casey) == []


def test_what_is_typed_is_kept_as_one_line_of_text(stand: Stand) -> None:
    note = "<script>alert(1)</script>\r\n\u202ereversed \u200b end  "
    _, ask = stand.ask(note=note, seat=" \t ")
    assert (ask["note"], ask["seat"]) == ("<script>alert(1)</script> reversed end", None)


def test_of_many_who_ask_at_once_as_many_are_taken_as_a_place_takes(stand: Stand) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: stand.ask()[0], range(MOST_WAITING + 7)))
    assert sorted(set(statuses)) == [201, 429]
    assert statuses.count(201) == MOST_WAITING
    stand.must_hold()


def test_one_id_sent_by_many_at_once_is_one_ask(stand: Stand) -> None:
    said = {"id": str(uuid4())}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stand.ask(**said), range(16)))
    assert sorted({status for status, _ in answers}) == [200, 201]
    assert len({ask["token"] for _, ask in answers}) == 1
    assert len(stand.open_near(stand.bowl.casey)) == 1
