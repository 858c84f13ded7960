"""Devices that are taken back, and the record of who did what."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of, position_of
from backend.identity import queries
from backend.identity.permissions import Permission
from backend.identity.problems import DeviceUnknown
from backend.identity.schemas import ActsArgs, ActsOut
from backend.identity.services import personnel

routes = Routes("records", __name__, description="Devices taken back, and who did what")


@routes.command(
    "DELETE /devices/<uuid:device_id>",
    may=Permission.MANAGE_EMPLOYEES,
    answers=None,
    status=204,
    raises=(DeviceUnknown,),
)
def revoke_device(call: Call, device_id: UUID) -> None:
    """Revoke a phone; its sessions end within a second."""
    personnel.revoke_device(call.session, actor=call.actor, device_id=device_id, now=call.now)


@routes.query("/audit", may=Permission.READ_AUDIT, answers=ActsOut(), args=ActsArgs())
def list_audit(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List who did what, the newest first."""
    position = position_of(args.get("cursor"), UUID)
    acts = queries.list_acts(
        call.session,
        organisation_id=call.actor.organisation_id,
        wanted=_wanted(args),
        before=position[0] if position else None,
        limit=args["limit"] + 1,
    )
    return page_of(acts, limit=args["limit"], position=lambda row: [str(row.id)])


def _wanted(args: dict[str, Any]) -> queries.WantedActs:
    return queries.WantedActs(
        act=args.get("act"),
        actor_id=args.get("actor"),
        subject_id=args.get("subject"),
        subject_kind=args.get("subject_kind"),
        since=args.get("since"),
        until=args.get("until"),
    )
