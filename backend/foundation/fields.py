"""Fields and schema bases of the contract: strict in what is taken, open in what is given."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import marshmallow as ma

from backend.foundation.text import one_line, unstorable

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class In(ma.Schema):
    """A schema of what is taken: unknown fields are refused."""

    class Meta:
        """Refuse what is not known."""

        unknown = ma.RAISE


class Out(ma.Schema):
    """A schema of what is given: clients must tolerate fields they do not know."""

    class Meta:
        """Say in the document that more fields may come."""

        unknown = ma.EXCLUDE


class SecretOut(Out):
    """A schema of what is given once and never kept: codes and tokens, and what answers secrets."""


class Str(ma.fields.String):
    """Text that both engines can keep, at most ``longest`` characters, at least ``shortest``."""

    def __init__(self, *, longest: int = 200, shortest: int = 0, **kwargs: Any) -> None:
        """Bound the length in characters."""
        validators = [ma.validate.Length(min=shortest or None, max=longest)]
        super().__init__(validate=[*validators, *kwargs.pop("validate", [])], **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        if reason := unstorable(text):
            raise ma.ValidationError(f"Text {reason}.")
        return text


class Words(Str):
    """Text that people read: trimmed, and not empty."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        """Bound the length in characters."""
        super().__init__(longest=longest, shortest=1, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, *args, **kwargs).strip()


class Name(Str):
    """A name or code as people write it: one line, trimmed, with single spaces."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return one_line(super()._deserialize(value, *args, **kwargs))


class Int(ma.fields.Integer):
    """A whole number within bounds; 1.0 and "1" are refused in JSON bodies."""

    def __init__(self, *, low: int, high: int, **kwargs: Any) -> None:
        """Bound the value, both ends included."""
        super().__init__(strict=True, validate=ma.validate.Range(low, high), **kwargs)

    def _validated(self, value: Any) -> Any:
        if isinstance(value, bool | float):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Bool(ma.fields.Boolean):
    """True or false; 1, "yes" and the like are refused in JSON bodies."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Instant(ma.fields.AwareDateTime):
    """An RFC 3339 instant with an offset, from 2000 to 2100; given back in UTC with ``Z``."""

    def __init__(self, **kwargs: Any) -> None:
        """Take ISO format only."""
        super().__init__(format="iso", **kwargs)

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            instant = super()._deserialize(value, *args, **kwargs)
            if not EARLIEST <= instant <= LATEST:
                raise ma.ValidationError("Must lie between the years 2000 and 2100.")
            return instant.astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type="datetime") from error


class Day(ma.fields.Date):
    """A day from 2000 to 2099."""

    def __init__(self, **kwargs: Any) -> None:
        """Bound the day."""
        within = ma.validate.Range(EARLIEST.date(), LATEST.date(), max_inclusive=False)
        super().__init__(validate=within, **kwargs)


def choice(kind: type[StrEnum], **kwargs: Any) -> ma.fields.Enum[StrEnum]:
    """Return a field that takes and gives the values of ``kind``."""
    return ma.fields.Enum(kind, by_value=ma.fields.String, **kwargs)
