"""The demo's data and plans: what is real in them, and that they lie near the known figures."""

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from backend.demo import plans, rota
from backend.demo.characters import character_of
from backend.demo.needs import Needs, Turn
from backend.demo.plans import Hours, Worker
from backend.demo.simulation import SEED
from backend.demo.tables import rows_of

DOORS = datetime(2018, 10, 9, 21, 30, tzinfo=UTC)
HOURS = Hours(
    doors_at=DOORS,
    starts_at=DOORS + timedelta(minutes=90),
    ends_at=DOORS + timedelta(minutes=255),
)
GAMES = rows_of("events")
OUTDOORS = "2019-02-23"


def an_evening(code: str, seed: int = SEED):
    """Return the workers, greetings and needs of a game, as the simulation draws them."""
    game = next(game for game in GAMES if game["code"] == code)
    rng = Random(f"{seed}/{code}")
    places = rota.draw(rng, venue_code=game["venue_code"])
    workers = {
        badge: Worker(badge=badge, kind=place.kind, character=character_of(badge, seed=seed))
        for badge, place in places.items()
    }
    for badge in ("1061", "1062"):
        workers[badge] = Worker(badge=badge, kind="", character=character_of(badge, seed=seed))
    attendance = int(game["attendance"])
    greeted = plans.greetings(rng, workers=workers, attendance=attendance, hours=HOURS)
    return workers, greeted, Needs(rng, workers=list(workers.values()), hours=HOURS).of(greeted)


def test_the_arena_is_as_large_as_it_says():
    arena = [row for row in rows_of("venues") if row["venue_code"] == "ARENA"]
    zones = {row["zone_code"]: row["zone_kind"] for row in arena}
    sections = {code for code, kind in zones.items() if kind == "section"}
    assert {row["capacity"] for row in arena} == {"19500"}
    assert Counter(zones.values())["gate"] == 8
    assert sections == {str(number) for number in (*range(101, 125), *range(201, 227))}
    assert {"concourse", "suite", "parking"} < set(zones.values())


def test_people_of_every_kind_work_there():
    people = rows_of("employees")
    assert 55 <= len(people) <= 65
    assert len({row["department"] for row in people}) == 10
    assert {"full_time", "part_time", "temp", "contractor"} == {
        row["employment_kind"] for row in people
    }
    assert len({row["badge_number"] for row in people}) == len(people)


def test_the_41_home_games_are_real():
    attendance = {game["code"]: int(game["attendance"]) for game in GAMES}
    assert len(attendance) == 41
    assert attendance["2018-10-09"] == 19133
    assert attendance["2019-04-06"] == 19433
    assert max(attendance, key=lambda code: attendance[code]) == OUTDOORS
    assert attendance[OUTDOORS] == 69620
    assert [game["code"] for game in GAMES if game["venue_code"] != "ARENA"] == [OUTDOORS]


def test_the_same_seed_plans_the_same_evening():
    assert an_evening("2018-10-09") == an_evening("2018-10-09")
    assert an_evening("2018-10-09", seed=1) != an_evening("2018-10-09")


@pytest.mark.parametrize("code", ["2018-10-13", OUTDOORS])
def test_no_phone_greets_impossibly_but_the_tappers(code: str):
    workers, greeted, _ = an_evening(code)
    assert len({greet.id for greet in greeted}) == len(greeted)
    assert {greet.id.version for greet in greeted} == {7}
    assert all(1 <= greet.party_size <= 50 for greet in greeted)
    assert all(DOORS <= greet.at < HOURS.ends_at for greet in greeted)
    for badge in workers.keys() - {"1012"}:
        instants = [greet.at for greet in greeted if greet.badge == badge]
        gaps = [after - before for before, after in itertools.pairwise(instants)]
        assert min(gaps) >= timedelta(seconds=10.9), badge


def test_needs_are_lived_by_people_at_work_in_the_order_of_time():
    workers, _, needs = an_evening("2018-10-09")
    turns = Counter(happening.turn for need in needs for happening in need.happenings)
    assert turns.keys() == set(Turn)
    for need in needs:
        instants = [need.at, *(happening.at for happening in need.happenings)]
        assert instants == sorted(instants)
        assert {happening.badge for happening in need.happenings} <= workers.keys()
        assert need.happenings[-1].turn in {Turn.RESOLVE, Turn.CANCEL}
        assert not need.answers or need.answers[0].at > need.happenings[-1].at


def test_greeted_and_five_star_shares_lie_near_the_programmes_own():
    greeted_fans = attendance = fives = answers = 0
    for game in GAMES[:6]:
        _, greeted, needs = an_evening(game["code"])
        # What the rules do not count: taps within ten seconds, of which a tapper has nine in ten.
        greeted_fans += sum(greet.party_size for greet in greeted if greet.badge != "1012")
        attendance += int(game["attendance"])
        stars = [need.answers[-1].stars for need in needs if need.answers]
        fives += stars.count(5)
        answers += len(stars)
    assert abs(greeted_fans / attendance - 0.87) < 0.02
    assert abs(fives / answers - 0.97) < 0.02
