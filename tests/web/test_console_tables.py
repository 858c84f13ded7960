"""Every table of the console as a file: what its page shows, to whom its page shows it."""

import csv
import hashlib
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.foundation.audit import AuditRow
from backend.foundation.db import reading
from backend.web.console import tables
from backend.web.console.tables import TABLES
from tests.web.houses import House, confirm, lines_of, make_house, text_of
from tests.web.test_console import OURS
from tests.web.test_console_rules import FORM

FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-?[0-9]+([.][0-9]{2})?")


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return make_house(app)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A table: the page it is on, the name it bears there, and the columns that both show alike.

    What is no table is cut into lines by ``cut``.
    """

    page: str
    shows: tuple[str, ...]
    label: str = ""
    cut: str = ""

    def address(self, house: House) -> str:
        ids = {name: getattr(house, name) for name in House.__dataclass_fields__}
        said = FORM | {"season": str(house.world.season_id), "greeting.points": "4"}
        others = {"alex": house.alex, "request_id": house.request_id, "draft": urlencode(said)}
        others["event_id"] = house.world.evening.arena.event_id
        return self.page.format(**ids, **others)

    def lines(self, page: str) -> list[str]:
        if self.cut:
            return [text_of(line) for line in re.findall(self.cut, page, re.DOTALL)]
        return lines_of(page, self.label)


def definitions(heading: str) -> str:
    """Return what cuts the lines out of the list of definitions that stands next."""
    return rf"<div><dt>(?:(?!<div>).)*?<code>{heading}.*?</div>"


ENTRIES = "/hr/adjustments/of/{alex}"
CASES: Mapping[str, Case] = {
    "adjustments": Case(
        page="/hr/adjustments?show=all",
        label="All, as a table",
        shows=("name", "reason", "by"),
    ),
    "appeals": Case(
        page="/hr/appeals?show=all", label="Appeals, as a table", shows=("name", "decided_by")
    ),
    "audit": Case(
        page="/hr/audit?act=adjustment",
        label="Who did what, as a table",
        shows=("name", "badge_number", "act", "subject_id"),
    ),
    "batches": Case(page="/hr/payroll", label="Batches, as a table", shows=("number", "made_by")),
    "boards": Case(
        page="/hr/boards?order=raw",
        label="The board as a table",
        shows=("rank", "name", "badge_number", "helped", "helped_per_hour", "points"),
    ),
    "calendar": Case(
        page="/hr/events", label="Events, as a table", shows=("name", "code", "venue", "shifts")
    ),
    "comments": Case(
        page="/hr/comments", cut=r'<article class="figure said".*?</article>', shows=("comment",)
    ),
    "corrections": Case(
        page="/hr/payroll",
        cut=r'<li><a href="/hr/payroll/.*?</li>',
        shows=("name", "amount", "asked_by"),
    ),
    "entries": Case(page=ENTRIES, label="Entries, as a table", shows=("event", "reason")),
    "follow-ups": Case(
        page="/hr/follow-ups", label="Follow-ups, as a table", shows=("need", "zone", "name")
    ),
    "gesture-costs": Case(
        page="/hr/gestures/costs",
        label="What gestures cost, as a table",
        shows=("held_on", "event", "gestures", "cost", "receipts_used"),
    ),
    "gesture-kinds": Case(
        page="/hr/gestures", label="What may be given, as a table", shows=("name", "price")
    ),
    "heard": Case(
        page="/hr/heard",
        cut=r'<section class="figure said".*?</section>',
        shows=("asked", "done", "not_yet"),
    ),
    "heads": Case(page="/hr/audit", cut=definitions("[a-z]+:"), shows=("chain", "number", "hash")),
    "held-ratings": Case(
        page="/hr/people/{alex}",
        label="Ratings that wait, as a table",
        shows=("stars", "why_it_waits", "signals"),
    ),
    "highlights": Case(
        page="/hr/boards",
        cut=r'<li><a href="/hr/adj[^>]*>[^<]*</a> <span class="under">.*?</li>',
        shows=("name", "points"),
    ),
    "late": Case(
        page="/hr/seasons/{over_id}", label="What came too late, as a table", shows=("name",)
    ),
    "packs": Case(
        page="/hr/cards", label="Packs, as a table", shows=("first_serial", "note", "made_by")
    ),
    "payroll-sources": Case(
        page="/hr/payroll/{batch_id}/{line_id}",
        label="What earned these points, as a table",
        shows=("need", "zone", "points"),
    ),
    "people": Case(
        page="/hr/people?q=usher",
        label="People, as a table",
        shows=("badge_number", "name", "department"),
    ),
    "phones": Case(page="/hr/people/{alex}", label="Phones, as a table", shows=("label",)),
    "places": Case(
        page="/hr/places?what=posts",
        label="Places, as a table",
        shows=("name", "zone", "post_code"),
    ),
    "redemption-sources": Case(
        page="/hr/redemptions/{redemption_id}",
        label="What earned these points, as a table",
        shows=("need", "zone"),
    ),
    "redemptions": Case(
        page="/hr/redemptions?show=open",
        label="All that waits, as a table",
        shows=("name", "badge_number", "reward", "points", "value", "in_30_days"),
    ),
    "request-steps": Case(
        page="/hr/deeds/rating/{request_id}", label="Every step, as a table", shows=("name",)
    ),
    "reviews": Case(
        page="/hr/reviews",
        label="Held ratings, as a table",
        shows=("name", "event", "stars", "why_it_waits", "similar"),
    ),
    "rewards": Case(
        page="/hr/rewards", label="The catalogue as a table", shows=("name", "points", "value")
    ),
    "rules": Case(
        page="/hr/rules",
        cut=r"<details.*?</details>",
        shows=("version", "stands", "in_words"),
    ),
    "seasons": Case(
        page="/hr/seasons", label="Seasons, as a table", shows=("name", "starts_on", "ends_on")
    ),
    "shifts": Case(
        page="/hr/events/{event_id}?q=usher",
        label="Shifts, as a table",
        shows=("name", "badge_number", "zone_code", "post_code", "zone", "post"),
    ),
    "similar-ratings": Case(
        page="/hr/reviews/{held_id}", label="Similar ratings, as a table", shows=("name", "stars")
    ),
    "simulation": Case(
        page="/hr/rules?{draft}",
        cut=r'<tr><th scope="row">.*?</tr>',
        shows=("name", "badge_number", "department", "earned_points", "draft_points"),
    ),
    "snapshots": Case(
        page="/hr/seasons/{over_id}", cut=definitions("[0-9a-f]{64}"), shows=("number", "sha256")
    ),
    "standings": Case(
        page="/hr",
        label="The board as a table",
        shows=("rank", "name", "badge_number", "department", "points", "greetings", "resolved"),
    ),
    "timeline": Case(
        page="/hr/people/{alex}?show=points", label="Timeline, as a table", shows=("what",)
    ),
    "usual": Case(
        page="/hr/boards", label="What is usual, as a table", shows=("people", "helped_per_hour")
    ),
    "whys": Case(
        page="/hr/heard/whys",
        cut=r'<section class="figure said".*?</section>',
        shows=("asked", "why_not_yet"),
    ),
}
# What is told by figures, and not line by line, or has tests of its own.
OTHERWISE = {"bias", "budget", "events", "figures", "payroll"}


def link_on(page: str, table: str) -> str:
    """Return where a page leads who wants to take one of its tables along."""
    found = re.search(rf'href="(/hr/exports/{table}(?:[?][^"]*)?)"', page)
    assert found, f"no link to {table}"
    return unescape(found[1])


def take(house: House, link: str, kind: str = "csv") -> TestResponse:
    confirm(house)
    given = house.client.post(link, data={"format": kind}, headers=OURS)
    assert given.status_code == 200, given.text
    return given


def taken(house: House, link: str) -> list[dict[str, str]]:
    """Return the rows of a CSV as they were meant: without the sign for text."""
    text = io.StringIO(take(house, link).data.decode(), newline="")
    return [
        {name: cell.removeprefix("'") for name, cell in row.items()} for row in csv.DictReader(text)
    ]


def newest_act(house: House) -> Mapping[str, Any]:
    with house.world.app.app_context(), reading() as session:
        found = session.scalars(
            select(AuditRow.detail)
            .where(
                AuditRow.organisation_id == house.world.evening.organisation_id,
                AuditRow.act == "table.exported",
            )
            .order_by(AuditRow.id.desc())
            .limit(1)
        ).one()
        return dict(found)


def test_every_table_is_tested() -> None:
    assert set(CASES) | OTHERWISE == set(TABLES)


@pytest.mark.parametrize("table", CASES)
def test_a_file_has_the_lines_of_its_page_in_their_order(house: House, table: str) -> None:
    case = CASES[table]
    page = house.client.get(case.address(house)).text
    lines, rows = case.lines(page), taken(house, link_on(page, table))
    assert rows
    assert len(lines) == len(rows) or ("after=" in page and 25 == len(lines) < len(rows))
    for line, row in zip(lines, rows, strict=False):
        for name in case.shows:
            # A page sets thousands apart, and writes a sign as typographers do.
            assert text_of(row[name]) in line.replace(",", "") or row[name] in line, (name, row)


@pytest.mark.parametrize("table", CASES)
def test_who_takes_a_table_along_is_led_back_to_its_page(house: House, table: str) -> None:
    address = CASES[table].address(house)
    asking = house.client.get(link_on(house.client.get(address).text, table))
    assert asking.status_code == 200
    assert ("No column of it names people." in asking.text) is not TABLES[table].names_people
    back = re.search(r'<a class="button plain" href="([^"]*)">Back</a>', asking.text)
    assert back
    page = house.client.get(unescape(back[1]))
    assert page.request.path == address.partition("?")[0]
    assert link_on(page.text, table)


@pytest.mark.parametrize("table", CASES)
def test_a_workbook_has_the_same_and_the_audit_says_which(house: House, table: str) -> None:
    link = link_on(house.client.get(CASES[table].address(house)).text, table)
    rows = taken(house, link)
    given = take(house, link, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(given.data))
    header, *cells = list(book["Table"].iter_rows())
    assert [cell.value for cell in header] == list(rows[0])
    assert len(cells) == len(rows)
    for row, found in zip(rows, cells, strict=True):
        for text, cell in zip(row.values(), found, strict=True):
            assert cell.data_type != "f"
            if isinstance(cell.value, str):
                assert cell.value == text
            elif isinstance(cell.value, float | int):
                assert float(text) == pytest.approx(cell.value)
    act = newest_act(house)
    assert (act["table"], act["format"], act["rows"]) == (table, "xlsx", len(rows))
    assert act["sha256"] == hashlib.sha256(given.data).hexdigest()
    asked = dict(pair.split("=", 1) for pair in link.partition("?")[2].split("&") if pair)
    assert asked.keys() <= {name.replace(" ", "+") for name in act["filter"]}


@pytest.mark.parametrize("table", CASES)
def test_no_cell_is_a_formula(house: House, table: str) -> None:
    link = link_on(house.client.get(CASES[table].address(house)).text, table)
    header, *rows = csv.reader(io.StringIO(take(house, link).data.decode(), newline=""))
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(FORMULA) or NUMBER.fullmatch(cell), cell
    # Names of people begin like formulas here, but for those of who decided and of who improved.
    if "name" in header and table not in {"audit", "calendar", "highlights", "places"}:
        assert any(cell.startswith("'=") for row in rows for cell in row)


@pytest.mark.parametrize("table", CASES)
def test_a_list_is_whole_however_few_lines_are_read_at_once(
    house: House, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = link_on(house.client.get(CASES[table].address(house)).text, table)
    before = taken(house, link)
    for module in vars(tables).values():
        for name in ("PART", "MOST_ROWS"):
            if hasattr(module, "KINDS") and hasattr(module, name):
                monkeypatch.setattr(module, name, 1)
    assert taken(house, link) == before


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_code_is_asked_for_where_people_are_in_it(house: House, table: str) -> None:
    case = CASES.get(table, Case(page="/hr", shows=()))
    page = house.client.get(case.address(house)).text
    link = link_on(page, table) if table in CASES else f"/hr/exports/{table}"
    if table == "payroll":
        link += f"?batch_id={house.batch_id}"
    confirm(house, until_now=False)
    answer = house.client.post(link, data={"format": "csv"}, headers=OURS)
    if TABLES[table].names_people:
        assert answer.status_code == 401
    else:
        assert answer.status_code == 200
        for somebody in ("Usher", "Harper", "Blair", "Casey", "Sam Super"):
            assert somebody not in answer.text


def test_a_line_is_in_no_other_batch(house: House) -> None:
    page = house.client.get("/hr/payroll").text
    [other] = set(re.findall(r'href="/hr/payroll/([0-9a-f-]{36})"', page)) - {str(house.batch_id)}
    assert house.client.get(f"/hr/payroll/{house.batch_id}/{house.line_id}").status_code == 200
    assert house.client.get(f"/hr/payroll/{other}/{house.line_id}").status_code == 404
    confirm(house)
    link = f"/hr/exports/payroll-sources?batch_id={other}&line_id={house.line_id}"
    assert house.client.post(link, data={"format": "csv"}, headers=OURS).status_code == 404


def test_a_filter_is_written_down_as_far_as_a_list_looks_at_it(house: House) -> None:
    take(house, f"/hr/exports/people?q={'x' * 40_000}")
    assert newest_act(house)["filter"] == {"q": "x" * 200}


LISTS: tuple[tuple[str, str, Callable[[str], str], tuple[str, ...]], ...] = (
    (
        "adjustments",
        "/hr/adjustments",
        lambda show: {"waiting": "Waiting", "applied": "In effect"}.get(show, "All"),
        ("waiting", "applied", "all"),
    ),
    ("appeals", "/hr/appeals", lambda _: "Appeals", ("waiting", "all")),
    ("follow-ups", "/hr/follow-ups", lambda _: "Follow-ups", ("overdue", "open", "done")),
    ("reviews", "/hr/reviews", lambda _: "Held ratings", ("waiting", "decided")),
    ("timeline", "/hr/people/{alex}", lambda _: "Timeline", ("ratings", "rewards", "acts")),
)


@pytest.mark.parametrize(
    ("table", "path", "label", "show"),
    [(table, path, label, show) for table, path, label, shows in LISTS for show in shows],
)
def test_a_filter_of_a_page_is_that_of_its_file(
    house: House, table: str, path: str, label: Callable[[str], str], show: str
) -> None:
    page = house.client.get(f"{path.format(alex=house.alex)}?show={show}").text
    lines = lines_of(page, f"{label(show)}, as a table")
    query = f"?show={show}" + (f"&employee_id={house.alex}" if table == "timeline" else "")
    rows = taken(house, f"/hr/exports/{table}{query}")
    assert len(lines) == len(rows)
    assert newest_act(house)["filter"]["show"] == show


def test_a_filter_that_is_none_is_refused(house: House) -> None:
    confirm(house)
    for link in ("adjustments?show=x", "comments?show=x", "follow-ups?show=x", "people?kind=x"):
        answer = house.client.post(f"/hr/exports/{link}", data={"format": "csv"}, headers=OURS)
        assert answer.status_code == 422
    for link in ("timeline", "entries?employee_id=x", "late?season_id=", "similar-ratings"):
        answer = house.client.post(f"/hr/exports/{link}", data={"format": "csv"}, headers=OURS)
        assert answer.status_code == 404
