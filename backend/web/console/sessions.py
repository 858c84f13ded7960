"""Who reads the console: signed in by form, remembered by a cookie that no script can read.

The cookie holds the session's newest refresh token. It is never exchanged here: it names a session
that the database must still hold as open, so that signing out or being deactivated locks out at
once.
"""

from dataclasses import dataclass

from flask import Response, current_app, request, url_for

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.foundation.problems import NotAllowed, NotAuthenticated, Problem
from backend.foundation.races import until_won
from backend.foundation.text import unstorable
from backend.identity import guard, queries
from backend.identity.guard import marks, tokens
from backend.identity.problems import CredentialsWrong
from backend.identity.services import console, sessions
from backend.identity.services.hashing import hasher_for
from backend.identity.services.sessions import OpenSession
from backend.settings import Settings
from backend.web.security import secure_cookies

COOKIE = "console"
LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What the form says."""

    email: str
    password: str
    totp: str

    @classmethod
    def of_form(cls) -> "Credentials":
        """Return what was typed; raises CredentialsWrong for what cannot be anybody's."""
        said = {name: request.form.get(name, "") for name in ("email", "password", "totp")}
        if any(len(text) > LONGEST or unstorable(text) for text in said.values()):
            raise CredentialsWrong
        said["totp"] = said["totp"].replace(" ", "")
        return cls(**said)


def refuse_forged() -> None:
    """Raise NotAllowed for a form that another site has sent.

    The second wall behind SameSite=Strict: the browser itself says where a form comes from.
    """
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    ours = {settings.public_url, request.host_url.rstrip("/")}
    if request.headers.get("Origin") not in ours:
        raise NotAllowed


def sign_in(credentials: Credentials) -> OpenSession:
    """Open a session; raises CredentialsWrong, EmploymentEnded, TooManyTries."""
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    now = clock.now()
    guard.count_try(console.as_kept(credentials.email))
    with reading() as session:
        claim = console.find_claim(session, email=credentials.email)
    right = hasher_for(settings).verify(claim.password_hash, credentials.password)
    step = console.step_of(
        claim, code=credentials.totp, vault_key=settings.secrets.vault_key, now=now
    )

    def admit() -> OpenSession | Problem:
        with transaction() as session:
            return console.admit(session, claim=claim, step=step if right else None, now=now)

    opened = until_won(admit)
    if isinstance(opened, Problem):
        raise opened
    return opened


def find_reader() -> Actor | None:
    """Return who reads, or None when nobody is signed in any more."""
    now = clock.now()
    try:
        claims = tokens.read_token(request.cookies.get(COOKIE, ""), kind=tokens.REFRESH, now=now)
    except NotAuthenticated:
        return None
    with reading(claims.organisation_id) as session:
        reader = queries.find_reader(
            session,
            organisation_id=claims.organisation_id,
            session_id=claims.session_id,
            refresh_id=claims.token_id,
            now=now,
        )
    return reader if reader and claims.of(reader) else None


def reader_of(opened: OpenSession) -> Actor | None:
    """Return who acts in a session that was just opened, or None when it is over."""
    with reading(opened.organisation_id) as session:
        return queries.find_reader(
            session,
            organisation_id=opened.organisation_id,
            session_id=opened.session_id,
            refresh_id=opened.refresh_id,
            now=clock.now(),
        )


def sign_out() -> None:
    """End the session, if there is one."""
    reader = find_reader()
    if reader and reader.session_id:
        with transaction() as session:
            sessions.end(
                session,
                organisation_id=reader.organisation_id,
                session_id=reader.session_id,
                now=clock.now(),
            )


def remember(response: Response, opened: OpenSession) -> None:
    """Put the session's cookie on ``response``."""
    now = clock.now()
    response.set_cookie(
        COOKIE,
        tokens.tokens_for(opened, now=now)["refresh_token"],
        max_age=opened.expires_at - now,
        path=url_for("console.show_figures"),
        secure=secure_cookies(),
        httponly=True,
        samesite="Strict",
    )
    marks.mark(response)


def forget(response: Response) -> None:
    """Take the session's cookie away."""
    response.delete_cookie(COOKIE, path=url_for("console.show_figures"))
