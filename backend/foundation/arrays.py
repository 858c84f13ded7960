"""Many values in one statement.

A list of whole numbers is one parameter, so that the statement is one for any length: a place for
each number would have it written anew for every list, which takes longer than running it. Ids,
which are looked up more rarely, have a place each, in lists that a statement has places for.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

# SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535.
_AT_ONCE = 5_000


class _Integers(TypeDecorator[Sequence[int]]):
    """An array on PostgreSQL, a JSON array on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the driver is to be given."""
        kind: TypeEngine[Any] = ARRAY(BigInteger) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> Any:
        """Return what the driver is to be given."""
        if value is None:
            return None
        return list(value) if dialect.name == "postgresql" else orjson.dumps(value).decode()


class _InArray(FunctionElement[bool]):
    """Whether a column is one of the numbers in an array; see `in_array`."""

    inherit_cache = True
    type = Boolean()


@compiles(_InArray, "postgresql")
def _any_of_array(element: _InArray, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({numbers})"


@compiles(_InArray, "sqlite")
def _in_json(element: _InArray, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({numbers}))"


def in_array(column: ColumnElement[int], name: str) -> ColumnElement[bool]:
    """Return whether ``column`` is one of the whole numbers in the parameter ``name``."""
    return _InArray(column, bindparam(name, type_=_Integers()))


def chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """Yield ``ids`` in lists short enough to be the parameters of one statement."""
    rest = iter(ids)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
