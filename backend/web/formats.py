"""How figures and times are written for people."""

from datetime import datetime
from math import floor
from zoneinfo import ZoneInfo

from flask import Flask


def percent(share: float | None) -> str:
    """Return a share of 1 as per cent with one decimal, a dash for none.

    Tenths are never rounded up, or a share would read as all, or as the target beside it, before
    it is; and what is something does not read as nothing.
    """
    if share is None:
        return "–"
    # First to a billionth: a share as it is computed may lie a hair below what it is, as 0.29 does.
    tenths = floor(round(share * 1000, 6))
    if not tenths and share:
        return "<\u202f0.1\u202f%"
    return f"{tenths // 10}.{tenths % 10}\u202f%"


def number(value: int) -> str:
    """Return a whole number with its thousands set apart."""
    return f"{value:,}"


def signed(value: int) -> str:
    """Return a change with its sign; none has none."""
    return f"{value:+,}".replace("-", "\u2212") if value else "0"


def money(cents: int, currency: str) -> str:
    """Return an amount with its currency."""
    return f"{cents / 100:,.2f}\u202f{currency}".replace("-", "\u2212")


def instant(value: datetime) -> str:
    """Return an instant to the minute, in UTC as it is stored."""
    return f"{value:%Y-%m-%d %H:%M} UTC"


def span(seconds: int | None) -> str:
    """Return a time span in its two largest units, a dash for none."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(seconds, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def day(at: datetime, zone: ZoneInfo) -> str:
    """Return the day of an instant at a place."""
    there = at.astimezone(zone)
    return f"{there.day} {there:%b %Y}"


def day_ahead(at: datetime, zone: ZoneInfo) -> str:
    """Return the day of an instant within the next months, which needs no year."""
    there = at.astimezone(zone)
    return f"{there.day} {there:%b}"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """Return what the clocks at a place show at an instant."""
    return f"{at.astimezone(zone):%H:%M}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return the day and minute of an instant at a place."""
    return f"{day(at, zone)}, {clock(at, zone)}"


def write_figures(app: Flask) -> None:
    """Let the templates of ``app`` write figures and times."""
    app.jinja_env.filters.update(
        percent=percent,
        number=number,
        signed=signed,
        money=money,
        instant=instant,
        span=span,
        day=day,
        day_ahead=day_ahead,
        clock=clock,
        moment=moment,
    )
