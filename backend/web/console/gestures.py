"""HR's pages of gestures: what may be given on the spot, and how much by whom at one event."""

from typing import Any
from uuid import UUID

from flask import request

from backend.engagement.queries import gestures as queries
from backend.engagement.queries.gestures import CapFacts, KindFacts
from backend.engagement.rules.gestures import GestureCategory
from backend.engagement.schemas.gestures import GestureCapsIn, GestureKindIn, GestureKindPatchIn
from backend.engagement.services import gesture_kinds
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Problem
from backend.identity.permissions import GRANTS, Permission, Role
from backend.web.console.budget import USUAL_CURRENCY
from backend.web.console.forms import loaded, refused
from backend.web.console.frames import Reading, Ways, acts, reads
from backend.web.console.gesture_words import (
    amounts,
    cap_name,
    cap_texts,
    caps_typed,
    kind_texts,
    texts_seen,
    texts_typed,
)
from backend.web.console.touched import filled, weigh

LINES = 50
_MAY = Permission.MANAGE_GESTURES
_THEN = "console.show_gestures"
_NEW = ("name", "category", "cents", "currency")
_CHANGED = ("name", "cents")


@reads("/hr/gestures", may=_MAY, template="gestures")
def show_gestures(
    reading: Reading, kind_id: UUID | None = None, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show what may be given, or might once, by name, and the caps; each with its form.

    ``kind_id`` is that of the kind of which a change was refused.
    """
    caps = _caps_form(reading, refusal)
    said = refused(refusal)
    currency = min(caps["currencies"], default=USUAL_CURRENCY)
    usual = {**dict.fromkeys(_NEW, ""), "currency": currency}
    return {
        **listed(reading, after=request.args.get("after"), limit=LINES),
        "new": texts_typed(_NEW) if refusal and "category" in request.form else usual,
        "categories": list(GestureCategory),
        "cap_name": cap_name,
        **caps,
        "changing": kind_id,
        "may_see_costs": reading.reader.may(Permission.SEE_GESTURES),
        **said,
        "errors": said["errors"] | caps["moved"],
    }


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the kinds."""
    position = position_of(after, str, UUID)
    found = queries.list_kinds(
        reading.session,
        organisation_id=reading.organisation_id,
        after=(position[0], position[1]) if position else None,
        limit=limit + 1,
    )
    shown = page_of(found, limit=limit, position=lambda one: [one.name, str(one.id)])
    return {"kinds": shown["items"], "next_after": shown["next_cursor"]}


_OF_THE_LIST = Ways(then=_THEN, otherwise="gestures", refused=show_gestures)


@acts("/hr/gestures", may=_MAY, ways=_OF_THE_LIST)
def make_kind(acting: Reading) -> str:
    """Let what is in the form be given on the spot; raises Invalid."""
    said = dict(texts_typed(_NEW))
    price, wrong = amounts({"cents": said.pop("cents")})
    given = loaded(GestureKindIn(), {**said, **price}, wrong=wrong)
    gesture_kinds.create(acting.session, actor=acting.reader, given=given, now=acting.now)
    return "gesture_made"


@acts("/hr/gestures/caps", may=_MAY, ways=_OF_THE_LIST)
def set_caps(acting: Reading) -> str:
    """Change the caps that differ between the form and what it was shown; raises Invalid."""
    before = queries.lock_caps(acting.session, organisation_id=acting.organisation_id)
    names = caps_typed()
    meant, moved = weigh(texts_typed(names), texts_seen(names), cap_texts(before))
    found, wrong = amounts(meant, least=0)
    caps = {(one.role, one.currency): one.cents for one in before}
    after = caps | {names[name]: cents or 0 for name, cents in found.items()}
    items = [
        {"role": role.value, "currency": currency, "cents": cents}
        for (role, currency), cents in after.items()
        if cents
    ]
    to = loaded(GestureCapsIn(), {"items": items}, wrong=wrong | moved)["items"]
    wanted = [CapFacts(**one) for one in to]
    if {(one.role, one.currency): one.cents for one in wanted} == caps:
        return "unchanged"
    gesture_kinds.put_caps(acting.session, actor=acting.reader, caps=wanted, now=acting.now)
    return "caps_set"


@reads("/hr/gestures/<uuid:kind_id>", may=_MAY, template="gesture")
def show_kind(reading: Reading, kind_id: UUID, refusal: Problem | None = None) -> dict[str, Any]:
    """Show the form of a kind; raises GestureKindNotFound."""
    kind = queries.get_kind(
        reading.session, organisation_id=reading.organisation_id, kind_id=kind_id
    )
    names = _CHANGED if refusal else ()
    form = filled(kind_texts(kind), texts_typed(names), texts_seen(names))
    said = refused(refusal)
    return {"kind": kind, **form, **said, "errors": said["errors"] | form["moved"]}


@acts(
    "/hr/gestures/<uuid:kind_id>",
    may=_MAY,
    ways=Ways(then=_THEN, otherwise="gesture", refused=show_kind),
)
def change_kind(acting: Reading, kind_id: UUID) -> str:
    """Change what differs between the form and what it was shown.

    Raises GestureKindNotFound and Invalid.
    """
    stored = kind_texts(_locked(acting, kind_id))
    meant, moved = weigh(texts_typed(_CHANGED), texts_seen(_CHANGED), stored)
    price, wrong = amounts({name: text for name, text in meant.items() if name == "cents"})
    to = loaded(GestureKindPatchIn(), {**meant, **price}, wrong=wrong | moved)
    if not to:
        return "unchanged"
    _change(acting, kind_id, to)
    return "gesture_changed"


@acts("/hr/gestures/<uuid:kind_id>/withdraw", may=_MAY, ways=_OF_THE_LIST)
def withdraw_kind(acting: Reading, kind_id: UUID) -> str:
    """Let a kind be given no more; raises GestureKindNotFound."""
    if _locked(acting, kind_id).active:
        _change(acting, kind_id, {"active": False})
    return "gesture_withdrawn"


@acts("/hr/gestures/<uuid:kind_id>/put-back", may=_MAY, ways=_OF_THE_LIST)
def put_kind_back(acting: Reading, kind_id: UUID) -> str:
    """Let a kind be given again; raises GestureKindNotFound."""
    if not _locked(acting, kind_id).active:
        _change(acting, kind_id, {"active": True})
    return "gesture_put_back"


def _locked(acting: Reading, kind_id: UUID) -> KindFacts:
    owner = acting.organisation_id
    return queries.kind_of(
        queries.lock_kind(acting.session, organisation_id=owner, kind_id=kind_id)
    )


def _change(acting: Reading, kind_id: UUID, to: dict[str, Any]) -> None:
    gesture_kinds.change(
        acting.session, actor=acting.reader, kind_id=kind_id, to=to, now=acting.now
    )


def _caps_form(reading: Reading, refusal: Problem | None) -> dict[str, Any]:
    """Return what the form of the caps holds, by role and by each currency that is used.

    A role that never helps fans gives nothing, and has no field unless somebody gave it a cap.
    """
    owner = reading.organisation_id
    caps = queries.list_caps(reading.session, organisation_id=owner)
    sent = caps_typed() if refusal else {}
    currencies = {one.currency for one in caps} | {currency for _, currency in sent.values()}
    currencies |= {
        one.currency for one in queries.list_kinds(reading.session, organisation_id=owner)
    }
    capped = {one.role for one in caps} | {role for role, _ in sent.values()}
    return {
        "currencies": sorted(currencies),
        "roles": [one for one in Role if Permission.HELP in GRANTS[one] or one in capped],
        **filled(cap_texts(caps), texts_typed(sent), texts_seen(sent)),
    }
