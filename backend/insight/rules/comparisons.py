"""The bias report: what groups of people get, compared, and what must not be shown of small ones.

A figure of few people is chance, and tells about each of them. It is withheld; and so that nobody
gets it by taking the others from the whole, so is the next smallest, until what is withheld
together is no small group itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from backend.identity.rules import NOT_STATED, EmploymentKind
from backend.insight.rules.formulas import Ratio, ratio, wilson

HOUR = 3_600
# Below that a cell is withheld: the bounds that the programme's rules give.
FEWEST_PEOPLE = 5
FEWEST_RATINGS = 30


class Grouping(StrEnum):
    """By what people are grouped, as they are now."""

    DEPARTMENT = "department"
    EMPLOYMENT_KIND = "employment_kind"
    PROTECTED_GROUP = "protected_group"


class Showing(StrEnum):
    """Whether figures are shown; none is where there is nothing to show."""

    SHOWN = "shown"
    NONE = "none"
    WITHHELD = "withheld"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What one person did and got in a season.

    ``ratings`` are the accepted ones, of which so many are ``good``; ``received`` are those and
    whatever was held and is not accepted; ``held`` is how many of them were ever held.
    ``protected`` has the protected group by attribute, as far as HR has stated one.
    """

    department: str
    employment_kind: EmploymentKind
    seconds: int
    points: int
    ratings: int
    good: int
    received: int
    held: int
    protected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A count out of so many, with the score interval of its share (Wilson 1927)."""

    share: float
    low: float
    high: float
    count: int
    out_of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingFigures:
    """What fans said of a group's people, of whom so many were rated."""

    people: int
    good: Share
    held: Share


@dataclass(frozen=True, kw_only=True, slots=True)
class HourFigures:
    """What a group's people with shifts earned in a worked hour."""

    people: int
    points: int
    seconds: int
    an_hour: Ratio


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A group with its figures; each is None where it is none, or withheld."""

    name: str
    rating_showing: Showing
    hour_showing: Showing
    ratings: RatingFigures | None
    hours: HourFigures | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Groups by name, those whose figures are withheld together, and everybody.

    ``attribute`` says which protected groups are compared, None for other groupings.
    """

    by: Grouping
    attribute: str | None = None
    groups: Sequence[Group]
    together: Group
    everybody: Group


Records = Sequence[Record]
_OF: Mapping[Grouping, Callable[[Record], str]] = {
    Grouping.DEPARTMENT: lambda one: one.department,
    Grouping.EMPLOYMENT_KIND: lambda one: one.employment_kind.value,
}
EVERYBODY, TOGETHER = "everybody", "withheld"


def compare(records: Iterable[Record], *, by: Grouping, attribute: str = "") -> Comparison:
    """Return the groups of ``records``, with small ones withheld in each kind of figures apart.

    Protected groups are those of ``attribute``; of whom none is stated are a group as well.
    """
    protected = by is Grouping.PROTECTED_GROUP
    members: dict[str, list[Record]] = {}
    for one in records:
        name = one.protected.get(attribute, NOT_STATED) if protected else _OF[by](one)
        members.setdefault(name, []).append(one)
    rated = {name: _rated(of) for name, of in members.items()}
    worked = {name: _worked(of) for name, of in members.items()}
    unsaid_ratings = withheld(rated, is_small=_is_small_rated, size=_ratings)
    unsaid_hours = withheld(worked, is_small=_is_small_worked, size=len)
    groups = [
        _group(
            name,
            (rated[name], _showing(rated[name], unsaid=name in unsaid_ratings)),
            (worked[name], _showing(worked[name], unsaid=name in unsaid_hours)),
        )
        for name in sorted(members, key=lambda name: (name == NOT_STATED, name.casefold()))
    ]
    return Comparison(
        by=by,
        attribute=attribute if protected else None,
        groups=groups,
        together=_whole(TOGETHER, _joined(rated, unsaid_ratings), _joined(worked, unsaid_hours)),
        everybody=_whole(EVERYBODY, _joined(rated, rated), _joined(worked, worked)),
    )


def withheld(
    cells: Mapping[str, Records],
    *,
    is_small: Callable[[Records], bool],
    size: Callable[[Records], int],
) -> set[str]:
    """Return the names of cells that must not be shown beside their sum.

    Those that are small, and of the rest the smallest by ``size``, until all that is withheld
    (the sum without what is shown) is neither one cell nor small. Empty cells hide nothing.
    """
    filled = {name: of for name, of in cells.items() if of}
    unsaid = {name for name, of in filled.items() if is_small(of)}
    rest = sorted(filled.keys() - unsaid, key=lambda name: (size(filled[name]), name))
    while unsaid and rest and (len(unsaid) == 1 or is_small(_joined(filled, unsaid))):
        unsaid.add(rest.pop(0))
    return unsaid


def _joined(cells: Mapping[str, Records], names: Iterable[str]) -> list[Record]:
    return [one for name in names for one in cells[name]]


def _rated(records: Records) -> list[Record]:
    return [one for one in records if one.received]


def _worked(records: Records) -> list[Record]:
    return [one for one in records if one.seconds]


def _ratings(records: Records) -> int:
    return sum(one.ratings for one in records)


def _is_small_rated(records: Records) -> bool:
    people = sum(one.ratings > 0 for one in records)
    return people < FEWEST_PEOPLE or _ratings(records) < FEWEST_RATINGS


def _is_small_worked(records: Records) -> bool:
    return len(records) < FEWEST_PEOPLE


def _whole(name: str, rated: Records, worked: Records) -> Group:
    """Return a sum of groups, which is withheld where it is small itself."""
    return _group(
        name,
        (rated, _showing(rated, unsaid=_is_small_rated(rated))),
        (worked, _showing(worked, unsaid=_is_small_worked(worked))),
    )


def _group(name: str, rated: tuple[Records, Showing], worked: tuple[Records, Showing]) -> Group:
    return Group(
        name=name,
        rating_showing=rated[1],
        hour_showing=worked[1],
        ratings=_rating_figures(rated[0]) if rated[1] is Showing.SHOWN else None,
        hours=_hour_figures(worked[0]) if worked[1] is Showing.SHOWN else None,
    )


def _showing(records: Records, *, unsaid: bool) -> Showing:
    if not records:
        return Showing.NONE
    return Showing.WITHHELD if unsaid else Showing.SHOWN


def _rating_figures(records: Records) -> RatingFigures | None:
    good = _share(sum(one.good for one in records), _ratings(records))
    held = _share(sum(one.held for one in records), sum(one.received for one in records))
    return RatingFigures(people=len(records), good=good, held=held) if good and held else None


def _share(count: int, out_of: int) -> Share | None:
    interval = wilson(count, out_of)
    if interval is None:
        return None
    low, high = interval
    return Share(share=count / out_of, low=low, high=high, count=count, out_of=out_of)


def _hour_figures(records: Records) -> HourFigures | None:
    an_hour = ratio([(one.points, one.seconds / HOUR) for one in records])
    if an_hour is None:
        return None
    return HourFigures(
        people=len(records),
        points=sum(one.points for one in records),
        seconds=sum(one.seconds for one in records),
        an_hour=an_hour,
    )
