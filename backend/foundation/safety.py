"""What must be true of the database engine before anybody is served outside development."""

import pysqlite3.dbapi2
from sqlalchemy import Engine, text

from backend.settings import DEVELOPMENT, Settings, SettingsRefused

# SQLite's write-ahead log could lose commits of two connections in 3.7.0 to 3.51.2.
FIRST_SOUND_SQLITE = (3, 51, 3)
_PASSES_OVER = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"


def refuse_unsafe(settings: Settings, engine: Engine) -> None:
    """Refuse what may lose what was acknowledged, or mix organisations; raises SettingsRefused.

    In development everything is taken.
    """
    if settings.environment == DEVELOPMENT:
        return
    if engine.dialect.name == "sqlite":
        _refuse_unsound_sqlite(settings)
    else:
        _refuse_careless_postgresql(engine)


def _refuse_unsound_sqlite(settings: Settings) -> None:
    several = settings.processes > 1 or not settings.worker_in_server
    if several and pysqlite3.dbapi2.sqlite_version_info < FIRST_SOUND_SQLITE:
        raise SettingsRefused(
            f"SQLite {pysqlite3.dbapi2.sqlite_version} may lose commits of several processes: "
            "run one process with the worker in it, or SQLite 3.51.3 or newer"
        )


def _refuse_careless_postgresql(engine: Engine) -> None:
    with engine.connect() as connection:
        if connection.scalar(text(_PASSES_OVER)):
            raise SettingsRefused(
                "PostgreSQL does not keep superusers, nor who may bypass row security, to the rows "
                "of one organisation: sign in as an ordinary user who owns the database"
            )
        for name in ("fsync", "synchronous_commit"):
            value = connection.scalar(text("select current_setting(:name)"), {"name": name})
            if value == "off":
                raise SettingsRefused(f"PostgreSQL runs with {name} off and may lose commits")
