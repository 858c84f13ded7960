"""What hangs at a place: drawn, and read by a scanner from the picture."""

from io import BytesIO
from typing import Any
from uuid import UUID

import pypdf
import pytest
import zxingcpp
from flask import Flask

from backend.engagement.exports.ask_sheets import ask_sheets_pdf
from backend.engagement.rules.asks import PrintedPlace
from tests.engagement.decks import pictures_of
from tests.engagement.fans import Stand, make_stand


@pytest.fixture(scope="module")
def stand(app: Flask) -> Stand:
    return make_stand(app)


def printed(stand: Stand, place_id: UUID, **asked: str) -> bytes:
    answer = stand.app.test_client().get(
        f"/v1/places/{place_id}/ask-sheet.pdf",
        query_string=asked,
        headers=stand.headers(stand.hr),
    )
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    return bytes(answer.data)


def scanned(picture: Any) -> str:
    [found] = zxingcpp.read_barcodes(picture)
    return found.text


@pytest.mark.parametrize(("paper", "height"), [("a4", 842), ("letter", 792)])
def test_the_code_of_a_sheet_is_read_from_its_picture_and_opens_the_page(
    stand: Stand, paper: str, height: int
) -> None:
    pdf = printed(stand, stand.bowl.arena.section_id, paper=paper)
    [picture] = pictures_of(pdf)
    read = scanned(picture)
    assert read == f"HTTP://ARENA.TEST/ASK/{stand.section_code}"
    [page] = pypdf.PdfReader(BytesIO(pdf)).pages
    assert round(float(page.mediabox.height)) == height
    opened = stand.app.test_client().get(read.removeprefix("HTTP://ARENA.TEST"))
    assert opened.status_code == 200


def test_a_sheet_says_in_four_languages_what_it_is_for_and_where_it_hangs(stand: Stand) -> None:
    [page] = pypdf.PdfReader(BytesIO(printed(stand, stand.bowl.arena.gate_post_id))).pages
    text = page.extract_text()
    for words in (
        "Can we do something for you?",
        "Pouvons-nous faire quelque chose pour vous ?",
        "¿Podemos hacer algo por usted?",
        "Kunnen we iets voor u doen?",
        "Gate 1, lane 1",
        "Gate 1, The Arena",
    ):
        assert words in text
    code = stand.post_code
    typed = "-".join(code[start : start + 7] for start in range(0, len(code), 7))
    assert f"arena.test/ask/{typed}" in text
    assert stand.app.test_client().get(f"/ask/{typed}").status_code == 200


def test_a_venue_is_printed_whole_and_every_code_is_another(stand: Stand) -> None:
    pages = pictures_of(printed(stand, stand.bowl.arena.venue_id))
    codes = [scanned(page).rsplit("/", 1)[1] for page in pages]
    assert len(set(codes)) == len(codes) == 10
    assert {stand.gate_code, stand.post_code, stand.section_code} <= set(codes)


def test_only_who_prints_cards_prints_them(stand: Stand) -> None:
    path = f"/places/{stand.bowl.arena.gate_id}/ask-sheet.pdf"
    assert stand.call(stand.bowl.alex, "GET", path)[0] == 403
    assert stand.call(stand.hr, "GET", f"/places/{UUID(int=7)}/ask-sheet.pdf")[0] == 404


def test_long_names_break_nothing() -> None:
    place = PrintedPlace(
        organisation="費城 =cmd()" * 9,
        venue="The Very Large and Rather Long Named Arena of the City" * 2,
        name="x" * 120,
        label="G1",
        zone="\u202eSection" * 12,
        code="0" * 45,
    )
    address = "https://a-rather-long-name.of-an-arena.example.org/behind/a/path/ASK/"
    for paper in ("a4", "letter"):
        pdf = ask_sheets_pdf([place], address=lambda code: address + code, paper=paper)
        [picture] = pictures_of(pdf)
        assert scanned(picture) == address + "0" * 45


def lines_of(pdf: bytes) -> dict[str, float]:
    """Return how far from the bottom of its page each line of a sheet stands, in points."""
    found: dict[str, float] = {}

    def keep(text: str, _: Any, where: Any, *__: Any) -> None:
        if text.strip():
            found[text.strip()] = where[5]

    for page in pypdf.PdfReader(BytesIO(pdf)).pages:
        page.extract_text(visitor_text=keep)
    return found


def test_names_on_two_lines_stay_clear_of_the_address_at_the_foot() -> None:
    place = PrintedPlace(
        organisation="The Organisation",
        venue="The Very Large and Rather Long Named Arena of the City",
        name="Upper concourse, information desk behind the north stairs",
        label="U1",
        zone="Upper concourse, north side",
        code="0" * 45,
    )
    for paper in ("a4", "letter"):
        pdf = ask_sheets_pdf([place], address=lambda code: f"HTTP://{code}", paper=paper)
        lines = lines_of(pdf)
        foot = lines.pop("The Organisation")
        above = [height for said, height in lines.items() if "0000" not in said]
        assert len(above) > 8
        assert min(above) > foot + 14


def test_a_place_whose_letters_the_fonts_lack_is_told_by_its_own_code(stand: Stand) -> None:
    place = PrintedPlace(
        organisation="費城",
        venue="體育館",
        name="北門",
        label="G7",
        zone=None,
        code="0" * 45,
    )
    pdf = ask_sheets_pdf([place], address=lambda code: f"HTTP://A/ASK/{code}", paper="a4")
    text = pypdf.PdfReader(BytesIO(pdf)).pages[0].extract_text()
    assert "G7" in text
    assert "Can we do something for you?" in text
    gate = pypdf.PdfReader(BytesIO(printed(stand, stand.bowl.arena.gate_id))).pages[0]
    assert "Gate 1" in gate.extract_text()
