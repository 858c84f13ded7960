"""Hashing of PINs and passwords (Argon2id) and of long random secrets (SHA-256)."""

import hashlib
import secrets
from functools import cached_property

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from backend.settings import Settings


class Hasher:
    """Argon2id; it costs 200 ms, so never hash inside the writing transaction."""

    def __init__(self, hasher: PasswordHasher) -> None:
        """Hash with the parameters of ``hasher``."""
        self._hasher = hasher

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_hex())

    def hash(self, secret: str) -> str:
        """Return the hash to keep of a PIN or password."""
        return self._hasher.hash(secret)

    def verify(self, kept: str | None, secret: str) -> bool:
        """Tell whether ``secret`` is the one kept; without one it takes as long and says no."""
        nobodys = self._nobodys
        try:
            self._hasher.verify(kept or nobodys, secret)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None


CAREFUL = Hasher(PasswordHasher())
CHEAP = Hasher(PasswordHasher.from_parameters(profiles.CHEAPEST))


def hasher_for(settings: Settings) -> Hasher:
    """Return the hasher of this installation: cheap in tests only."""
    return CHEAP if settings.cheap_hashes else CAREFUL


def digest(secret: str) -> bytes:
    """Return the SHA-256 of a random secret, which needs no slow hash as nobody can guess it."""
    return hashlib.sha256(secret.encode()).digest()
