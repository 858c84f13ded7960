"""What is kept of what fans do here, for how long, and what for, in plain words.

Every number on it is the setting that the code itself goes by.
"""

import base64
import hashlib
from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from backend.engagement.rules import CORRECTION_SECONDS
from backend.foundation.db import reading
from backend.identity.guard import marks
from backend.identity.queries import get_organisation_name, list_organisations
from backend.integrity.queries.retentions import get_periods
from backend.integrity.rules.retentions import Periods
from backend.web.fan_pages import page_of, spoken
from backend.web.heard import COOKIE_DAYS

_TAIL = 8

pages = Blueprint("privacy", __name__, template_folder="templates")


def address_of(organisation_id: UUID | None) -> str:
    """Return the address of the page of an organisation; of all that are here for none."""
    return spoken("privacy.show", slug=_slug(organisation_id) if organisation_id else None)


@pages.get("/privacy", defaults={"slug": None})
@pages.get("/privacy/<slug>")
def show(slug: str | None) -> Response:
    """Say what is kept; where it is not known whose page it was, for how long at most."""
    with reading() as session:
        owners = [one for one in list_organisations(session) if slug in (None, _slug(one))]
        if slug and not owners:
            raise NotFound
        name = get_organisation_name(session, organisation_id=owners[0]) if slug else None
        periods = _longest(session, owners)
    return page_of(
        "privacy",
        here=url_for("privacy.show", slug=slug),
        organisation_id=owners[0] if slug else None,
        organisation=name,
        periods=periods,
        correction_minutes=CORRECTION_SECONDS // 60,
        heard_days=COOKIE_DAYS,
        staff_days=marks.KEPT.days,
    )


def _longest(session: Session, owners: Sequence[UUID]) -> Periods:
    kept = [get_periods(session, organisation_id=owner) for owner in owners] or [Periods()]
    return Periods(
        word_days=max(one.word_days for one in kept),
        signal_days=max(one.signal_days for one in kept),
    )


def _slug(organisation_id: UUID) -> str:
    """Return the name of an organisation in public addresses."""
    digest = hashlib.sha256(organisation_id.bytes).digest()
    return base64.b32encode(digest).decode()[:_TAIL].lower()
