"""Who is at the door: tokens, the check of every request, and bounds on guessing."""

from flask import Flask, current_app, request

from backend.foundation import clock
from backend.foundation.db import reading
from backend.foundation.http import AUTHENTICATE, TOKEN_PROBLEMS
from backend.identity.guard.authentication import Guard
from backend.identity.guard.limits import (
    GUESSES_PER_ADDRESS,
    PER_ACCOUNT,
    PER_ADDRESS,
    PER_SESSION,
    Limits,
)
from backend.identity.guard.tokens import install_tokens
from backend.identity.problems import (
    EmploymentEnded,
    SessionEnded,
    TokenExpired,
    TokenInvalid,
    TooManyGuesses,
)
from backend.identity.services import sessions
from backend.settings import Settings

GUARD = "on_the_spot.guard"
LIMITS = "on_the_spot.sign_in_limits"


def install(app: Flask, settings: Settings) -> None:
    """Let ``app`` know its people."""
    install_tokens(app, settings)
    guard = Guard(check_seconds=settings.session_check_seconds)
    app.extensions[GUARD] = guard
    app.extensions[AUTHENTICATE] = guard.authenticate
    app.extensions[TOKEN_PROBLEMS] = (TokenInvalid, TokenExpired, SessionEnded)
    app.extensions[LIMITS] = Limits() if settings.rate_limits else None


def count_try(*account: str) -> None:
    """Count a try to sign in from this address, to ``account`` if given; raises TooManyTries."""
    limits: Limits | None = current_app.extensions[LIMITS]
    if limits:
        limits.count(PER_ADDRESS, "address", request.remote_addr or "")
        if account:
            limits.count(PER_ACCOUNT, "account", *account)


def count_refresh(session_id: str) -> None:
    """Count a refresh of a session; raises TooManyTries."""
    limits: Limits | None = current_app.extensions[LIMITS]
    if limits:
        limits.count(PER_SESSION, "session", session_id)


def count_guess() -> None:
    """Count a code that nobody knows from this address; raises TooManyGuesses."""
    limits: Limits | None = current_app.extensions[LIMITS]
    if limits:
        address = request.remote_addr or ""
        limits.count(GUESSES_PER_ADDRESS, "guess", address, refusal=TooManyGuesses)


def why_ended() -> SessionEnded | EmploymentEnded:
    """Return why the session of this request, whose token is genuine, is over."""
    guard: Guard = current_app.extensions[GUARD]
    now = clock.now()
    claims = guard.claims(now)
    with reading(claims.organisation_id) as session:
        return sessions.why_ended(
            session,
            organisation_id=claims.organisation_id,
            session_id=claims.session_id,
            now=now,
        )
