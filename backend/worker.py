"""The jobs that need no request: boards follow, points are confirmed, seasons end, rows are sealed.

Any number of workers may run at once: each job takes rows that no other has in hand.
"""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Flask, current_app

from backend import closing
from backend.engagement.services import follow_ups, forgotten_words, reliefs, timers
from backend.foundation import clock, idempotency, logs
from backend.foundation.db import reading, transaction
from backend.foundation.sealing import Sealer
from backend.identity.queries import list_organisations
from backend.identity.services import protected_groups
from backend.insight.queries.seals import CHAINS
from backend.integrity.services import sightings
from backend.notify.push import Firebase, Pusher
from backend.notify.relay import relay_some
from backend.notify.services import messages
from backend.rewards.services import adjustments, expiries, ledger, redemptions, standings
from backend.settings import PRODUCTION, Settings
from backend.venues.queries import list_resting

# What it returns is true where more was left than it does in one go.
Job = Callable[[datetime], bool | None]
_sealer = Sealer()
# Whatever hands notes to phones, in the application's extensions; None for the inbox alone.
PUSHER = "on_the_spot.pusher"


def _bring_boards_up(_now: datetime) -> None:
    standings.catch_up()


def _confirm_points(now: datetime) -> None:
    ledger.confirm_all_due(now=now)


def _expire_redemptions(now: datetime) -> None:
    redemptions.expire_forgotten(now=now)


def _close_seasons(now: datetime) -> None:
    closing.close_seasons(now=now)


def _expire_adjustments(now: datetime) -> None:
    adjustments.expire_forgotten(now=now)


def _expire_points(now: datetime) -> None:
    expiries.expire_all_due(now=now)


def _forget_answers(now: datetime) -> None:
    with transaction() as session:
        idempotency.forget_old(session, now=now)


def _seal(now: datetime) -> bool:
    with reading() as session:
        organisations = list_organisations(session)
    more = [
        _sealer.seal(chain, organisation_id=organisation_id, now=now)
        for organisation_id in organisations
        for chain in CHAINS
    ]
    return any(more)


def _forget_messages(now: datetime) -> bool:
    with transaction() as session:
        return messages.forget_old(session, now=now)


def _forget_sightings(now: datetime) -> None:
    with transaction() as session:
        sightings.forget_old(session, now=now)


def _forget_words(now: datetime) -> bool:
    return forgotten_words.forget_old(now=now)


def _delete_groups(now: datetime) -> bool:
    return protected_groups.delete_due(now=now)


def _relay(now: datetime) -> bool:
    return relay_some(current_app.extensions[PUSHER], resting=list_resting, now=now)


def _chase_covers(now: datetime) -> None:
    reliefs.chase(now=now, cover_seconds=_settings().cover_seconds)


def _call_for_help(now: datetime) -> None:
    settings = _settings()
    timers.call_for_help(
        now=now,
        near_seconds=settings.request_near_seconds,
        supervisor_seconds=settings.request_supervisor_seconds,
    )


def _release_idle(now: datetime) -> None:
    timers.release_idle(now=now, idle_minutes=_settings().idle_minutes)


def _name_follow_ups(now: datetime) -> None:
    follow_ups.name_owners(now=now)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    return settings


# Each with the seconds from its end to its next beginning.
JOBS: Mapping[Job, float] = {
    _bring_boards_up: 1,
    _confirm_points: 5,
    _expire_redemptions: 30,
    _close_seasons: 10,
    _expire_adjustments: 30,
    _expire_points: 60,
    _forget_answers: 5,
    _seal: 10,
    _forget_messages: 60,
    _forget_sightings: 600,
    _forget_words: 600,
    _delete_groups: 600,
    _chase_covers: 3,
    _call_for_help: 5,
    _release_idle: 60,
    _name_follow_ups: 60,
}
# These wait for servers of others, and so have a thread of their own.
PATIENT_JOBS: Mapping[Job, float] = {_relay: 1}


def run(app: Flask, job: Job, now: datetime) -> bool:
    """Run ``job`` for what is due at ``now``, and tell whether it left more to do at once.

    One that fails does not stop the others.
    """
    try:
        with app.app_context():
            return bool(job(now))
    except Exception as error:  # noqa: BLE001 - the next pass tries again, and so does the next job
        logs.log_fault("job failed", error, job=job.__name__.strip("_"))
        return False


def run_forever(app: Flask, stop: threading.Event) -> None:
    """Run every job at its pace until ``stop`` is set."""
    threading.Thread(target=_relay_forever, args=(app, stop), name="relay", daemon=True).start()
    _take_turns(app, JOBS, stop)


def _relay_forever(app: Flask, stop: threading.Event) -> None:
    # Here, because loading what pushes takes a second, which no other job should wait for.
    app.extensions[PUSHER] = _pusher(app.extensions["on_the_spot.settings"])
    _take_turns(app, PATIENT_JOBS, stop)


def _pusher(settings: Settings) -> Pusher | None:
    if settings.firebase_account is None:
        if settings.environment == PRODUCTION:
            logs.log.warning("push: no service account, messages stay in the inbox")
        return None
    return Firebase(settings.firebase_account)


def _take_turns(app: Flask, jobs: Mapping[Job, float], stop: threading.Event) -> None:
    next_at = dict.fromkeys(jobs, 0.0)
    while not stop.is_set():
        for job, seconds in jobs.items():
            if time.monotonic() >= next_at[job]:
                more = run(app, job, clock.now())
                next_at[job] = time.monotonic() + (0 if more else seconds)
        stop.wait(min(next_at.values()) - time.monotonic())
