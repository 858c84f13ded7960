"""What every answer tells the browser: what the page may load, and what may be kept."""

from flask import Flask, Response, current_app, request

from backend.settings import Settings

POLICY = "Content-Security-Policy"
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ALWAYS = {
    POLICY: NOTHING,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
ONE_YEAR = 31_536_000


def policy(**sources: str) -> str:
    """Return a content policy that allows ``sources`` and nothing else.

    Names are directives with an underscore for the hyphen: ``policy(script_src="'self'")``.
    """
    allowed = {"base_uri": "'none'", "form_action": "'none'", "frame_ancestors": "'none'"} | sources
    directives = (f"{name.replace('_', '-')} {value}" for name, value in allowed.items())
    return "; ".join(["default-src 'none'", *directives])


def secure(app: Flask) -> None:
    """Put the headers on every answer of ``app``."""
    app.after_request(_harden)
    settings: Settings = app.extensions["on_the_spot.settings"]
    if settings.public_url.startswith("https://"):
        app.after_request(_insist_on_https)


def secure_cookies() -> bool:
    """Tell whether cookies may travel over https only."""
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    return settings.public_url.startswith("https://")


def _harden(response: Response) -> Response:
    # One look at what is there: this runs for every request, and each look by name is a search.
    there = {name for name, _ in response.headers}
    missing = [(name, value) for name, value in ALWAYS.items() if name not in there]
    if "Cache-Control" not in there:
        kept = "ETag" in there and not _holds_a_code()
        missing.append(("Cache-Control", "private, no-cache" if kept else "no-store"))
    response.headers.extend(missing)
    return response


def _holds_a_code() -> bool:
    """Tell whether the address is a secret, so that no client may keep the answer."""
    return "code" in (request.view_args or {})


def _insist_on_https(response: Response) -> Response:
    response.headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}; includeSubDomains"
    return response
