"""The log: lines of JSON without anything personal.

It has an allow-list: what is not named in ``LOGGED`` cannot get in. A fault is told by class and
place, without its message, which may quote people.
"""

import sys
import traceback
from contextlib import suppress
from typing import BinaryIO, cast

import orjson
import structlog
from structlog.processors import JSONRenderer
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from backend.foundation import clock

LOGGED = frozenset(
    {
        "at",
        "event",
        "request_id",
        "method",
        "endpoint",
        "status",
        "milliseconds",
        "job",
        "subject_id",
        "fault",
        "trace",
    }
)
_INNERMOST = 12


def only_allowed(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    """Drop every field that is not on the allow-list, and say when it was."""
    kept = {name: value for name, value in fields.items() if name in LOGGED}
    return {"at": clock.now().isoformat(timespec="milliseconds"), **kept}


class _Lossy:
    """A stream that loses what cannot be written: a full disk, or a reader that is gone.

    What a line is about is done by then, and must not fail because of it.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, line: bytes) -> int:
        with suppress(OSError):
            return self._stream.write(line)
        return 0

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def logger_to(stream: BinaryIO) -> FilteringBoundLogger:
    """Return what logs to ``stream``: a line of JSON each, which escapes line breaks in values.

    What cannot be written is lost, and nothing fails.
    """
    as_json = JSONRenderer(serializer=orjson.dumps, default=str)
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.BytesLogger(cast(BinaryIO, _Lossy(stream))), processors=[only_allowed, as_json]
    )
    return logger


log = logger_to(sys.stderr.buffer)


def log_fault(event: str, error: Exception, **fields: object) -> None:
    """Log that ``event`` met ``error``, by its class and where it came from."""
    frames = traceback.extract_tb(error.__traceback__)[-_INNERMOST:]
    log.error(
        event,
        **fields,
        fault=type(error).__qualname__,
        trace=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
