"""What the pages of fans share: one answer with its style inside, in the reader's language."""

from typing import Any

from flask import Response, make_response, render_template, url_for

from backend.web.languages import chosen_language
from backend.web.security import POLICY, policy
from backend.web.styles import inlined

STYLE, STYLE_SOURCE = inlined("house.css", "fan.css", "ask.css")


def fan_policy(style_source: str, **more: str) -> str:
    """Return the content policy of a fan's page with its own style, and what it needs ``more``.

    It may ask our own host: without a script nothing does, but what audits pages reads robots.txt
    in their name.
    """
    return policy(
        style_src=style_source,
        img_src="data:",
        form_action="'self'",
        connect_src="'self'",
        **more,
    )


_POLICY = fan_policy(STYLE_SOURCE)
_WITH_SCRIPT = fan_policy(STYLE_SOURCE, script_src="'self'")


def page_of(name: str, *, here: str | None, scripted: str | None = None, **words: Any) -> Response:
    """Return the fan's page ``name``, found at ``here``; a ``scripted`` one loads that file."""
    text = render_template(f"fan/{name}.html", here=here, fan_style=STYLE, script=scripted, **words)
    page = make_response(text)
    page.headers[POLICY] = _WITH_SCRIPT if scripted else _POLICY
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    page.headers["Vary"] = "Accept-Language"
    return page


def spoken(endpoint: str, **values: Any) -> str:
    """Return the address of a page in the language that the reader chose by hand, if any."""
    return url_for(endpoint, lang=chosen_language(), **values)
