"""Puts the web faces into the application."""

from flask import Flask

from backend.web import (
    asks,
    assets,
    board,
    console,
    docs,
    fan,
    heard,
    landing,
    operations,
    privacy,
    staff,
    thanks,
)
from backend.web.assets import asset
from backend.web.faults import explain
from backend.web.formats import write_figures
from backend.web.languages import speak
from backend.web.observing import observe
from backend.web.security import secure

FACES = (
    operations,
    assets,
    landing,
    docs,
    fan,
    thanks,
    asks,
    heard,
    privacy,
    staff,
    board,
    console,
)


def register(app: Flask) -> None:
    """Add pages, headers, logs and measurements to ``app``."""
    observe(app)
    secure(app)
    speak(app)
    write_figures(app)
    explain(app)
    app.jinja_env.globals.update(asset=asset, privacy_page=privacy.address_of)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for module in FACES:
        app.register_blueprint(module.pages)
