"""Firebase's library against a push service on a real socket: every kind of answer."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from backend.foundation.db import new_id
from backend.notify import push
from backend.notify.messages import MessageKind, TargetKind
from backend.notify.push import Answer, Firebase, Note
from tests.factories import NOW
from tests.notify.push_service import GARBAGE, PushService, Reply, failing, push_service


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service() as service:
        yield service


@pytest.fixture(scope="module")
def firebase(service: PushService) -> Iterator[Firebase]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(push, "SEND_SECONDS", 0.5)
        yield Firebase(service.account(), address=service.address)


def note_to(target: str, kind: TargetKind = TargetKind.FID) -> Note:
    return Note(
        message_id=new_id(),
        kind=MessageKind.REQUEST_HANDED_OVER,
        subject_id=new_id(),
        push_for=timedelta(minutes=30),
        target_kind=kind,
        target=target,
    )


def test_a_note_carries_a_kind_and_two_ids_and_nothing_else(
    service: PushService, firebase: Firebase
) -> None:
    note = note_to("phone-1")
    [said] = firebase.push([note], now=NOW)
    assert said.answer is Answer.TAKEN
    sent = service.received[-1]
    assert sent["data"] == {
        "id": str(note.message_id),
        "kind": "request_handed_over",
        "subject": str(note.subject_id),
    }
    assert sent["fid"] == "phone-1"
    assert set(sent) == {"data", "fid", "android", "apns"}
    assert sent["apns"]["headers"]["apns-collapse-id"] == str(note.message_id)


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (failing(404, "NOT_FOUND", fcm="UNREGISTERED"), Answer.TARGET_GONE),
        (failing(403, "PERMISSION_DENIED", fcm="SENDER_ID_MISMATCH"), Answer.TARGET_GONE),
        (failing(400, "INVALID_ARGUMENT", fcm="INVALID_ARGUMENT"), Answer.REFUSED),
        (failing(429, "RESOURCE_EXHAUSTED", fcm="QUOTA_EXCEEDED"), Answer.LATER),
        (failing(500, "INTERNAL"), Answer.LATER),
        (failing(503, "UNAVAILABLE"), Answer.LATER),
        (GARBAGE, Answer.LATER),
        (None, Answer.LATER),
    ],
    ids=[
        "revoked",
        "another sender's",
        "bad message",
        "quota",
        "internal",
        "unavailable",
        "garbage",
        "slow",
    ],
)
def test_every_answer_of_the_service_is_understood(
    service: PushService, firebase: Firebase, reply: Reply | None, answer: Answer
) -> None:
    service.replies["odd"] = reply
    good, odd = note_to("good", TargetKind.TOKEN), note_to("odd")
    before = len(service.received)
    said = firebase.push([good, odd], now=NOW)
    assert [one.answer for one in said] == [Answer.TAKEN, answer]
    # The library itself has not tried again.
    assert len(service.received) == before + 2


def test_a_service_that_no_longer_knows_us_is_asked_later(
    service: PushService, firebase: Firebase
) -> None:
    service.replies["ours"] = failing(401, "UNAUTHENTICATED", fcm="THIRD_PARTY_AUTH_ERROR")
    [said] = firebase.push([note_to("ours")], now=NOW)
    assert said.answer is Answer.LATER


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("90", 90),
        ("Sat, 21 Nov 2026 19:31:00 GMT", 60),
        ("soon", None),
        ("99999999999999999999", 86_400),
    ],
)
def test_the_service_may_say_how_long_to_wait(
    service: PushService, firebase: Firebase, header: str, seconds: int | None
) -> None:
    service.replies["busy"] = failing(429, "RESOURCE_EXHAUSTED", Retry_After=header)
    [said] = firebase.push([note_to("busy")], now=NOW)
    assert said.wait == (None if seconds is None else timedelta(seconds=seconds))


def test_a_key_file_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="certificate"):
        Firebase({"type": "service_account", "private_key": "none"})
