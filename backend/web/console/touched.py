"""What a form means beside what it showed and what is stored.

A form sends along what it showed. What its reader did not touch stays as it is stored; what
somebody else has set meanwhile is refused, and not overwritten unseen.
"""

from collections.abc import Mapping

Texts = Mapping[str, str]

# What the fields begin with that say what was shown.
SEEN = "seen-"


def weigh(said: Texts, seen: Texts, stored: Texts) -> tuple[Texts, dict[str, str]]:
    """Return what is to be changed by what was ``said``, and what to refuse of it, by field."""
    meant: dict[str, str] = {}
    moved: dict[str, str] = {}
    for name, text in said.items():
        there = stored.get(name, "")
        if text in {seen[name], there}:
            continue
        meant[name] = text
        if seen[name] != there:
            shown = there or "empty"
            moved[name] = f"Somebody has changed this since you looked; it is {shown} at present."
    return meant, moved


def filled(stored: Texts, said: Texts, seen: Texts) -> dict[str, Texts]:
    """Return what a form holds, and what it shows; of one that was refused what was ``said``.

    Of what somebody else has changed meanwhile the reader is told, so that it counts as shown.
    """
    _, moved = weigh(said, seen, stored)
    told = {name: stored.get(name, "") if name in moved else text for name, text in seen.items()}
    return {"values": {**stored, **said}, "seen": {**stored, **told}, "moved": moved}
