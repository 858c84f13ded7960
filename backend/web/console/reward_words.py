"""Rewards as people read and type them: the fields of a form, and what its texts mean."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from backend.rewards.queries import RewardFacts
from backend.rewards.rules import MOST_CENTS
from backend.web.console.forms import whole

Texts = dict[str, Any]

_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_PLAIN = ("name", "description", "kind", "currency")
_NUMBERS = ("points", "least_resolved", "least_good_percent")
_NUMBERS_OR_NONE = ("days_off", "stock")
_MOMENTS = ("offered_from", "offered_until")
EMPTY: Texts = dict.fromkeys((*_PLAIN, *_NUMBERS, *_NUMBERS_OR_NONE, *_MOMENTS, "value_cents"), "")
EMPTY |= {"currency": "USD", "kind": "perk", "taxable": True, "employment_kinds": []}
EMPTY |= {"least_resolved": "0", "least_good_percent": "0"}


class Unreadable(ValueError):
    """A text that means nothing; the message says what would."""


def texts_of_form(form: MultiDict[str, str]) -> Texts:
    """Return what was typed, in the shape of ``EMPTY``."""
    texts: Texts = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in EMPTY}
    texts["taxable"] = "taxable" in form
    texts["employment_kinds"] = form.getlist("employment_kinds")
    return texts


def texts_of(reward: RewardFacts, zone: ZoneInfo) -> Texts:
    """Return what the form shows for a reward, times as the clocks of ``zone`` show them."""
    texts: Texts = {name: str(getattr(reward, name)) for name in (*_PLAIN, *_NUMBERS)}
    for name in _NUMBERS_OR_NONE:
        value = getattr(reward, name)
        texts[name] = "" if value is None else str(value)
    for name in _MOMENTS:
        at: datetime | None = getattr(reward, name)
        texts[name] = f"{at.astimezone(zone):%Y-%m-%dT%H:%M}" if at else ""
    texts["value_cents"] = f"{reward.value_cents // 100}.{reward.value_cents % 100:02}"
    texts["taxable"] = reward.taxable
    texts["employment_kinds"] = list(reward.employment_kinds or ())
    return texts


def meant(texts: Mapping[str, Any], zone: ZoneInfo) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what ``texts`` say as the API would be told it, and what is wrong, by field.

    A beginning that is left empty is left out, which is now.
    """
    body: dict[str, Any] = {name: texts[name] for name in (*_PLAIN, "taxable")}
    body |= {name: whole(texts[name]) for name in _NUMBERS}
    body |= {name: whole_or_none(texts[name]) for name in _NUMBERS_OR_NONE}
    body["employment_kinds"] = texts["employment_kinds"] or None
    wrong: dict[str, str] = {}
    for name in ("value_cents", *_MOMENTS):
        try:
            body[name] = (
                cents(texts[name]) if name == "value_cents" else _instant(texts[name], zone)
            )
        except Unreadable as error:
            wrong[name] = str(error)
    if not texts["offered_from"]:
        del body["offered_from"]
    return body, wrong


def whole_or_none(text: str) -> int | str | None:
    """Return the whole number that ``text`` is, or None where nothing was typed."""
    return whole(text) if text else None


def cents(text: str) -> int:
    """Return the cents in an amount like 250.00, exactly; raises Unreadable."""
    said = _AMOUNT.fullmatch(text)
    if said is None:
        raise Unreadable("Type an amount such as 250.00, without other signs.")
    amount = int(said[1]) * 100 + int((said[2] or "").ljust(2, "0"))
    if amount > MOST_CENTS:
        raise Unreadable(f"Must be at most {MOST_CENTS // 100}.00.")
    return amount


def _instant(text: str, zone: ZoneInfo) -> str | None:
    if not text:
        return None
    try:
        if _MOMENT.fullmatch(text) is None:
            raise ValueError(text)
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC).isoformat()
    except (ValueError, OverflowError) as error:
        raise Unreadable("Choose a day and a time, or leave it empty.") from error
