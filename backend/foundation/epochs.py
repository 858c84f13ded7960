"""Seconds between instants, in words of both engines."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Epoch(FunctionElement[int]):
    """An instant as whole seconds since 1970; see `epoch_of`."""

    inherit_cache = True
    type = BigInteger()


@compiles(_Epoch, "postgresql")
def _extracted(element: _Epoch, compiler: SQLCompiler, **options: Any) -> str:
    [at] = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(floor(extract(epoch from {at})) AS BIGINT)"


@compiles(_Epoch, "sqlite")
def _read(element: _Epoch, compiler: SQLCompiler, **options: Any) -> str:
    [at] = (compiler.process(clause, **options) for clause in element.clauses)
    return f"unixepoch({at})"


def epoch_of(at: ColumnElement[datetime]) -> ColumnElement[int]:
    """Return the whole seconds from 1970 to an instant."""
    return _Epoch(at)
