"""What operations ask: is the process alive, can it work, what has it been doing."""

from pathlib import Path

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.foundation.db import reading
from backend.foundation.problems import Unavailable
from backend.web.observing import exposition_registry

# Read from the file names, as `backend.migrations` does: loading it would load Alembic.
NEWEST_REVISION = max(
    path.name.split("_")[0]
    for path in (Path(__file__).parents[1] / "migrations" / "versions").glob("0*.py")
)
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
            revision = session.scalar(text("select version_num from alembic_version"))
    except SQLAlchemyError as error:
        raise Unavailable(
            "The database does not answer, or is empty.", retry_after=RETRY_SECONDS
        ) from error
    if revision != NEWEST_REVISION:
        raise Unavailable("The database is of another version.", retry_after=RETRY_SECONDS)
    return {"status": "ready"}


@pages.get("/metrics")
def metrics() -> Response:
    """Answer the measurements in Prometheus' text format."""
    return Response(generate_latest(exposition_registry()), content_type=CONTENT_TYPE_LATEST)
