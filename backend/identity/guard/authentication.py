"""The check of every request: whose token is this, and may they still act?

Verifying a signature costs more than a whole bare view, so a verified token is remembered until it
expires, and a session's answer from the database for nine tenths of a second: within a second every
process notices that somebody signed out, was deactivated or lost a role. Sessions in use whose
answers will soon be too old are asked about together.
"""

import hashlib
from collections import defaultdict
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
        self._used: dict[UUID, set[UUID]] = defaultdict(set)

    def authenticate(self) -> Actor:
        """Return who is acting.

        Raises NotAuthenticated without a token, TokenInvalid, TokenExpired, SessionEnded.
        """
        now = clock.now()
        return self._actor(self.claims(now), now)

    def claims(self, now: datetime) -> Claims:
        """Return what the token of this request says, whether or not its session goes on.

        Raises NotAuthenticated without a token, TokenInvalid, TokenExpired.
        """
        scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated
        return self._verified(token, now)

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
        if known and 0 <= (age := instant - known[0]) < self._check_seconds:
            if age > self._check_seconds / 2:
                self._used[claims.organisation_id].add(claims.session_id)
            actor: Actor | None = known[1]
        else:
            actor = self._ask(claims, now)
        if actor is None or not claims.of(actor):
            raise SessionEnded
        return actor

    def _ask(self, claims: Claims, now: datetime) -> Actor | None:
        # A list at one stroke: another thread may still add to the set.
        used = list(self._used.pop(claims.organisation_id, ()))
        others = [session_id for session_id in used if session_id != claims.session_id]
        asked = [claims.session_id, *others[: queries.MOST_ASKED - 1]]
        self._used[claims.organisation_id].update(others[queries.MOST_ASKED - 1 :])
        with glancing(claims.organisation_id) as session:
            actors = queries.list_actors(
                session, organisation_id=claims.organisation_id, session_ids=asked, now=now
            )
        for session_id in asked:
            if session_id in actors:
                self._actors.keep(session_id, (now.timestamp(), actors[session_id]))
            else:
                self._actors.forget(session_id)
        return actors.get(claims.session_id)
