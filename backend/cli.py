"""The command line: start, serve, migrate, and what an operator does without the web."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask

from backend import migrations, server
from backend.settings import (
    DEVELOPMENT,
    Settings,
    SettingsRefused,
    from_environment,
    instance_folder,
)

PAGES = {"": "the front page", "app": "for staff", "hr": "for HR", "docs": "the API"}


class Refusing(click.Group):
    """A group whose commands end with one clear line when the installation is not as needed."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (SettingsRefused, server.PortBusy) as refused:
            raise click.ClickException(str(refused)) from refused


@click.group(cls=Refusing)
def cli() -> None:
    """On the Spot: notice good service and reward it."""


@cli.command()
@click.option("--empty", is_flag=True, help="Do not make the demo arena.")
@click.option("--season", is_flag=True, help="Play all 41 evenings of the demo season.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def run(*, empty: bool, season: bool, port: int, host: str) -> None:
    """Try it out: make what is missing, start the server and print where it is."""
    server.refuse_busy_port(host, port)
    settings = _settings(host, port)
    if settings.environment != DEVELOPMENT:
        raise click.ClickException("`run` is for trying it out; use `migrate`, then `serve`.")
    with _alone():
        app = server.safe_app(settings)
        _migrate(app)
    _serve(settings, host=host, port=port)


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(*, port: int, host: str) -> None:
    """Serve a migrated database, and change nothing else."""
    server.refuse_busy_port(host, port)
    settings = _settings(host, port)
    app = server.safe_app(settings)
    if migrations.find_current(app) != migrations.newest():
        raise click.ClickException("The database is of another version; run `backend migrate`.")
    _serve(settings, host=host, port=port)


@cli.command()
def migrate() -> None:
    """Bring the database to this version of the product."""
    with _alone():
        _migrate(server.safe_app(_settings()))


def _settings(host: str = "127.0.0.1", port: int = 8000) -> Settings:
    """Read the settings, and tell the server's processes what was said on the command line."""
    name = f"[{host}]" if ":" in host else host
    os.environ.setdefault("ON_THE_SPOT_PUBLIC_URL", f"http://{name}:{port}")
    return from_environment(os.environ, instance=_instance())


def _instance() -> Path:
    folder = instance_folder(os.environ)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process prepares this installation."""
    with (_instance() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _migrate(app: Flask) -> None:
    if migrations.find_current(app) != migrations.newest():
        migrations.upgrade(app)


def _serve(settings: Settings, *, host: str, port: int) -> None:
    def greet() -> None:
        click.echo(f"On the Spot answers at {settings.public_url} (Control-C stops it)")
        for path, what in PAGES.items():
            click.echo(f"  {settings.public_url}/{path:6} {what}")

    server.serve(settings, host=host, port=port, on_answer=greet)
