"""Push: notes handed to Firebase Cloud Messaging; the only importer of its library.

Without credentials nothing is pushed, and messages are read in the app's inbox.
"""

import email.utils
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID, uuid4

from backend.notify.messages import MessageKind, TargetKind

SEND_SECONDS = 10


class Answer(StrEnum):
    """What a push service said of a note."""

    TAKEN = "taken"
    TARGET_GONE = "target_gone"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What goes to one phone: a kind and two opaque ids, never a name or a word of anybody's."""

    message_id: UUID
    kind: MessageKind
    subject_id: UUID
    push_for: timedelta
    target_kind: TargetKind
    target: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """The answer to a note, why, and how long to wait where the service named a time."""

    answer: Answer
    reason: str = ""
    wait: timedelta | None = None


class Pusher(Protocol):
    """Whatever hands notes to phones."""

    def push(self, notes: Sequence[Note], *, now: datetime) -> list[Said]:
        """Hand over ``notes``, at most 25, all at once; return what was said of each."""


class Firebase:
    """Firebase Cloud Messaging, by a service account."""

    def __init__(self, account: Mapping[str, Any], *, address: str | None = None) -> None:
        """Act as ``account``, the parsed key file; ``address`` is that of another service.

        Raises ValueError for a key file that is none.
        """
        # Half a second and 23 MB, for nothing where nobody is pushed to.
        import firebase_admin.messaging  # noqa: PLC0415

        self._kit: Any = firebase_admin
        self._app = firebase_admin.initialize_app(
            firebase_admin.credentials.Certificate(dict(account)),
            {"httpTimeout": SEND_SECONDS},
            name=str(uuid4()),
        )
        service = firebase_admin.messaging._get_messaging_service(self._app)
        # The library would try again by itself, asleep for as long as it is told, lease or no.
        for adapter in service._client.session.adapters.values():
            adapter.max_retries = adapter.max_retries.new(total=0)
        if address is not None:
            service._fcm_url = address

    def push(self, notes: Sequence[Note], *, now: datetime) -> list[Said]:
        """Hand over ``notes``, at most 25, all at once; return what was said of each."""
        if not notes:
            return []
        try:
            batch = self._kit.messaging.send_each(
                [self._message(note, now) for note in notes], app=self._app
            )
        except self._kit.exceptions.FirebaseError as error:
            return [self._said(error, now)] * len(notes)
        return [
            Said(answer=Answer.TAKEN) if one.success else self._said(one.exception, now)
            for one in batch.responses
        ]

    def _message(self, note: Note, now: datetime) -> Any:
        kit, key = self._kit.messaging, str(note.message_id)
        apple = kit.Aps(
            alert=kit.ApsAlert(title_loc_key=f"push_{note.kind.value}"), mutable_content=True
        )
        until = int((now + note.push_for).timestamp())
        message = kit.Message(
            data={"id": key, "kind": note.kind.value, "subject": str(note.subject_id)},
            android=kit.AndroidConfig(priority="high", ttl=note.push_for),
            # The phone shows a note that comes twice once.
            apns=kit.APNSConfig(
                headers={"apns-collapse-id": key, "apns-expiration": str(until)},
                payload=kit.APNSPayload(aps=apple),
            ),
        )
        # Afterwards: given a token, which old apps still have, it warns that there will be none.
        setattr(message, note.target_kind.value, note.target)
        return message

    def _said(self, error: Any, now: datetime) -> Said:
        kit, reason = self._kit, f"{type(error).__name__}: {error}"
        gone = (kit.messaging.UnregisteredError, kit.messaging.SenderIdMismatchError)
        if isinstance(error, gone):
            return Said(answer=Answer.TARGET_GONE, reason=reason)
        if isinstance(error, kit.exceptions.InvalidArgumentError):
            return Said(answer=Answer.REFUSED, reason=reason)
        return Said(answer=Answer.LATER, reason=reason, wait=_asked_wait(error, now))


def _asked_wait(error: Any, now: datetime) -> timedelta | None:
    response = getattr(error, "http_response", None)
    asked = response.headers.get("Retry-After", "") if response is not None else ""
    if asked.isdecimal():
        return timedelta(seconds=min(int(asked), 86_400))
    try:
        until = email.utils.parsedate_to_datetime(asked)
    except ValueError:
        return None
    return until.astimezone(UTC) - now
