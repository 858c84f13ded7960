"""What tests of proof share."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from backend.foundation.db import reading


@pytest.fixture
def scratch(app: Flask) -> Iterator[Session]:
    """Yield a transaction in which guards may be taken down; nothing of it is kept."""
    with app.app_context(), reading() as session:
        yield session
        if session.connection().dialect.name == "sqlite":
            session.execute(text("pragma ignore_check_constraints = off"))
