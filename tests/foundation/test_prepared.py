"""Prepared statements: planned once, whatever values they are run with."""

import gc
from importlib import import_module
from pkgutil import walk_packages

import pysqlite3.dbapi2
from sqlalchemy import create_engine

import backend
from backend.foundation.prepared import Prepared


def all_prepared() -> list[Prepared]:
    for module in walk_packages(backend.__path__, "backend."):
        if not module.name.startswith(("backend.migrations.", "backend.__main__")):
            import_module(module.name)
    return [found for found in gc.get_objects() if isinstance(found, Prepared)]


def test_no_limit_is_bound_which_sqlite_would_plan_anew_for() -> None:
    dialect = create_engine("sqlite://", module=pysqlite3.dbapi2).dialect
    texts = [statement.plan(dialect)[0] for statement in all_prepared()]
    limited = [text for text in texts if "LIMIT" in text]
    assert len(limited) >= 5
    assert not [text for text in limited if "LIMIT ?" in text]
