"""The programme's figures as files: of the season and an event, from event to event, by points."""

from collections.abc import Iterator

from backend.engagement.rules import Status
from backend.foundation.spreadsheets import Row
from backend.identity.permissions import Permission
from backend.insight.services.programme import Figures, Programme
from backend.web.console import figures
from backend.web.console.figures import Chosen
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import MOST_ROWS, Kind, Table, in_parts, percent

_MAY = Permission.SEE_PROGRAMME
_FIGURES = (
    *("fans_greeted", "attendance", "greeted_percent", "greeted_percent_low"),
    *("greeted_percent_high", "events_without_attendance"),
    *("five_of_five", "ratings", "five_taken_back"),
    *("five_percent", "five_percent_low", "five_percent_high"),
    *("answered", "codes", "answered_percent"),
)


def _said(chosen: Chosen | None) -> tuple[dict[str, str], dict[str, str]]:
    """Return the season and the event that were ``chosen``, by their ids and by their names."""
    filters, words = {}, {}
    if chosen:
        filters["season"], words["Season"] = str(chosen.season.id), chosen.season.name
    if chosen and chosen.event:
        filters["event"], words["Event"] = str(chosen.event.id), chosen.event.name
    return filters, words


def _figures(of: Figures) -> Row:
    greeted, fives, answers = of.greeted, of.five_star, of.answers
    return (
        *(greeted.fans_greeted, greeted.attendance),
        *map(percent, (greeted.share, greeted.low, greeted.high)),
        *(greeted.events_without_attendance, fives.five_star, fives.ratings, fives.taken_back),
        *map(percent, (fives.share, fives.low, fives.high)),
        *(answers.ratings, answers.invitations, percent(answers.share)),
    )


def _read_figures(reading: Reading) -> Table:
    chosen = figures.choose(reading)
    filters, words = _said(chosen)
    return Table(
        filter=filters,
        words=words,
        header=(
            *("line", "name", *_FIGURES, *(f"requests_{status.value}" for status in Status)),
            *("median_accept_seconds", "ninetieth_accept_seconds"),
            *("median_resolve_seconds", "ninetieth_resolve_seconds"),
        ),
        rows=_figure_rows(reading, chosen) if chosen else iter(()),
    )


def _figure_rows(reading: Reading, chosen: Chosen) -> Iterator[Row]:
    evening = figures.of_event(reading, chosen)
    if chosen.event and evening:
        yield ("event", chosen.event.name, *_whole(evening))
    yield ("season", chosen.season.name, *_whole(figures.of_season(reading, chosen)))


def _whole(it: Programme) -> Row:
    return (
        *_figures(it.figures),
        *(it.requests.get(status, 0) for status in Status),
        *(it.accept.median, it.accept.ninetieth, it.resolve.median, it.resolve.ninetieth),
    )


def _read_events(reading: Reading) -> Table:
    """Return every event of the season that has begun, in order of day, as the trend is drawn."""
    chosen = figures.choose(reading)
    return Table(
        filter={"season": str(chosen.season.id)} if chosen else {},
        words={"Season": chosen.season.name} if chosen else {},
        header=("held_on", "event", *_FIGURES, "event_id"),
        rows=(
            (one.held_on, one.name, *_figures(one.figures), str(one.event_id))
            for one in (chosen.events if chosen else ())
        ),
    )


def _read_standings(reading: Reading) -> Table:
    chosen = figures.choose(reading)
    filters, words = _said(chosen)
    if chosen:
        kind = figures.board_of(reading, chosen, after=None, limit=1)["kind"].value
        filters["board"], words["Board"] = kind, kind.capitalize()
    return Table(
        filter=filters,
        words=words,
        header=(
            *("rank", "badge_number", "name", "department", "points", "greetings"),
            *("resolved", "ratings", "five_of_five"),
        ),
        rows=_standing_rows(reading, chosen) if chosen else iter(()),
    )


def _standing_rows(reading: Reading, chosen: Chosen) -> Iterator[Row]:
    """Return the board at once: of two pages, the second could be a second newer."""
    for page in in_parts(
        lambda after: figures.board_of(reading, chosen, after=after, limit=MOST_ROWS)
    ):
        for one in page["lines"]:
            yield (
                *(one.rank, one.badge_number, one.name, one.department, one.points),
                *(one.greetings, one.resolved, one.ratings, one.five_star),
            )


KINDS = {
    "figures": Kind(
        title="the figures",
        page="console.show_figures",
        kept=("season", "event"),
        may=_MAY,
        read=_read_figures,
        names_people=False,
    ),
    "events": Kind(
        title="the figures from event to event",
        page="console.show_figures",
        kept=("season",),
        may=_MAY,
        read=_read_events,
        names_people=False,
    ),
    "standings": Kind(
        title="the board by points",
        page="console.show_figures",
        kept=("season", "event", "board"),
        may=_MAY,
        read=_read_standings,
    ),
}
