"""The jobs that need no request: boards follow the books, points are confirmed, answers forgotten.

Any number of workers may run at once: each job takes rows that no other has in hand.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Flask

from backend.foundation import clock, idempotency
from backend.foundation.db import transaction
from backend.rewards.services import ledger, redemptions, standings

_log = logging.getLogger(__name__)
Job = Callable[[datetime], None]


def _bring_boards_up(_now: datetime) -> None:
    standings.catch_up()


def _confirm_points(now: datetime) -> None:
    ledger.confirm_all_due(now=now)


def _expire_redemptions(now: datetime) -> None:
    redemptions.expire_forgotten(now=now)


def _forget_answers(now: datetime) -> None:
    with transaction() as session:
        idempotency.forget_old(session, now=now)


# Each with the seconds from its end to its next beginning.
JOBS: Mapping[Job, float] = {
    _bring_boards_up: 1,
    _confirm_points: 5,
    _expire_redemptions: 30,
    _forget_answers: 5,
}


def run(app: Flask, job: Job, now: datetime) -> None:
    """Run ``job`` for what is due at ``now``; one that fails does not stop the others."""
    try:
        with app.app_context():
            job(now)
    except Exception:  # noqa: BLE001 - the next pass tries again, and so does the next job
        _log.exception("job failed: %s", job.__name__.strip("_"))


def run_forever(app: Flask, stop: threading.Event) -> None:
    """Run every job at its pace until ``stop`` is set."""
    next_at = dict.fromkeys(JOBS, 0.0)
    while not stop.is_set():
        for job, seconds in JOBS.items():
            if time.monotonic() >= next_at[job]:
                run(app, job, clock.now())
                next_at[job] = time.monotonic() + seconds
        stop.wait(min(next_at.values()) - time.monotonic())
