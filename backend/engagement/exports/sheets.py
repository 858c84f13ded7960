"""Packs of cards as PDF: a cover for whoever hands them out, then ten cards to a sheet.

Cards have the size of business cards (3.5 by 2 inches), so that perforated paper fits; cut marks
stand around them for paper that is plain.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import segno

from backend.engagement.exports import pack_url, rating_url
from backend.engagement.rules.cards import SHEET, PrintedCard, PrintedPack

if TYPE_CHECKING:
    from fpdf import FPDF

COLUMNS, ROWS = 2, 5
WIDTH, HEIGHT = 88.9, 50.8
QR, COVER_QR, INSET = 32.0, 70.0, 5.0
_CUT, _GAP, _HAIRLINE = 4.0, 1.0, 0.1
_FONT, _BREAK = "helvetica", 7
# In dots; and in millimetres, so that no light shows between two rows.
_QUIET_ZONE, _OVERLAP = 4, 0.02
_MASK = 3
QUESTIONS = (
    "How did we do? Scan and tap once.",
    "Comment était-ce ? Scannez, touchez.",
    "¿Qué tal lo hicimos? Escanee y toque.",
    "Hoe deden we het? Scan en tik één keer.",
)
_HOW = (
    "Scan this before you hand the cards out: they are then yours, tonight, at your post.",
    "Scannez ceci avant de distribuer les cartes : elles sont alors à vous, ce soir, à ce poste.",
    "Escanee esto antes de repartir las tarjetas: serán suyas, esta noche, en su puesto.",
    "Scan dit voordat u de kaarten uitdeelt: ze zijn dan van u, vanavond, op uw post.",
)


def sheets_pdf(pack: PrintedPack, *, public_url: str, paper: str) -> bytes:
    """Return ``pack`` as a PDF on ``paper``, a4 or letter."""
    # Only whoever prints pays for loading it and what it brings along, a third of a second.
    from fpdf import FPDF  # noqa: PLC0415

    pdf = FPDF(unit="mm", format=paper)
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.set_title(f"{pack.first_serial} ... {pack.last_serial}")
    _cover(pdf, pack, public_url)
    for start in range(0, len(pack.cards), SHEET):
        _sheet(pdf, pack, pack.cards[start : start + SHEET], public_url)
    return bytes(pdf.output())


def printable(text: str) -> str:
    """Return ``text`` in the letters that the built-in fonts of PDF have.

    Accents that they lack are left off; what remains is left out.
    """
    kept = "".join(sign if _has(sign) else unicodedata.normalize("NFKD", sign) for sign in text)
    return "".join(sign for sign in kept if _has(sign))


def _has(sign: str) -> bool:
    return sign.isprintable() and sign.encode("latin-1", "ignore") != b""


def _cover(pdf: "FPDF", pack: PrintedPack, public_url: str) -> None:
    pdf.add_page()
    pdf.set_y(30)
    write_line(pdf, pack.organisation, size=24, style="B")
    write_line(pdf, f"{pack.first_serial} ... {pack.last_serial}", size=18)
    for words in (pack.post, pack.note):
        if words:
            write_line(pdf, words, size=13)
    left, top = (pdf.w - COVER_QR) / 2, pdf.get_y() + 6
    draw_qr(pdf, pack_url(public_url, pack.code), x=left, y=top, size=COVER_QR)
    pdf.set_y(top + COVER_QR + 6)
    write_line(pdf, grouped(pack.code), size=12)
    for words in _HOW:
        write_line(pdf, words, size=11)


def write_line(pdf: "FPDF", words: str, *, size: int, style: Literal["", "B"] = "") -> None:
    """Write ``words`` in the middle of the page, on as many lines as they take."""
    pdf.set_font(_FONT, style, size)
    pdf.set_x(20)
    pdf.multi_cell(pdf.w - 40, size * 0.55, printable(words), align="C", new_x="LMARGIN")
    pdf.set_y(pdf.get_y() + 2)


def _sheet(pdf: "FPDF", pack: PrintedPack, cards: Sequence[PrintedCard], public_url: str) -> None:
    pdf.add_page()
    left, top = (pdf.w - COLUMNS * WIDTH) / 2, (pdf.h - ROWS * HEIGHT) / 2
    _cut_marks(pdf, left, top)
    for number, card in enumerate(cards):
        row, column = divmod(number, COLUMNS)
        x, y = left + column * WIDTH, top + row * HEIGHT
        _card(pdf, card, name=pack.organisation, public_url=public_url, at=(x, y))


def _cut_marks(pdf: "FPDF", left: float, top: float) -> None:
    pdf.set_line_width(_HAIRLINE)
    bottom, right = top + ROWS * HEIGHT, left + COLUMNS * WIDTH
    for column in range(COLUMNS + 1):
        x = left + column * WIDTH
        pdf.line(x, top - _GAP - _CUT, x, top - _GAP)
        pdf.line(x, bottom + _GAP, x, bottom + _GAP + _CUT)
    for row in range(ROWS + 1):
        y = top + row * HEIGHT
        pdf.line(left - _GAP - _CUT, y, left - _GAP, y)
        pdf.line(right + _GAP, y, right + _GAP + _CUT, y)


def _card(
    pdf: "FPDF", card: PrintedCard, *, name: str, public_url: str, at: tuple[float, float]
) -> None:
    x, y = at
    url = rating_url(public_url, card.code)
    draw_qr(pdf, url, x=x + WIDTH - QR - INSET + 1, y=y + INSET - 2, size=QR)
    left, room = x + INSET, WIDTH - QR - 2 * INSET
    write_fitted(pdf, name, at=(left, y + 11), room=room, size=13, style="B")
    for number, question in enumerate(QUESTIONS):
        write_fitted(pdf, question, at=(left, y + 18 + 4.6 * number), room=room, size=8.5)
    write_fitted(pdf, card.serial, at=(left, y + HEIGHT - 13), room=room, size=9)
    where = url.rsplit("/", 1)[0].split("://", 1)[-1].lower()
    typed = f"{where}/{grouped(card.code)}"
    write_fitted(pdf, typed, at=(left, y + HEIGHT - INSET), room=WIDTH - 2 * INSET, size=7)


def grouped(code: str) -> str:
    """Return a code in groups, for whoever types it: hyphens do not count."""
    return "-".join(code[start : start + _BREAK] for start in range(0, len(code), _BREAK))


def write_fitted(
    pdf: "FPDF",
    words: str,
    *,
    at: tuple[float, float],
    room: float,
    size: float,
    style: Literal["", "B"] = "",
) -> None:
    """Write ``words`` on one line at ``at``, smaller where they would not fit the ``room``."""
    text = printable(words)
    pdf.set_font(_FONT, style, size)
    if (width := pdf.get_string_width(text)) > room:
        pdf.set_font_size(size * room / width)
    pdf.text(*at, text)


def draw_qr(pdf: "FPDF", url: str, *, x: float, y: float, size: float) -> None:
    """Draw the QR of ``url``, quiet zone included, in strokes that no printer blurs."""
    # Any of the eight masks can be read. Choosing the best for each code takes longer than
    # everything else on a sheet, and codes are random, so that none is better as a rule.
    code = segno.make(url, error="m", micro=False, mask=_MASK)
    dot = size / code.symbol_size(border=_QUIET_ZONE)[0]
    for row, dots in enumerate(code.matrix):
        top = y + (row + _QUIET_ZONE) * dot
        for start, length in _strokes(dots):
            left = x + (start + _QUIET_ZONE) * dot
            pdf.rect(left, top, length * dot, dot + _OVERLAP, style="F")


def _strokes(dots: bytearray) -> Iterator[tuple[int, int]]:
    """Yield where dark dots of a row begin, and how many there are in line."""
    start = 0
    for dark, run in groupby(dots):
        length = len(list(run))
        if dark:
            yield start, length
        start += length
