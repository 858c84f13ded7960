"""Files that browsers load: served by us, kept for ever under a name that holds their digest."""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request, url_for

from backend.foundation.problems import NotFound

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
_COMPRESSIBLE = frozenset({".css", ".js", ".svg", ".webmanifest"})
_KINDS = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
# Files that name each other by relative addresses share one digest: the staff phone's, and the
# board, which finds the enrolment of a device where the staff phone keeps it.
_BUNDLE, _WITH_IT = "app/", ("vendor/idb.js", "vendor/preact-htm.js", "board.js")

pages = Blueprint("assets", __name__)


@pages.get("/static/<digest>/<path:name>")
def serve(digest: str, name: str) -> Response:
    """Answer a file; one asked for under an older digest is not kept."""
    if name not in _names():
        raise NotFound
    squeezed = Path(name).suffix in _COMPRESSIBLE and request.accept_encodings["gzip"] > 0
    kind = _KINDS.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
    response = Response(_gzipped(name) if squeezed else _content(name), mimetype=kind)
    response.headers["Cache-Control"] = FOR_EVER if digest in _digests(name) else ASK_AGAIN
    response.headers["Vary"] = "Accept-Encoding"
    if squeezed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{_digest(name)}{'-gzip' if squeezed else ''}")
    response.make_conditional(request)
    return response


def asset(name: str) -> str:
    """Return the address of the file ``name``; it changes whenever the file does."""
    return url_for("assets.serve", digest=_digest(name), name=name)


def bundled(name: str) -> str:
    """Return the address of a file of the bundle; it changes whenever one of its files does."""
    return url_for("assets.serve", digest=bundle_digest(), name=name)


@cache
def bundle_names() -> tuple[str, ...]:
    """Return the names of the bundle's files."""
    return (*sorted(name for name in _names() if name.startswith(_BUNDLE)), *_WITH_IT)


@cache
def bundle_digest() -> str:
    """Return the digest of the bundle: the name of its release."""
    # The page that loads it belongs to it, and is made of a template.
    said = [(FOLDER.parent / "templates" / "house" / "app.html").read_bytes()]
    said += [name.encode() + b"\0" + _content(name) for name in bundle_names()]
    return hashlib.sha256(b"\0".join(said)).hexdigest()[:12]


def _digests(name: str) -> set[str]:
    own = {_digest(name)}
    return own | {bundle_digest()} if name in bundle_names() else own


@cache
def _names() -> frozenset[str]:
    return frozenset(
        path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()
    )


@cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


@cache
def _gzipped(name: str) -> bytes:
    return gzip.compress((FOLDER / name).read_bytes(), mtime=0)
