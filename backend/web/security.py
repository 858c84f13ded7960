"""What every answer tells the browser: what the page may load, and what may be kept."""

from collections.abc import Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Request, current_app

from backend.settings import Settings

POLICY = "Content-Security-Policy"
PERMISSIONS = "Permissions-Policy"
DEVICES = ("camera", "geolocation", "microphone", "payment", "usb")
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ALWAYS = {
    POLICY: NOTHING,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    PERMISSIONS: ", ".join(f"{name}=()" for name in DEVICES),
}
ONE_YEAR = 31_536_000


def policy(**sources: str) -> str:
    """Return a content policy that allows ``sources`` and nothing else.

    Names are directives with an underscore for the hyphen: ``policy(script_src="'self'")``.
    """
    allowed = {"base_uri": "'none'", "form_action": "'none'", "frame_ancestors": "'none'"} | sources
    directives = (f"{name.replace('_', '-')} {value}" for name, value in allowed.items())
    return "; ".join(["default-src 'none'", *directives])


def permissions_policy(**allowed: str) -> str:
    """Return what a page may use of a device: nothing but what is ``allowed``, and to whom."""
    return ", ".join(f"{name}={allowed.get(name, '()')}" for name in DEVICES)


def secure(app: Flask) -> None:
    """Put the headers on every answer of ``app``."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    always = dict(ALWAYS)
    if settings.public_url.startswith("https://"):
        always["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    app.wsgi_app = _Hardened(app.wsgi_app, always)  # type: ignore[method-assign]


def secure_cookies() -> bool:
    """Tell whether cookies may travel over https only."""
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    return settings.public_url.startswith("https://")


class _Hardened:
    """Adds the headers beneath Flask, where one of them would cost as much as here all of them."""

    def __init__(self, answer: WSGIApplication, always: Mapping[str, str]) -> None:
        self._answer = answer
        self._always = list(always.items())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            there = {name for name, _ in headers}
            headers += [header for header in self._always if header[0] not in there]
            if "Cache-Control" not in there:
                may_keep = "ETag" in there and not _has_code(environ)
                kept = "private, no-cache" if may_keep else "no-store"
                headers.append(("Cache-Control", kept))
            return start_response(status, headers, *failure)

        return self._answer(environ, start)


def _has_code(environ: WSGIEnvironment) -> bool:
    """Tell whether the address is a secret, so that no client may keep what is there."""
    asked: Request = environ["werkzeug.request"]
    return "code" in (asked.view_args or ())
