"""Sheets of cards: drawn, and read by a scanner from the picture."""

from io import BytesIO
from typing import Any

import pypdf
import pytest
import zxingcpp
from flask import Flask

from backend.engagement.exports.sheets import HEIGHT, printable, sheets_pdf
from backend.engagement.rules.cards import PrintedCard, PrintedPack
from tests.engagement.decks import SCALE, Deck, make_deck, pictures_of

# Of a point, which is a dot at scale one.
MILLIMETRES = 25.4 / 72
CODE = "0123456789ABCDEFGHJKMNPQRS"


@pytest.fixture(scope="module")
def deck(app: Flask) -> Deck:
    return make_deck(app, count=20)


def printed(deck: Deck, **asked: str) -> bytes:
    answer = deck.app.test_client().get(
        f"/v1/cards/packs/{deck.pack_id}.pdf", query_string=asked, headers=deck.headers(deck.hr)
    )
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    return bytes(answer.data)


def scanned(picture: Any) -> list[str]:
    """Return what a scanner reads in a picture, from the top left to the bottom right."""
    pitch = HEIGHT / MILLIMETRES * SCALE
    top = (picture.height - 5 * pitch) / 2
    corners = {one.text: one.position.top_left for one in zxingcpp.read_barcodes(picture)}
    return sorted(corners, key=lambda text: (int((corners[text].y - top) / pitch), corners[text].x))


@pytest.mark.parametrize(("paper", "height"), [("a4", 842), ("letter", 792)])
def test_every_code_of_a_pack_is_read_from_the_picture_of_its_sheets(
    deck: Deck, paper: str, height: int
) -> None:
    pdf = printed(deck, paper=paper)
    cover, *sheets = pictures_of(pdf)
    assert scanned(cover) == [f"HTTP://ARENA.TEST/P/{deck.pack_code}"]
    assert [text for sheet in sheets for text in scanned(sheet)] == [
        f"HTTP://ARENA.TEST/R/{code}" for code in deck.codes
    ]
    pages = pypdf.PdfReader(BytesIO(pdf)).pages
    assert [round(float(page.mediabox.height)) for page in pages] == [height] * 3


def test_a_card_says_whose_it_is_what_to_do_and_how_to_type_it(deck: Deck) -> None:
    reader = pypdf.PdfReader(BytesIO(printed(deck)))
    cover, first, second = (page.extract_text() for page in reader.pages)
    assert deck.serials[0] in cover
    assert deck.serials[-1] in cover
    assert "Gate 1, lane 1" in cover
    assert "Opening night" in cover
    for place, serial in enumerate(deck.serials):
        assert serial in (first if place < 10 else second)
    for words in ("Scan and tap once", "Scannez, touchez", "Escanee y toque", "Scan en tik"):
        assert first.count(words) == 10
    code = deck.codes[0]
    typed = "-".join((code[:7], code[7:14], code[14:21], code[21:]))
    assert f"arena.test/r/{typed}" in first
    assert deck.app.test_client().get(f"/r/{typed}").status_code == 200


def test_a_pack_is_printed_again_with_the_same_codes(deck: Deck) -> None:
    again = [scanned(picture) for picture in pictures_of(printed(deck))]
    assert again == [scanned(picture) for picture in pictures_of(printed(deck))]


def test_the_scanned_address_of_a_card_leads_to_the_fans_page(deck: Deck) -> None:
    client = deck.app.test_client()
    page = client.get(f"/R/{deck.codes[1]}")
    assert page.status_code == 200
    assert "One tap is all it takes." in page.text
    french = client.get(f"/r/{deck.codes[1]}?lang=fr")
    assert "Un seul geste suffit." in french.text
    deck.scan(deck.evening.alex, first_serial=deck.serials[1], last_serial=deck.serials[1])
    assert "Alex looked after you." in client.get(f"/R/{deck.codes[1]}").text
    answer = client.post(f"/r/{deck.codes[1]}", data={"stars": "5"})
    assert answer.status_code == 303


def test_the_cover_leads_a_camera_to_the_staff_page(deck: Deck) -> None:
    answer = deck.app.test_client().get(f"/P/{deck.pack_code}")
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/app#pack={deck.pack_code}",
    )


def test_names_that_the_fonts_of_pdf_lack_break_nothing() -> None:
    assert printable("Łódź Arena\u202e\n") == "ódz Arena"
    assert printable("費城") == ""
    pack = PrintedPack(
        organisation="費城 =cmd()",
        first_serial="A1B2-000001",
        last_serial="A1B2-000001",
        code=CODE,
        post="x" * 120,
        note="\u202enote",
        cards=(PrintedCard(serial="A1B2-000001", code=CODE),),
    )
    url = "https://a-rather-long-name.of-an-arena.example.org/behind/a/path"
    pages = pictures_of(sheets_pdf(pack, public_url=url, paper="letter"))
    assert [scanned(page)[0][-28:] for page in pages] == [f"P/{CODE}", f"R/{CODE}"]
