"""The vault: secrets that must be read again are kept encrypted (Fernet)."""

from cryptography.fernet import Fernet, InvalidToken


def seal(secret: str, *, key: str) -> str:
    """Return ``secret`` as it is kept."""
    return Fernet(key).encrypt(secret.encode()).decode()


def unseal(kept: str, *, key: str) -> str | None:
    """Return the secret that was sealed, or None when it was sealed with another key."""
    try:
        return Fernet(key).decrypt(kept.encode()).decode()
    except InvalidToken:
        return None
