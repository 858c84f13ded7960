"""What a request tells about the phone that rates; all of it is hashed before it goes further."""

from flask import current_app, request

from backend.foundation import clock
from backend.identity.guard import marks
from backend.integrity.rules.suspicions import Sighting, Suspicion, network_of
from backend.integrity.services import sightings
from backend.settings import Settings

# Beside the address: what phones of another model or language say in another way.
_LOOKS = ("User-Agent", "Accept-Language", "Sec-CH-UA", "Sec-CH-UA-Platform")
_SUSPICIONS = {
    marks.Sign.DEVICE: Suspicion.STAFF_DEVICE,
    marks.Sign.SESSION: Suspicion.STAFF_SESSION,
}


def see_phone(*, browser: str) -> Sighting | None:
    """Return what is kept of the phone behind this request; None where nothing is looked at.

    ``browser`` is what its browser is known by. Not to be called within a transaction.
    """
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    if not settings.screening:
        return None
    looks = [request.headers.get(name, "") for name in _LOOKS]
    return sightings.see(
        browser=browser,
        device=[network_of(request.remote_addr or ""), *looks],
        staff=_staff(),
        now=clock.now(),
    )


def see_asker() -> Suspicion | None:
    """Return what shows that staff ask for help, or say that they had none; None for a fan.

    It is of the request then, whose rating waits for a person.
    """
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    return Suspicion.ASKED_BY_STAFF if settings.screening and marks.find_sign() else None


def _staff() -> Suspicion | None:
    sign = marks.find_sign()
    return _SUSPICIONS[sign] if sign else None
