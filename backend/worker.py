"""The jobs that need no request: points are confirmed, old answers forgotten.

Any number of workers may run at once: each job takes rows that no other has in hand.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from flask import Flask

from backend.foundation import clock, idempotency
from backend.foundation.db import transaction
from backend.rewards.services import ledger

_log = logging.getLogger(__name__)


def _confirm_points(now: datetime) -> None:
    ledger.confirm_all_due(now=now)


def _forget_answers(now: datetime) -> None:
    with transaction() as session:
        idempotency.forget_old(session, now=now)


JOBS: tuple[Callable[[datetime], None], ...] = (_confirm_points, _forget_answers)


def run_pending(app: Flask, now: datetime) -> None:
    """Run every job once for what is due at ``now``; one that fails does not stop the next."""
    for job in JOBS:
        try:
            with app.app_context():
                job(now)
        except Exception:  # noqa: BLE001 - the next pass tries again, and so does the next job
            _log.exception("job failed: %s", job.__name__.strip("_"))


def run_forever(app: Flask, stop: threading.Event, pause: float) -> None:
    """Run the jobs again and again, ``pause`` seconds apart, until ``stop`` is set."""
    while not stop.is_set():
        run_pending(app, clock.now())
        stop.wait(pause)
