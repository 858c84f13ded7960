"""What is remembered: made once however many ask, never older than promised, bounded."""

import threading
from datetime import timedelta

import pytest

from backend.insight.services.remembered import Remembered
from tests.factories import NOW

WAIT = 20


class Slow:
    """Makes a value only when it is told to go on, and counts how often."""

    def __init__(self, value: str) -> None:
        self.value, self.made = value, 0
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.made += 1
        self.begun.set()
        assert self.go_on.wait(WAIT)
        return self.value


def ask(
    remembered: Remembered[str], make: Slow, *, seconds: float
) -> tuple[threading.Thread, list[str]]:
    found: list[str] = []
    now = NOW + timedelta(seconds=seconds)
    thread = threading.Thread(
        target=lambda: found.append(remembered.get("board", now=now, make=make))
    )
    thread.start()
    return thread, found


def test_a_value_lives_for_its_seconds_and_no_longer() -> None:
    remembered: Remembered[int] = Remembered(seconds=1)
    ages = (0, 0.999, 1, 1.5, 2)
    found = [
        remembered.get("board", now=NOW + timedelta(seconds=age), make=lambda age=age: age)  # type: ignore[misc]
        for age in ages
    ]
    assert found == [0, 0, 1, 1, 2]


def test_whoever_asks_while_it_is_made_waits_and_it_is_made_once() -> None:
    remembered: Remembered[str] = Remembered(seconds=1)
    slow = Slow("new")
    asking = [ask(remembered, slow, seconds=number / 100) for number in range(4)]
    assert slow.begun.wait(WAIT)
    slow.go_on.set()
    for thread, found in asking:
        thread.join(WAIT)
        assert found == ["new"]
    assert slow.made == 1


@pytest.mark.parametrize(("seconds", "lent"), [(5, True), (9.9, True), (10, False)])
def test_while_one_makes_it_anew_the_others_use_the_old_one_for_a_while(
    seconds: float, *, lent: bool
) -> None:
    remembered: Remembered[str] = Remembered(seconds=5, lent_seconds=5)
    remembered.get("board", now=NOW, make=lambda: "old")
    slow = Slow("new")
    maker, made = ask(remembered, slow, seconds=seconds)
    assert slow.begun.wait(WAIT)
    other, found = ask(remembered, slow, seconds=seconds)
    if lent:
        other.join(WAIT)
        assert found == ["old"]
    slow.go_on.set()
    for thread in (maker, other):
        thread.join(WAIT)
    assert (made, found) == (["new"], ["old" if lent else "new"])
    assert slow.made == 1


def test_a_value_that_could_not_be_made_holds_nobody_up() -> None:
    remembered: Remembered[str] = Remembered(seconds=1)

    def fail() -> str:
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            remembered.get("board", now=NOW, make=fail)
    assert remembered.get("board", now=NOW, make=lambda: "found") == "found"


def test_what_is_remembered_is_bounded_by_forgetting_the_oldest() -> None:
    remembered: Remembered[int] = Remembered(seconds=1, most=3)
    for key in range(4):
        remembered.get(key, now=NOW, make=lambda key=key: key)  # type: ignore[misc]
    assert [remembered.get(key, now=NOW, make=lambda: -1) for key in (3, 2, 1, 0)] == [3, 2, 1, -1]
