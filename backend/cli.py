"""The command line: start, serve, migrate, and what an operator does without the web."""

import fcntl
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError

from backend import migrations, server, worker
from backend.app import create_app
from backend.demo import sign_ins, start
from backend.demo.sign_ins import SignIns
from backend.foundation import csv_cells
from backend.foundation.clock import now
from backend.foundation.csv_rows import Refused
from backend.foundation.db import db, reading, transaction
from backend.foundation.openapi import SPECIFICATION, specification_of
from backend.foundation.problems import Problem
from backend.foundation.text import unstorable
from backend.founding import Badge, Credentials, NotLetIn, found, let_in, let_in_anew
from backend.identity.queries import list_organisations
from backend.identity.services.employee_imports import read_email, read_payroll_number
from backend.identity.services.hashing import hasher_for
from backend.insight import verify
from backend.insight.queries.seals import list_heads
from backend.settings import (
    DEVELOPMENT,
    Secrets,
    Settings,
    SettingsRefused,
    from_environment,
    instance_folder,
)

PAGES = {
    "": "the front page",
    "app": "for staff, on a phone: greet, help, show the fan a code, ask for a reward",
    "board": "for supervisors: who is where, what is uncovered, one tap to send relief",
    "hr": "for HR: the two figures, the board, who asked for what, rewards and rules",
    "docs": "the API, to read and to try",
}
ASKING = "for a fan in section 101, from the sheet that hangs there: ask for help"


class Refusing(click.Group):
    """A group whose commands end with one clear line when the installation is not as needed."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (SettingsRefused, server.PortBusy, NotLetIn, Problem) as refused:
            raise click.ClickException(str(refused)) from refused
        except OperationalError as error:
            raise click.ClickException(f"The database does not answer: {error.orig}") from error
        except IntegrityError as error:
            raise click.ClickException("There is one of that name; nothing was made.") from error
        except DatabaseError as error:
            raise click.ClickException(f"The database cannot be read: {error.orig}") from error
        except (ArgumentError, NotADirectoryError, PermissionError) as error:
            raise click.ClickException(str(error)) from error


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
        made = None if empty else _prepare_demo(app, settings, season=season)
    asking = {f"ASK/{made.ask_code}": ASKING} if made else {}
    _serve(settings, host=host, port=port, known=made, pages=PAGES | asking)


@cli.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(*, port: int, host: str) -> None:
    """Serve a migrated database, and change nothing else."""
    server.refuse_busy_port(host, port)
    settings = _settings(host, port)
    _migrated(settings)
    _serve(settings, host=host, port=port, known=None, pages=PAGES)


@cli.command("worker")
def work() -> None:
    """Run the background jobs alone, beside servers that do not (WORKER_IN_SERVER=no)."""
    settings = _settings()
    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    worker.run_forever(_migrated(settings), stop)


class Typed(click.ParamType[str]):
    """What is typed for somebody or something new, held to what a file may say of it."""

    name = "text"

    def __init__(self, read: Callable[[str], str]) -> None:
        """Take what ``read`` takes, as it returns it."""
        self._read = read

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return ``value`` as it is kept."""
        if reason := unstorable(value) or ("must not be empty" if not value.strip() else None):
            self.fail(f"{value!r} {reason}")
        try:
            return self._read(value)
        except Refused as refused:
            self.fail(f"{value!r} {refused}")


NAME, BADGE = Typed(csv_cells.text(longest=120)), Typed(csv_cells.text(longest=40))
EMAIL, PAYROLL_NUMBER = Typed(read_email), Typed(read_payroll_number)


@cli.command()
@click.argument("name", type=NAME)
@click.option(
    "--admin-email",
    type=EMAIL,
    required=True,
    help="With which the first administrator signs in.",
)
@click.option(
    "--admin-name", "administrator", type=NAME, default="Administrator", show_default=True
)
@click.option(
    "--badge", "badge_number", type=BADGE, default="1", show_default=True, help="Of the same."
)
@click.option("--payroll-number", type=PAYROLL_NUMBER, help="Of the same.")
def create_organisation(*, name: str, admin_email: str, **administrator: Any) -> None:
    """Make the organisation NAME, and print once how its first administrator signs in."""
    settings = _settings()
    drawn = Credentials.draw(admin_email)
    hashed = hasher_for(settings).hash(drawn.password)
    key = settings.secrets.vault_key
    with _migrated(settings).app_context(), transaction() as session:
        first = found(session, name=name, **administrator, now=now())
        let_in(session, drawn, employee=first, password_hash=hashed, vault_key=key)
    click.echo(f"{name} was made. This is shown once:")
    _show_console(drawn)


@cli.command("let-in")
@click.argument("organisation", type=NAME)
@click.argument("badge_number", type=BADGE)
@click.option("--email", type=EMAIL, help="With which they sign in; else the one on file.")
def let_in_console(*, email: str | None, **badge: str) -> None:
    """Let whoever has BADGE_NUMBER in ORGANISATION into its console, and print once how.

    For somebody new there, or whose password or authenticator is lost: what they signed in with
    before is worth nothing, and their sessions in the console end.
    """
    settings = _settings()
    drawn = Credentials.draw(email or "")
    hashed = hasher_for(settings).hash(drawn.password)
    key = settings.secrets.vault_key
    with _migrated(settings).app_context(), transaction() as session:
        given = let_in_anew(
            session, drawn, badge=Badge(**badge), password_hash=hashed, vault_key=key, now=now()
        )
    click.echo(f"Badge {badge['badge_number']} is let in. This is shown once:")
    _show_console(given)


