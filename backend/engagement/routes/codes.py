"""How a rating code is shown to who resolved the request."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app

from backend.engagement.exports import rating_url
from backend.engagement.services import requests
from backend.foundation.http import Call
from backend.settings import Settings


def settings() -> Settings:
    """Return how this installation runs."""
    found: Settings = current_app.extensions["on_the_spot.settings"]
    return found


def shown(request_id: UUID, *, code: str, expires_at: datetime) -> dict[str, Any]:
    """Return what `RatingCodeOut` shows of the code of a resolved request."""
    picture = f"/v1/requests/{request_id}/rating-code"
    return {
        "code": code,
        "url": rating_url(settings().public_url, code),
        "expires_at": expires_at,
        "qr_svg": f"{picture}.svg",
        "qr_png": f"{picture}.png",
    }


def derived(call: Call, request_id: UUID) -> dict[str, Any]:
    """Return what is shown of a code that was issued before, derived again."""
    issued = requests.get_code(
        call.session,
        actor=call.actor,
        request_id=request_id,
        code_key=settings().secrets.code_key,
    )
    return shown(request_id, code=issued.code, expires_at=issued.expires_at)
