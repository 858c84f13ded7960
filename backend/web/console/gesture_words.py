"""Gestures as people read and type them: names on one line, and amounts of money."""

import re
from collections.abc import Iterable

from flask import request

from backend.engagement.queries.gestures import CapFacts, KindFacts
from backend.engagement.rules.gestures import MOST_CENTS
from backend.foundation.text import one_line
from backend.identity.permissions import Role
from backend.web.console.forms import typed
from backend.web.console.reward_words import Unreadable, cents
from backend.web.console.touched import SEEN, Texts

CapKey = tuple[Role, str]

_CAP = re.compile(rf"cap-({'|'.join(Role)})-([A-Z]{{3}})")


def amount(text: str, *, least: int = 1) -> int | None:
    """Return the cents in an amount like 12.50, None where nothing was typed; raises Unreadable."""
    if not text:
        return None
    given = cents(text)
    if not least <= given <= MOST_CENTS:
        raise Unreadable(f"Must be from {_plain(least)} to {_plain(MOST_CENTS)}.")
    return given


def amounts(texts: Texts, *, least: int = 1) -> tuple[dict[str, int | None], dict[str, str]]:
    """Return the cents in ``texts``, and what is wrong with the others, by field."""
    found: dict[str, int | None] = {}
    wrong: dict[str, str] = {}
    for name, text in texts.items():
        try:
            found[name] = amount(text, least=least)
        except Unreadable as error:
            wrong[name] = str(error)
    return found, wrong


def kind_texts(kind: KindFacts) -> Texts:
    """Return what the form of a kind shows."""
    return {"name": one_line(kind.name), "cents": _shown(kind.cents)}


def cap_texts(caps: Iterable[CapFacts]) -> dict[str, str]:
    """Return what the form of all caps shows, by the names of its fields."""
    return {cap_name(cap.role, cap.currency): _shown(cap.cents) for cap in caps}


def cap_name(role: Role, currency: str) -> str:
    """Return the name of the field of a cap."""
    return f"cap-{role}-{currency}"


def caps_typed() -> dict[str, CapKey]:
    """Return the caps of which the form that was sent has fields, by their names."""
    found = {name: _CAP.fullmatch(name) for name in request.form}
    return {name: (Role(said[1]), said[2]) for name, said in found.items() if said}


def texts_typed(names: Iterable[str]) -> Texts:
    """Return what was typed into fields, names on one line and amounts as they are shown."""
    return {name: _tidy(name, typed(name)) for name in names}


def texts_seen(names: Iterable[str]) -> Texts:
    """Return what these fields showed."""
    return {name: _tidy(name, typed(f"{SEEN}{name}")) for name in names}


def _tidy(name: str, text: str) -> str:
    if name == "name":
        return one_line(text)
    try:
        return _plain(cents(text)) if text else ""
    except Unreadable:
        return text


def _shown(given: int | None) -> str:
    return "" if given is None else _plain(given)


def _plain(given: int) -> str:
    return f"{given // 100}.{given % 100:02}"
