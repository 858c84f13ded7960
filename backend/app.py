"""The application: the only module that knows every other."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.middleware.proxy_fix import ProxyFix

from backend.engagement import routes as engagement_routes
from backend.engagement.queries.merits import find_merit
from backend.foundation.db import db, engine_options
from backend.foundation.http import OrjsonProvider
from backend.foundation.openapi import create_api
from backend.identity import guard
from backend.identity import routes as identity_routes
from backend.insight import routes as insight_routes
from backend.notify import routes as notify_routes
from backend.rewards import routes as rewards_routes
from backend.rewards.routes.merit import MERIT
from backend.settings import Settings
from backend.venues import routes as venues_routes
from backend.web.registration import register

LARGEST_BODY = 512 * 1024
API_ROUTES: tuple[ModuleType, ...] = (
    identity_routes,
    notify_routes,
    venues_routes,
    rewards_routes,
    engagement_routes,
    insight_routes,
)


class NoSessions(SessionInterface):
    """Flask's cookie session is not used; opening it would cost 60 us a request."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Open nothing."""
        return None

    def make_null_session(self, app: Flask) -> NullSession:
        """Return the session that complains when it is used."""
        return NullSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep nothing."""


class Application(Flask):
    """Flask, whose views are all plain functions."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``func``: finding out for each of a request's functions would cost 10 us."""
        return func


def create_app(settings: Settings) -> Flask:
    """Return the WSGI application for ``settings``; raises SettingsRefused."""
    app = Application("backend", static_folder=None)
    app.debug = settings.debug
    app.json = OrjsonProvider(app)
    app.session_interface = NoSessions()
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url, threads=settings.threads),
    )
    app.extensions["on_the_spot.settings"] = settings
    if settings.proxies:
        hops = settings.proxies
        # Not the host: our own address is a setting, and not every proxy overwrites that header.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    db.init_app(app)
    guard.install(app, settings)
    app.extensions[MERIT] = find_merit
    api = create_api(app)
    for module in API_ROUTES:
        for blueprint in module.BLUEPRINTS:
            api.register_blueprint(blueprint, url_prefix="/v1")
    register(app)
    return app
