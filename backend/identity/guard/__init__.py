"""Who is at the door: tokens, the check of every request, and bounds on guessing."""

from flask import Flask

from backend.foundation.http import AUTHENTICATE
from backend.identity.guard.authentication import Guard
from backend.identity.guard.limits import Limits
from backend.identity.guard.tokens import install_tokens
from backend.settings import Settings

LIMITS = "on_the_spot.sign_in_limits"


def install(app: Flask, settings: Settings) -> None:
    """Let ``app`` know its people."""
    install_tokens(app, settings)
    app.extensions[AUTHENTICATE] = Guard(check_seconds=settings.session_check_seconds).authenticate
    app.extensions[LIMITS] = Limits() if settings.rate_limits else None
