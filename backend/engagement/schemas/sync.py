"""A phone's queue as it is sent and answered."""

import copy
from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.engagement.rules import ActionKind
from backend.engagement.schemas.cards import CardScanIn
from backend.engagement.schemas.gestures import GestureIn
from backend.engagement.schemas.greetings import GreetingIn
from backend.engagement.schemas.requests import (
    CancelIn,
    HandOverIn,
    HelperIn,
    RequestIn,
    SafetyIn,
)
from backend.foundation.contract import ProblemOut
from backend.foundation.fields import In, Instant, Out, SecretOut, choice
from backend.foundation.problems import Invalid

MOST_ACTIONS = 500


class QueuedIn(In):
    """What every queued action says."""

    id = ma.fields.UUID(required=True, metadata={"description": "Made by the phone."})
    kind = choice(ActionKind, required=True)
    at = Instant(required=True, metadata={"description": "When, by the phone's clock."})


class QueuedGreetingIn(QueuedIn, GreetingIn):
    """A greeting; its id is the action's."""

    class Meta(In.Meta):
        """The queue says when it was sent."""

        exclude = ("sent_at",)


class QueuedRequestIn(QueuedIn, RequestIn):
    """A request opened by hand; its id is the action's."""

    class Meta(In.Meta):
        """The queue says when it was sent."""

        exclude = ("sent_at",)


class QueuedStepIn(QueuedIn):
    """A step of a request that exists, or that is opened earlier in the queue."""

    request_id = ma.fields.UUID(required=True)


class QueuedHelperIn(QueuedStepIn, HelperIn):
    """A colleague who helps."""


class QueuedHandOverIn(QueuedStepIn, HandOverIn):
    """A colleague who takes over."""


class QueuedGestureIn(QueuedStepIn, GestureIn):
    """Something given on the spot; its id is the action's."""


class QueuedScanIn(QueuedIn, CardScanIn):
    """Cards that are handed out; its id is the action's."""


class QueuedCancelIn(QueuedStepIn, CancelIn):
    """Why a request is not needed any more."""


class QueuedSafetyIn(QueuedStepIn, SafetyIn):
    """Why the command centre takes over."""


_STEP = QueuedStepIn()
_BY_KIND: dict[str, ma.Schema] = {
    ActionKind.GREET: QueuedGreetingIn(),
    ActionKind.OPEN: QueuedRequestIn(),
    ActionKind.ACCEPT: _STEP,
    ActionKind.ADD_HELPER: QueuedHelperIn(),
    ActionKind.HAND_OVER: QueuedHandOverIn(),
    ActionKind.RELEASE: _STEP,
    ActionKind.RESOLVE: _STEP,
    ActionKind.CANCEL: QueuedCancelIn(),
    ActionKind.SAFETY: QueuedSafetyIn(),
    ActionKind.GIVE_GESTURE: QueuedGestureIn(),
    ActionKind.SCAN_CARDS: QueuedScanIn(),
}


def _left_open(field: ma.fields.Field[Any]) -> ma.fields.Field[Any]:
    """Return a twin of ``field`` that one kind of action has and another has not."""
    twin = copy.deepcopy(field)
    twin.required = False
    twin.load_default = ma.missing
    return twin


_ANY = QueuedIn.from_dict(
    {
        name: _left_open(field)
        for schema in _BY_KIND.values()
        for name, field in schema.fields.items()
        if name not in QueuedIn._declared_fields
    },
    name="ActionIn",
)()


class QueuedAction(ma.fields.Nested):
    """An action read by the schema of its kind; one that cannot be read spoils no other.

    The document shows the fields of all kinds in one schema.
    """

    def deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, Any]:
        """Return id, kind, at and body; or the id, if there is one, and a problem."""
        fields = value if isinstance(value, dict) else {}
        kind = fields.get("kind")
        schema = _BY_KIND.get(kind, _ANY) if isinstance(kind, str) else _ANY
        try:
            body = schema.load(value)
        except ma.ValidationError as error:
            return {"id": _id_in(fields), "problem": Invalid(errors={"json": error.messages})}
        return {name: body.pop(name) for name in ("id", "kind", "at")} | {"body": body}


def _id_in(fields: dict[str, Any]) -> UUID | None:
    try:
        return UUID(fields["id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


class SyncIn(In):
    """A phone's queue."""

    sent_at = Instant(
        required=True, metadata={"description": "The phone's clock when it sends the queue."}
    )
    actions = ma.fields.List(
        QueuedAction(
            _ANY,
            metadata={
                "description": "An action with the fields of its kind, as in the call that does it"
                " at once. greet: party_size, answer, zone_id, request. open: category, zone_id,"
                " seat, note, greeting_id. accept, release, resolve: request_id. add_helper:"
                " request_id, employee_id, percent. hand_over: request_id, employee_id,"
                " keep_percent. cancel: request_id, reason. safety: request_id,"
                " concern. give_gesture: request_id, kind_id,"
                " amount_cents, needs_supervisor. scan_cards: pack_id, pack_code, or first_serial"
                " and last_serial."
            },
        ),
        required=True,
        validate=ma.validate.Length(min=1, max=MOST_ACTIONS),
    )


class SyncResultOut(Out):
    """What came of one action."""

    id = ma.fields.UUID(
        required=True, allow_none=True, metadata={"description": "None if it could not be read."}
    )
    status = ma.fields.Integer(
        required=True, metadata={"description": "As of the call that does it at once."}
    )
    result = ma.fields.Dict(
        required=True, allow_none=True, metadata={"description": "As of that call."}
    )
    problem = ma.fields.Nested(ProblemOut, required=True, allow_none=True)


class SyncOut(SecretOut):
    """What came of each action, in the order in which they were sent."""

    results = ma.fields.List(ma.fields.Nested(SyncResultOut), required=True)
