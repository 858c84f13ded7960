"""What operations ask: is the process alive, can it work, what has it been doing."""

from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from backend.foundation.db import reading
from backend.foundation.problems import Unavailable
from backend.web.observing import exposition_registry

MIGRATIONS = Path(__file__).parents[1] / "migrations"
RETRY_SECONDS = 5

pages = Blueprint("operations", __name__)


@pages.get("/healthz")
def healthz() -> dict[str, str]:
    """Answer as long as the process lives."""
    return {"status": "alive"}


@pages.get("/readyz")
def readyz() -> dict[str, str]:
    """Answer when the database does, migrated to the newest revision; raises Unavailable."""
    try:
        with reading() as session:
            revisions = MigrationContext.configure(session.connection()).get_current_heads()
    except SQLAlchemyError as error:
        raise Unavailable("The database does not answer.", retry_after=RETRY_SECONDS) from error
    if set(revisions) != newest_revisions():
        raise Unavailable("The database is not migrated.", retry_after=RETRY_SECONDS)
    return {"status": "ready"}


@pages.get("/metrics")
def metrics() -> Response:
    """Answer the measurements in Prometheus' text format."""
    return Response(generate_latest(exposition_registry()), content_type=CONTENT_TYPE_LATEST)


@cache
def newest_revisions() -> frozenset[str]:
    """Return the revisions that a migrated database is at."""
    return frozenset(ScriptDirectory(str(MIGRATIONS)).get_heads())
