"""Tokens: signed by Ed25519, named by the thumbprint of their key, made and read here only.

An access token lives at most fifteen minutes and says who (``sub``), for which organisation
(``org``) and in which session (``sid``). A refresh token lives as long as its session; its ``jti``
is known to the session's row.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from flask import Flask, current_app
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
)
from flask_jwt_extended.exceptions import JWTExtendedException

from backend.foundation.actor import Actor
from backend.identity.problems import TokenExpired, TokenInvalid
from backend.identity.services.sessions import OpenSession
from backend.settings import Settings, SettingsRefused

ALGORITHM = "EdDSA"
ACCESS, REFRESH = "access", "refresh"
LONGEST_TOKEN = 2_000
# Servers' clocks differ a little: a token just issued by one must be good at the next.
CLOCK_SKEW_SECONDS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What a token says; ``expires`` is in seconds since the epoch."""

    kind: str
    token_id: UUID
    employee_id: UUID
    organisation_id: UUID
    session_id: UUID
    expires: float

    def of(self, actor: Actor) -> bool:
        """Tell whether the token names ``actor``: a session alone does not say whose it is."""
        return (self.organisation_id, self.employee_id) == (
            actor.organisation_id,
            actor.employee_id,
        )


def install_tokens(app: Flask, settings: Settings) -> None:
    """Sign with the first of the settings' keys and trust them all; raises SettingsRefused."""
    keys = [_load(pem) for pem in settings.secrets.signing_keys]
    if not keys:
        raise SettingsRefused("a key is needed to sign tokens with")
    known = {thumbprint(key.public_key()): key.public_key() for key in keys}
    signing_name = thumbprint(keys[0].public_key())
    app.config.update(
        JWT_ALGORITHM=ALGORITHM,
        JWT_DECODE_ALGORITHMS=[ALGORITHM],
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(seconds=settings.access_token_seconds),
        JWT_DECODE_LEEWAY=CLOCK_SKEW_SECONDS,
        JWT_ENCODE_NBF=False,
    )
    manager = JWTManager(app)

    def verifying_key(headers: dict[str, Any], _claims: object) -> Ed25519PublicKey:
        key = known.get(str(headers.get("kid")))
        if key is None:
            raise TokenInvalid
        return key

    manager.encode_key_loader(lambda _: keys[0])
    manager.decode_key_loader(verifying_key)
    manager.additional_headers_loader(lambda _: {"kid": signing_name})


def thumbprint(key: Ed25519PublicKey) -> str:
    """Return the name of a key: the SHA-256 of its JSON Web Key (RFC 7638, RFC 8037)."""
    x = _base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return _base64url(
        hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest()
    )


def tokens_for(opened: OpenSession, *, now: datetime) -> dict[str, Any]:
    """Return a session's next pair of tokens, as the API gives them; ``expires_in`` in seconds."""
    claims = {"org": str(opened.organisation_id), "sid": str(opened.session_id)}
    who = str(opened.employee_id)
    lifetime: timedelta = current_app.config["JWT_ACCESS_TOKEN_EXPIRES"]
    return {
        "access_token": create_access_token(who, additional_claims=claims),
        "refresh_token": create_refresh_token(
            who,
            expires_delta=opened.expires_at - now,
            additional_claims=claims | {"jti": str(opened.refresh_id)},
        ),
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
        "session_expires_at": opened.expires_at,
    }


def read_token(token: str, *, kind: str, now: datetime) -> Claims:
    """Return what a genuine token of ``kind`` says; raises TokenInvalid, TokenExpired."""
    if len(token) > LONGEST_TOKEN:
        raise TokenInvalid
    try:
        said = decode_token(token)
        claims = Claims(
            kind=said["type"],
            token_id=UUID(said["jti"]),
            employee_id=UUID(said["sub"]),
            organisation_id=UUID(said["org"]),
            session_id=UUID(said["sid"]),
            expires=float(said["exp"]),
        )
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    except (
        jwt.PyJWTError,
        JWTExtendedException,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        raise TokenInvalid from error
    if claims.kind != kind:
        raise TokenInvalid
    if claims.expires <= now.timestamp():
        raise TokenExpired
    return claims


def _load(pem: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except ValueError as error:
        raise SettingsRefused("a signing key is not a private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsRefused("signing keys must be Ed25519")
    return key


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
