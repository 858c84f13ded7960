"""The style of pages that must come in one answer: written into the page, allowed by its digest."""

import base64
import hashlib
import re

from markupsafe import Markup

from backend.web.assets import FOLDER


def inlined(*names: str) -> tuple[Markup, str]:
    """Return the style sheets ``names`` as one line, and the CSP source that allows exactly it."""
    text = "".join((FOLDER / name).read_text() for name in names)
    style = re.sub(r"\s*([{};,])\s*|\s+", lambda space: space[1] or " ", text)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    # Our own files, read at start: nothing of a visitor is in them.
    return Markup(style), f"'sha256-{digest}'"
