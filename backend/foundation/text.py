"""Text from outside: what may be kept."""

import unicodedata


def unstorable(value: str) -> str | None:
    """Return why ``value`` cannot be stored on both engines, or None.

    PostgreSQL refuses NUL in text; neither engine can encode a lone surrogate.
    """
    if "\x00" in value:
        return "must not contain NUL"
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        return "must be valid Unicode"
    return None


def one_line(value: str) -> str:
    """Return ``value`` trimmed, without control or direction-changing characters."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    kept = (" " if character.isspace() else character for character in value)
    return " ".join(
        "".join(c for c in kept if c == " " or unicodedata.category(c) not in {"Cc", "Cf"}).split()
    )
