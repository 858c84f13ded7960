"""What hangs at a place, so that fans can ask from there: a page with one large QR for each."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from backend.engagement.exports.sheets import (
    draw_qr,
    grouped,
    printable,
    write_fitted,
    write_line,
)
from backend.engagement.rules.asks import PrintedPlace

if TYPE_CHECKING:
    from fpdf import FPDF

QR, TOP, MARGIN = 110.0, 16.0, 20.0
INVITATIONS = (
    ("Can we do something for you?", "Scan, tap what you need, and somebody comes."),
    ("Pouvons-nous faire quelque chose pour vous ?", "Scannez, touchez : quelqu'un vient."),
    ("¿Podemos hacer algo por usted?", "Escanee, toque lo que necesita y alguien viene."),
    ("Kunnen we iets voor u doen?", "Scan, tik aan wat u nodig hebt, en er komt iemand."),
)


def ask_sheets_pdf(
    places: Sequence[PrintedPlace], *, address: Callable[[str], str], paper: str
) -> bytes:
    """Return a page for each of ``places`` as a PDF on ``paper``, a4 or letter.

    ``address`` tells where a code leads.
    """
    # Only whoever prints pays for loading it.
    from fpdf import FPDF  # noqa: PLC0415

    pdf = FPDF(unit="mm", format=paper)
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.set_title(places[0].venue)
    for place in places:
        _page(pdf, place, address(place.code))
    return bytes(pdf.output())


def _page(pdf: "FPDF", place: PrintedPlace, url: str) -> None:
    pdf.add_page()
    pdf.set_y(TOP)
    for number, (question, how) in enumerate(INVITATIONS):
        write_line(pdf, question, size=26 if number == 0 else 16, style="B")
        write_line(pdf, how, size=14 if number == 0 else 12)
    left, top = (pdf.w - QR) / 2, pdf.get_y()
    draw_qr(pdf, url, x=left, y=top, size=QR)
    pdf.set_y(top + QR - 2)
    # Whoever hangs it must know where, also where the fonts have no letter of its name.
    name = place.name if printable(place.name).strip() else place.label
    write_line(pdf, name, size=24, style="B")
    where = [part for part in (place.zone, place.venue) if part and printable(part).strip()]
    write_line(pdf, ", ".join(where), size=14)
    room = pdf.w - 2 * MARGIN
    start = url.rsplit("/", 1)[0].split("://", 1)[-1].lower()
    foot = pdf.h - 14
    write_fitted(pdf, place.organisation, at=(MARGIN, foot - 6), room=room, size=10)
    write_fitted(pdf, f"{start}/{grouped(place.code)}", at=(MARGIN, foot), room=room, size=10)
