"""Settings: what differs between installations, read once at start."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DEVELOPMENT, PRODUCTION = "development", "production"
LEAST = {
    "processes": 1,
    "threads": 1,
    "rating_code_hours": 1,
    "proxies": 0,
    "cover_seconds": 1,
    "request_near_seconds": 1,
    "request_supervisor_seconds": 1,
    "idle_minutes": 1,
}
# What is known of a request, for which its rating is held, is kept for a week from when it was
# asked for at least; its code lives from when it was resolved.
CODE_KEY_BYTES = 32
MOST_CODE_HOURS = 6 * 24
REPOSITORY = Path(__file__).resolve().parents[1]


# What Firebase's library asks of a key file, beside its key.
_OF_AN_ACCOUNT = ("project_id", "client_email", "token_uri")


class SettingsRefused(Exception):
    """The settings are not safe to start with."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Keys that the first run makes for itself and nobody else knows.

    ``signing_keys`` are Ed25519 private keys in PEM: the first signs access tokens, all verify.
    ``code_key`` derives rating codes, ``vault_key`` (Fernet) encrypts TOTP secrets.
    """

    signing_keys: tuple[str, ...] = field(repr=False)
    code_key: bytes = field(repr=False)
    vault_key: str = field(repr=False)

    @classmethod
    def make(cls) -> "Secrets":
        """Return fresh random secrets."""
        return cls(
            signing_keys=(
                Ed25519PrivateKey.generate()
                .private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
                .decode(),
            ),
            code_key=secrets.token_bytes(CODE_KEY_BYTES),
            vault_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        )

    @classmethod
    def read(cls, path: Path) -> "Secrets":
        """Return the secrets kept in ``path``; raises SettingsRefused when there are none."""
        try:
            kept = json.loads(path.read_text())
            read = cls(
                signing_keys=tuple(kept["signing_keys"]),
                code_key=base64.b64decode(kept["code_key"], validate=True),
                vault_key=kept["vault_key"],
            )
            if not (read.signing_keys and all(isinstance(key, str) for key in read.signing_keys)):
                raise ValueError("signing_keys must be keys in PEM")
            if len(read.code_key) != CODE_KEY_BYTES:
                raise ValueError(f"code_key must have {CODE_KEY_BYTES} bytes")
            Fernet(read.vault_key)  # Raises ValueError for what is no key.
            return read
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SettingsRefused(f"no usable secrets in {path}: {error}") from error

    @classmethod
    def keep(cls, path: Path) -> "Secrets":
        """Return the secrets kept in ``path``, made and written there (mode 0600) if missing."""
        if not path.exists():
            made = cls.make()
            document = {
                "signing_keys": list(made.signing_keys),
                "code_key": base64.b64encode(made.code_key).decode(),
                "vault_key": made.vault_key,
            }
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(document, indent=1))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass  # Another process made them first; its keys are the ones that count.
            finally:
                draft.unlink()
        return cls.read(path)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How this installation runs. Times are in seconds unless the name says otherwise.

    ``proxies`` is how many of our own proxies every request has passed: each has added the address
    that it saw to ``X-Forwarded-For``, and what stands before these was written by anybody.
    ``cover_seconds`` is how long a colleague has to come to a post that was left before supervisors
    are asked; an open request is told to colleagues near it after ``request_near_seconds`` and to
    supervisors after ``request_supervisor_seconds``; what nobody touches for ``idle_minutes`` is
    put back. ``firebase_account`` is the service account that pushes; without one nothing is.
    """

    database_url: str
    secrets: Secrets
    public_url: str = "http://127.0.0.1:8000"
    environment: str = DEVELOPMENT
    debug: bool = False
    processes: int = 1
    threads: int = 4
    access_token_seconds: int = 900
    session_days: int = 30
    session_check_seconds: float = 0.9
    rating_code_hours: int = 72
    worker_in_server: bool = True
    proxies: int = 0
    cover_seconds: int = 60
    request_near_seconds: int = 60
    request_supervisor_seconds: int = 180
    idle_minutes: int = 45
    rate_limits: bool = True
    screening: bool = True
    cheap_hashes: bool = False
    firebase_account: Mapping[str, Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what is not safe."""
        if not 60 <= self.access_token_seconds <= 900:
            raise SettingsRefused("access tokens live 60 to 900 seconds")
        if self.session_check_seconds > 1:
            raise SettingsRefused("a revoked session must be locked out within a second")
        if self.request_near_seconds > self.request_supervisor_seconds:
            raise SettingsRefused("colleagues near a request are told before supervisors are")
        if self.environment == DEVELOPMENT:
            return
        if self.cheap_hashes:
            raise SettingsRefused("cheap hashes are for tests only")
        if self.debug:
            raise SettingsRefused("debugging shows secrets: it is for development only")
        if not (self.rate_limits and self.screening):
            raise SettingsRefused("guessing and suspicious ratings go unnoticed in tests only")


def instance_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of what this installation makes for itself: database and secrets."""
    return Path(environ.get("ON_THE_SPOT_INSTANCE") or REPOSITORY / ".instance").absolute()


def from_environment(environ: Mapping[str, str], *, instance: Path) -> Settings:
    """Read ``ON_THE_SPOT_*`` variables; what is not said lives in the folder ``instance``.

    Outside development the secrets file must exist already (``ON_THE_SPOT_SECRETS`` names it).
    Raises SettingsRefused.
    """
    database_url = environ.get("ON_THE_SPOT_DATABASE_URL")
    database_url = database_url or f"sqlite:///{instance / 'on_the_spot.db'}"
    # SQLite has one writer at a time: a second process would only add waiting.
    given: dict[str, Any] = {"processes": 1 if database_url.startswith("sqlite") else 2}
    for name in ("public_url", "environment"):
        if value := environ.get(f"ON_THE_SPOT_{name.upper()}"):
            given[name] = value.rstrip("/")
    for name, least in LEAST.items():
        if value := environ.get(f"ON_THE_SPOT_{name.upper()}"):
            if not value.isdecimal() or int(value) < least:
                number = "a positive number" if least else "0 or a positive number"
                raise SettingsRefused(f"ON_THE_SPOT_{name.upper()} must be {number}")
            given[name] = int(value)
    if given.get("rating_code_hours", 0) > MOST_CODE_HOURS:
        raise SettingsRefused(f"ON_THE_SPOT_RATING_CODE_HOURS must be at most {MOST_CODE_HOURS}")
    if value := environ.get("ON_THE_SPOT_WORKER_IN_SERVER"):
        if value not in {"yes", "no"}:
            raise SettingsRefused("ON_THE_SPOT_WORKER_IN_SERVER must be yes or no")
        given["worker_in_server"] = value == "yes"
    if account := environ.get("ON_THE_SPOT_FIREBASE_ACCOUNT"):
        given["firebase_account"] = _service_account(Path(account))
    path = Path(environ.get("ON_THE_SPOT_SECRETS") or instance / "secrets.json")
    development = given.get("environment", DEVELOPMENT) == DEVELOPMENT
    return Settings(
        database_url=database_url,
        secrets=Secrets.keep(path) if development else Secrets.read(path),
        # Flask reads the second name by itself.
        debug=any(_is_on(environ, name) for name in ("ON_THE_SPOT_DEBUG", "FLASK_DEBUG")),
        **given,
    )


def _service_account(path: Path) -> dict[str, Any]:
    """Return the account in ``path``; refuses at start what would stop the relay later."""
    if find_spec("firebase_admin") is None:
        raise SettingsRefused("to push, install firebase-admin (the extra `push`)")
    try:
        account = json.loads(path.read_text())
        if account["type"] != "service_account":
            raise ValueError("it is not a service account's")
        if not all(isinstance(account[name], str) for name in _OF_AN_ACCOUNT):
            raise ValueError("it is damaged")
        serialization.load_pem_private_key(account["private_key"].encode(), password=None)
        return dict(account)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsRefused(f"no usable Firebase key in {path}: {error}") from error


def _is_on(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() not in {"", "0", "false", "no"}
