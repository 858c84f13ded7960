"""What tests over HTTP need: a sign-in that costs no sign-in, and a socket."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.identity.guard.tokens import tokens_for
from backend.identity.models import Device
from backend.identity.permissions import Role, granted
from backend.identity.services import hashing, sessions


def tokens_of(app: Flask, actor: Actor) -> dict[str, str]:
    """Open a session for an employee whom a test has made; return its tokens.

    It is one on a phone, or in the console for those who may do more than a phone allows.
    Do not call it within a transaction.
    """
    now = clock.now()
    with app.app_context(), transaction() as session:
        device_id = None
        if actor.permissions <= granted({Role.SUPERVISOR}):
            device_id = new_id()
            session.add(
                Device(
                    organisation_id=actor.organisation_id,
                    id=device_id,
                    label="A test's phone",
                    secret_hash=hashing.digest(str(device_id)),
                    enrolled_by=actor.employee_id,
                    enrolled_at=now,
                )
            )
            session.flush()
        opened = sessions.open_session(
            session,
            organisation_id=actor.organisation_id,
            employee_id=actor.employee_id,
            device_id=device_id,
            expires_at=now + timedelta(days=1),
            now=now,
        )
        return tokens_for(opened, now=now)


def headers_for(app: Flask, actor: Actor) -> dict[str, str]:
    """Return the headers of a request by ``actor``."""
    return {"Authorization": f"Bearer {tokens_of(app, actor)['access_token']}"}


class Silent(WSGIRequestHandler):
    """A request handler that logs nothing."""

    def log(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Yield the address at which ``app`` is served on a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