class HeadType(click.ParamType[verify.KeptHead]):
    """The end of a chain as `backend seals` prints it, CHAIN:NUMBER:HASH."""

    name = "chain:number:hash"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> verify.KeptHead:
        """Return what ``value`` says."""
        head = verify.read_head(value)
        if head is None:
            self.fail(f"{value!r} is not of the form CHAIN:NUMBER:HASH", param, ctx)
        return head


@cli.command("verify")
@click.option(
    "--head",
    "heads",
    type=HeadType(),
    multiple=True,
    help="The end of a chain, as `seals` printed it once, that must still be there.",
)
def prove(*, heads: tuple[verify.KeptHead, ...]) -> None:
    """Check everything that must always hold; exit with 1 and name what breaks it."""
    with _migrated(_settings()).app_context(), reading() as session:
        report = verify.run(session, heads=heads)
    for checked in report.checked:
        _show_checked(checked, [one for one in report.findings if one.invariant == checked.code])
    waiting = ", ".join(f"{count} of the {chain}" for chain, count in report.unsealed.items())
    click.echo(f"Rows that wait for their seal: {waiting}.")
    if report.findings:
        raise click.exceptions.Exit(1)


@cli.command()
def seals() -> None:
    """Print the ends of the chains of seals; kept elsewhere, they prove that none was rewritten."""
    with _migrated(_settings()).app_context(), reading() as session:
        for organisation_id in list_organisations(session):
            click.echo(f"organisation {organisation_id}")
            for head in list_heads(session, organisation_id=organisation_id):
                said = f"{head.chain}:{head.number}:{head.hash}"
                click.echo(f"  {said}  {head.sealed_at:%Y-%m-%dT%H:%M:%SZ}")


@cli.command()
def totp() -> None:
    """Print the one-time code with which the demo's HR signs in now, and nothing beside it."""
    kept = sign_ins.read(_demo_file())
    if kept is None:
        raise click.ClickException("There is no demo arena here; `run` makes one.")
    code, seconds = kept.console.code(now())
    click.echo(code)
    # Beside it, so that a script that reads the code gets six digits.
    click.echo(f"(for {seconds} more seconds)", err=True)


@cli.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def make_secrets(*, path: Path) -> None:
    """Write fresh random keys to PATH, a new file that only its owner may read.

    Outside development a server makes none: lost keys would end every session and unscanned code.
    """
    if path.exists():
        raise click.ClickException(f"{path} exists; nothing was changed.")
    Secrets.keep(path)


@cli.command()
def openapi() -> None:
    """Write the specification of the API, mobile_api_spec/, anew from the code."""
    database = "sqlite:////nowhere/never-opened.db"
    app = create_app(Settings(database_url=database, secrets=Secrets.make()))
    for name, text in specification_of(app).items():
        (SPECIFICATION / name).write_text(text, encoding="utf-8")
        click.echo(f"{SPECIFICATION / name} was written")


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


def _migrated(settings: Settings) -> Flask:
    """Return the application on a database of this version."""
    app = server.safe_app(settings)
    if migrations.find_current(app) != migrations.newest():
        raise click.ClickException("The database is of another version; run `backend migrate`.")
    return app


def _migrate(app: Flask) -> None:
    current = migrations.find_current(app)
    if current and current not in migrations.list_known():
        raise click.ClickException(
            f"The database is of version {current}, which this program does not know: another has"
            " made it, perhaps a later one. Nothing was changed."
        )
    if current != migrations.newest():
        migrations.upgrade(app)


def _demo_file() -> Path:
    return _instance() / "demo.json"


def _prepare_demo(app: Flask, settings: Settings, *, season: bool) -> SignIns | None:
    wanted = start.Wanted(
        evenings=start.ALL_EVENINGS if season else start.FIRST_EVENINGS,
        progress=lambda events: click.progressbar(
            events,
            label="Playing past evenings",
            item_show_func=lambda one: one.name if one else None,
        ),
        path=_demo_file(),
    )
    with app.app_context():
        made = start.prepare(wanted, settings=settings, now=now())
        # No connection may be carried into a forked process.
        db.engine.dispose()
    return made


def _serve(
    settings: Settings, *, host: str, port: int, known: SignIns | None, pages: Mapping[str, str]
) -> None:
    def greet() -> None:
        click.echo(f"On the Spot answers at {settings.public_url} (Control-C stops it)")
        for path, what in pages.items():
            click.echo(f"  {settings.public_url}/{path:6} {what}")
        if known:
            _show(known)

    server.serve(settings, host=host, port=port, on_answer=greet)


def _show_checked(checked: verify.Checked, broken: list[verify.Finding]) -> None:
    said = f"{len(broken)} BROKEN" if broken else "holds"
    click.echo(f"{checked.code:12} {said:10} {checked.rows:>9} rows  {checked.sentence}")
    for finding in broken:
        where = f"{finding.table} {finding.row} of {finding.organisation_id}"
        click.echo(f"             {where}: {finding.what}")


def _show(known: SignIns) -> None:
    click.echo("\nOn a phone (/app) type a code and choose a PIN; each code works once:")
    for line in known.lines():
        click.echo(f"  {line}")
    click.echo("\nHR (/hr) signs in with e-mail address, password and a one-time code:")
    _show_console(known.console)
    launcher = str(Path(sys.prefix, "bin", "backend"))
    click.echo(f"  one-time code now:  {shlex.quote(launcher)} totp")


def _show_console(credentials: Credentials) -> None:
    click.echo(f"  e-mail address:     {credentials.email}")
    click.echo(f"  password:           {credentials.password}")
    click.echo(f"  authenticator app:  {credentials.uri}")
