"""What a refusal says about the fields of a form."""

from collections.abc import Mapping

from backend.foundation.problems import Problem


def errors_of(refusal: Problem | None) -> dict[str, str]:
    """Return the first message of each field of the form that was refused."""
    errors = refusal.errors if refusal else None
    if not isinstance(errors, Mapping):
        return {}
    return {name: said[0] for place in errors.values() for name, said in place.items()}
