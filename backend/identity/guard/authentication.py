"""The check of every request: whose token is this, and may they still act?

Verifying a signature costs more than a whole bare view, so a verified token is remembered until it
expires, and a session's answer from the database for nine tenths of a second: within a second every
process notices that somebody signed out, was deactivated or lost a role.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from flask import request

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import glancing
from backend.foundation.memory import Memory
from backend.foundation.problems import NotAuthenticated
from backend.identity import queries
from backend.identity.guard.tokens import ACCESS, Claims, read_token
from backend.identity.problems import SessionEnded, TokenExpired

MOST_REMEMBERED = 20_000


class Guard:
    """Tells who is behind a request, by the access token that it bears."""

    def __init__(self, *, check_seconds: float, size: int = MOST_REMEMBERED) -> None:
        """Ask the database about a session at most once in ``check_seconds``."""
        self._check_seconds = check_seconds
        self._claims: Memory[bytes, Claims] = Memory(size=size)
        self._actors: Memory[UUID, tuple[float, Actor]] = Memory(size=size)

    def authenticate(self) -> Actor:
        """Return who is acting.

        Raises NotAuthenticated without a token, TokenInvalid, TokenExpired, SessionEnded.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated
        now = clock.now()
        return self._actor(self._verified(token, now), now)

    def _verified(self, token: str, now: datetime) -> Claims:
        key = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        claims = self._claims.find(key)
        if claims is None:
            claims = read_token(token, kind=ACCESS, now=now)
            self._claims.keep(key, claims)
        elif claims.expires <= now.timestamp():
            self._claims.forget(key)
            raise TokenExpired
        return claims

    def _actor(self, claims: Claims, now: datetime) -> Actor:
        instant = now.timestamp()
        known = self._actors.find(claims.session_id)
        if known and 0 <= instant - known[0] < self._check_seconds:
            return known[1]
        with glancing() as session:
            actor = queries.find_actor(
                session,
                organisation_id=claims.organisation_id,
                employee_id=claims.employee_id,
                session_id=claims.session_id,
                now=now,
            )
        if actor is None:
            self._actors.forget(claims.session_id)
            raise SessionEnded
        self._actors.keep(claims.session_id, (instant, actor))
        return actor
