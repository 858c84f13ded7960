"""Cards as they are asked for, scanned and answered."""

from enum import StrEnum

import marshmallow as ma

from backend.engagement.rules.cards import MOST_CARDS, SHEET
from backend.foundation.fields import In, Instant, Int, Out, Str, choice


class Paper(StrEnum):
    """What cards are printed on."""

    A4 = "a4"
    LETTER = "letter"


class CardPackIn(In):
    """Cards to print, ten to a sheet."""

    count = Int(
        low=SHEET,
        high=MOST_CARDS,
        required=True,
        metadata={"description": "A multiple of ten.", "multipleOf": SHEET},
    )
    post_id = ma.fields.UUID(
        metadata={"description": "For which post; cards that nobody scans count for it only."}
    )
    note = Str(longest=200, shortest=1)

    @ma.validates("count")
    def whole_sheets(self, count: int, data_key: str) -> None:
        """Refuse a sheet that is not full."""
        if count % SHEET:
            raise ma.ValidationError("Must be a multiple of ten.")


class CardPackOut(Out):
    """A pack, and what became of its cards."""

    id = ma.fields.UUID(required=True)
    first_serial = Str(required=True)
    last_serial = Str(required=True)
    count = ma.fields.Integer(required=True)
    post_id = ma.fields.UUID(required=True, allow_none=True)
    note = Str(required=True, allow_none=True)
    created_by = ma.fields.UUID(required=True)
    created_at = Instant(required=True)
    bound = ma.fields.Integer(
        required=True, metadata={"description": "Cards that an employee was bound to."}
    )
    ratings = ma.fields.Integer(required=True)
    unbound_ratings = ma.fields.Integer(
        required=True,
        metadata={"description": "Of cards that nobody scanned: in nobody's figures."},
    )
    unbound_five_star = ma.fields.Integer(required=True)


class CardPacksOut(Out):
    """A page of packs, the newest first."""

    items = ma.fields.List(ma.fields.Nested(CardPackOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class SheetsArgs(In):
    """What to print on."""

    paper = choice(Paper, load_default=Paper.A4)


class CardScanIn(In):
    """Cards that I hand out: a pack by its id or its cover's code, or a range of serials."""

    id = ma.fields.UUID(required=True, metadata={"description": "Made by the phone."})
    pack_id = ma.fields.UUID()
    pack_code = Str(
        longest=300, shortest=1, metadata={"description": "What the QR on the cover says."}
    )
    first_serial = Str(
        longest=20, shortest=1, metadata={"description": "With or without the letters."}
    )
    last_serial = Str(longest=20, shortest=1)


class CardScanOut(Out):
    """What a scan bound, and which cards it did not."""

    id = ma.fields.UUID(required=True)
    event_id = ma.fields.UUID(required=True)
    shift_id = ma.fields.UUID(required=True, allow_none=True)
    post_id = ma.fields.UUID(required=True, allow_none=True)
    first_serial = Str(required=True)
    last_serial = Str(required=True)
    bound = ma.fields.Integer(
        required=True, metadata={"description": "How many cards are mine by this scan."}
    )
    already_bound = ma.fields.List(
        Str(), required=True, metadata={"description": "Serials that were somebody's before."}
    )
    already_rated = ma.fields.List(
        Str(), required=True, metadata={"description": "Serials rated before anybody's scan."}
    )
