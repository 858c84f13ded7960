"""Enrolling a phone, signing in, carrying on, signing out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response, current_app, request

from backend.foundation import clock
from backend.foundation.db import reading
from backend.foundation.http import Call, Routes, ahead
from backend.foundation.problems import Problem
from backend.identity import guard
from backend.identity.guard import marks, tokens
from backend.identity.permissions import Permission
from backend.identity.problems import (
    CredentialsWrong,
    DeviceNotEnrolled,
    EmploymentEnded,
    EnrolmentCodeRefused,
    PinLocked,
    RefreshTokenReused,
    SessionEnded,
    TokenExpired,
    TokenInvalid,
    TooManyTries,
)
from backend.identity.rules import as_written
from backend.identity.schemas import EnrolIn, EnrolledOut, RefreshIn, SignInIn, TokensOut
from backend.identity.services import console, enrolment, phones, sessions
from backend.identity.services.hashing import hasher_for
from backend.settings import Settings

routes = Routes("sign_in", __name__, description="Enrol a phone, sign in, carry on, sign out")


PHONE = ("label", "device_id", "device_secret")


@routes.after_request
def mark_staff(response: Response) -> Response:
    """Mark the browser that somebody was let in by."""
    let_in = request.method == "POST" and response.status_code < 300
    return marks.mark(response) if let_in else response


@dataclass(frozen=True, kw_only=True)
class Application:
    """An enrolment whose PIN is hashed."""

    code: str
    pin_hash: str
    phone: enrolment.Phone


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A claim, compared with what is kept; ``right`` says whether the secrets were."""

    claim: phones.Claim | console.Claim
    right: bool
    step: int | None = None


def _settings() -> Settings:
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    return settings


def _phone_session_life() -> timedelta:
    return timedelta(days=_settings().session_days)


def _check_enrolment(body: dict[str, Any]) -> Application:
    code, pin, hasher = body["code"], body["pin"], hasher_for(_settings())
    guard.count_try()
    with reading() as session:
        kept = enrolment.check_code(session, code=code, now=clock.now())
    if kept:
        # Whoever has read the code on a slip does not know the PIN.
        guard.count_try("enrolment", as_written(code))
        if not hasher.verify(kept, pin):
            raise EnrolmentCodeRefused
    phone = {name: body[name] for name in PHONE if name in body}
    return Application(code=code, pin_hash=kept or hasher.hash(pin), phone=enrolment.Phone(**phone))


@routes.command(
    "POST /devices",
    may=None,
    takes=EnrolIn(),
    answers=EnrolledOut(),
    status=201,
    raises=(EnrolmentCodeRefused, EmploymentEnded, DeviceNotEnrolled, TooManyTries),
)
@ahead(_check_enrolment)
def enrol_device(call: Call, application: Application) -> dict[str, Any]:
    """Enrol a phone with a one-time code and choose a PIN.

    Within ten minutes the same code with the same PIN enrols anew, where the answer was lost; the
    first answer is void then.
    """
    enrolled = enrolment.enrol(
        call.session,
        **vars(application),
        expires_at=call.now + _phone_session_life(),
        now=call.now,
    )
    return {**vars(enrolled), **tokens.tokens_for(enrolled.opened, now=call.now)}


def _check_credentials(body: dict[str, Any]) -> Checked:
    return _check_on_phone(**body) if "pin" in body else _check_in_console(**body)


def _check_on_phone(*, pin: str, **who: Any) -> Checked:
    guard.count_try(str(who["device_id"]), who["badge_number"])
    with reading() as session:
        claim = phones.find_claim(session, **who)
    right = hasher_for(_settings()).verify(claim.pin_hash, pin)
    return Checked(claim=claim, right=right)


def _check_in_console(*, email: str, password: str, totp: str) -> Checked:
    guard.count_try(console.as_kept(email))
    with reading() as session:
        claim = console.find_claim(session, email=email)
    right = hasher_for(_settings()).verify(claim.password_hash, password)
    key = _settings().secrets.vault_key
    step = console.step_of(claim, code=totp, vault_key=key, now=clock.now())
    return Checked(claim=claim, right=right, step=step)


@routes.command(
    "POST /sessions",
    may=None,
    takes=SignInIn(),
    answers=TokensOut(),
    status=201,
    raises=(CredentialsWrong, PinLocked, EmploymentEnded, DeviceNotEnrolled, TooManyTries),
)
@ahead(_check_credentials)
def open_session(call: Call, checked: Checked) -> dict[str, Any] | Problem:
    """Sign in by badge number and PIN on an enrolled phone, or by e-mail, password and code."""
    result = _conclude(call, checked)
    return result if isinstance(result, Problem) else tokens.tokens_for(result, now=call.now)


def _conclude(call: Call, checked: Checked) -> sessions.OpenSession | Problem:
    claim = checked.claim
    if isinstance(claim, console.Claim):
        step = checked.step if checked.right else None
        return console.admit(call.session, claim=claim, step=step, now=call.now)
    if not checked.right:
        return phones.refuse(call.session, claim=claim)
    expires_at = call.now + _phone_session_life()
    return phones.admit(call.session, claim=claim, expires_at=expires_at, now=call.now)


def _check_refresh(body: dict[str, Any]) -> tokens.Claims:
    claims = tokens.read_token(body["refresh_token"], kind=tokens.REFRESH, now=clock.now())
    guard.count_refresh(str(claims.session_id))
    return claims


@routes.command(
    "POST /sessions/refresh",
    may=None,
    takes=RefreshIn(),
    answers=TokensOut(),
    raises=(
        TokenInvalid,
        TokenExpired,
        RefreshTokenReused,
        SessionEnded,
        EmploymentEnded,
        TooManyTries,
    ),
)
@ahead(_check_refresh)
def refresh_session(call: Call, claims: tokens.Claims) -> dict[str, Any] | Problem:
    """Exchange the newest refresh token for a new pair of tokens.

    The one before it is taken too while its successor has not been used. Any other closes the
    session.
    """
    result = sessions.carry_on(
        call.session,
        organisation_id=claims.organisation_id,
        session_id=claims.session_id,
        refresh_id=claims.token_id,
        now=call.now,
    )
    return result if isinstance(result, Problem) else tokens.tokens_for(result, now=call.now)


@routes.command(
    "DELETE /sessions/current", may=Permission.USE_OWN_ACCOUNT, answers=None, status=204
)
def close_session(call: Call) -> None:
    """Sign out."""
    if call.actor.session_id:
        sessions.end(
            call.session,
            organisation_id=call.actor.organisation_id,
            session_id=call.actor.session_id,
            now=call.now,
        )
