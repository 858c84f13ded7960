"""What the console gives to be printed: PDF files, on the paper that is asked for."""

import re

from flask import Response, current_app, request

from backend.engagement.schemas.cards import Paper, SheetsArgs
from backend.settings import Settings
from backend.web.console.forms import loaded

PAPERS = tuple(Paper)
_LONGEST_NAME = 60


def installation() -> Settings:
    """Return how this installation runs: what is printed holds its address and codes."""
    found: Settings = current_app.extensions["on_the_spot.settings"]
    return found


def paper_said() -> Paper:
    """Return the paper in the address, A4 where it says none; raises Invalid."""
    said: Paper = loaded(SheetsArgs(), request.args)["paper"]
    return said


def pdf_of(drawn: bytes, *, name: str) -> Response:
    """Return a PDF to be kept as a file of that ``name``, as far as its letters are plain.

    Everything printed is a code: nothing on the way may keep it.
    """
    plain = "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:_LONGEST_NAME]
    response = Response(drawn, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
