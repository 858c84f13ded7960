"""The bias report as a file: what its page withholds is withheld here, too."""

from collections.abc import Iterator, Sequence

from backend.foundation.spreadsheets import Row
from backend.identity.permissions import Permission
from backend.insight.rules.comparisons import Comparison, Group, Share
from backend.insight.rules.formulas import Ratio
from backend.web.console.bias import read_report, wanted_of
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import Kind, Table, hundredths, percent


def _read_bias(reading: Reading) -> Table:
    report = read_report(reading)
    by, wanted = wanted_of(report) if report else ("", [])
    grouped = {"by": by} if by else {}
    return Table(
        filter={"season": str(report.season_id), **grouped} if report else {},
        words={"Season": report.season, **_words(by, wanted)} if report else {},
        header=(
            *("grouping", "line", "group", "rating_figures", "people_rated"),
            *("good_ratings", "ratings", "good_percent", "good_percent_low", "good_percent_high"),
            *("held_ratings", "all_ratings"),
            *("held_percent", "held_percent_low", "held_percent_high"),
            *("hour_figures", "people_with_shifts", "points", "worked_minutes"),
            *("points_per_hour", "points_per_hour_low", "points_per_hour_high", "attribute"),
        ),
        rows=(row for compared in wanted for row in _of(compared)),
    )


def _words(by: str, wanted: Sequence[Comparison]) -> dict[str, str]:
    if not by:
        return {}
    [compared] = wanted
    return {"Grouped by": compared.attribute or compared.by.value.replace("_", " ")}


def _of(compared: Comparison) -> Iterator[Row]:
    for group in compared.groups:
        yield _row(compared, "group", group)
    yield _row(compared, "withheld, together", compared.together)
    yield _row(compared, "everybody", compared.everybody)


def _row(compared: Comparison, line: str, group: Group) -> Row:
    rated, worked = group.ratings, group.hours
    name = group.name if line == "group" else None
    return (
        *(compared.by.value, line, name, group.rating_showing.value),
        *((rated.people, *_share(rated.good), *_share(rated.held)) if rated else (None,) * 11),
        group.hour_showing.value,
        *(
            (worked.people, worked.points, worked.seconds // 60, *_ratio(worked.an_hour))
            if worked
            else (None,) * 6
        ),
        compared.attribute,
    )


def _share(share: Share) -> Row:
    return (share.count, share.out_of, *map(percent, (share.share, share.low, share.high)))


def _ratio(ratio: Ratio) -> Row:
    return tuple(map(hundredths, (ratio.value, ratio.low, ratio.high)))


KINDS = {
    "bias": Kind(
        title="the bias report",
        page="console.show_bias",
        kept=("season", "by"),
        may=Permission.SEE_BOARD_ALL,
        read=_read_bias,
        names_people=False,
    ),
}
