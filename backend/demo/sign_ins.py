"""The demo's sign-ins: fresh and random for every installation, kept in one private file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from backend.demo.cast import Cast
from backend.demo.tables import rows_of
from backend.engagement.services import places
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.founding import Credentials
from backend.identity.permissions import Role, granted
from backend.identity.problems import EnrolmentCodeRefused
from backend.identity.services import enrolment
from backend.venues.queries import list_venues, list_zones

# Who signs in on a phone, by badge number.
PHONES = {
    "1002": "usher",
    "1061": "senior vice president",
    "1043": "parking temp",
    "1001": "supervisor",
}
CONSOLE = "1062"
# The code of the zone whose sheet a newcomer asks from.
ASKED_FROM = "101"


@dataclass(frozen=True, kw_only=True)
class SignIns:
    """What a newcomer needs to sign in, and who runs the demo arena's office."""

    organisation_id: UUID
    office_id: UUID
    console: Credentials
    enrolment_codes: dict[str, str] = field(repr=False)
    ask_code: str = field(default="", repr=False)

    def office(self) -> Actor:
        """Return the arena's office as it acts."""
        return Actor(
            organisation_id=self.organisation_id,
            employee_id=self.office_id,
            permissions=granted({Role.ADMIN}),
            salaried=True,
        )

    def lines(self) -> Sequence[str]:
        """Return one line for each person who can enrol a phone."""
        names = {row["badge_number"]: row["name"] for row in rows_of("employees")}
        return [
            f"{PHONES[badge]:22} {names[badge]:18} badge {badge}  code {code}"
            for badge, code in self.enrolment_codes.items()
        ]


def read(path: Path) -> SignIns | None:
    """Return the sign-ins kept in ``path``, None when there are none."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return SignIns(
        organisation_id=UUID(kept["organisation_id"]),
        office_id=UUID(kept["office_id"]),
        console=Credentials(**kept["console"]),
        enrolment_codes=kept["enrolment_codes"],
        ask_code=kept.get("ask_code", ""),
    )


def keep(sign_ins: SignIns, path: Path) -> None:
    """Keep ``sign_ins`` in ``path``, for nobody else to read."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(sign_ins), default=str, indent=1), encoding="utf-8")
    draft.replace(path)


def email_of_hr() -> str:
    """Return the e-mail address with which the demo's HR signs in."""
    return next(row["email"] for row in rows_of("employees") if row["badge_number"] == CONSOLE)


def renew(cast: Cast, sign_ins: SignIns, *, path: Path, code_key: bytes, now: datetime) -> SignIns:
    """Replace the enrolment codes that are used up or expired; keep those that are good.

    The code of the sheet at `ASKED_FROM` is the one that is good now.
    """
    codes = {}
    for badge in PHONES:
        code = sign_ins.enrolment_codes.get(badge)
        codes[badge] = code if code and _usable(code, now) else _issue(cast, badge, now)
    renewed = SignIns(
        organisation_id=sign_ins.organisation_id,
        office_id=sign_ins.office_id,
        console=sign_ins.console,
        enrolment_codes=codes,
        ask_code=_ask_code(cast.office, code_key),
    )
    if renewed != sign_ins:
        keep(renewed, path)
    return renewed


def _ask_code(office: Actor, code_key: bytes) -> str:
    with reading() as session:
        [venue, *_] = list_venues(session, organisation_id=office.organisation_id)
        zones = list_zones(session, organisation_id=office.organisation_id, venue_id=venue.id)
        [place_id] = [zone.id for zone in zones if zone.code == ASKED_FROM]
        [sheet, *_] = places.list_printed(
            session, actor=office, place_id=place_id, code_key=code_key
        )
    return sheet.code


def _usable(code: str, now: datetime) -> bool:
    with reading() as session:
        try:
            return enrolment.check_code(session, code=code, now=now) is None
        except EnrolmentCodeRefused:
            return False


def _issue(cast: Cast, badge: str, now: datetime) -> str:
    with transaction() as session:
        return enrolment.issue_code(
            session,
            organisation_id=cast.office.organisation_id,
            employee_id=cast.actors[badge].employee_id,
            issued_by=cast.office.employee_id,
            now=now,
        ).code
