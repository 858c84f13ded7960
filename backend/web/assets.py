"""Files that browsers load: served by us, kept for ever under a name that holds their digest."""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory, url_for

from backend.foundation.problems import NotFound

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
_COMPRESSIBLE = frozenset({".css", ".js", ".svg"})

pages = Blueprint("assets", __name__)


@pages.get("/static/<digest>/<path:name>")
def serve(digest: str, name: str) -> Response:
    """Answer a file; one asked for under an older digest is not kept."""
    if name not in _names():
        raise NotFound
    response = send_from_directory(FOLDER, name, conditional=True, etag=False)
    response.set_etag(_digest(name))
    response.headers["Cache-Control"] = FOR_EVER if digest == _digest(name) else ASK_AGAIN
    if Path(name).suffix in _COMPRESSIBLE:
        response.headers["Vary"] = "Accept-Encoding"
        if response.status_code == 200 and request.accept_encodings["gzip"] > 0:
            response.direct_passthrough = False
            response.set_data(_gzipped(name))
            response.headers["Content-Encoding"] = "gzip"
    return response


def asset(name: str) -> str:
    """Return the address of the file ``name``; it changes whenever the file does."""
    return url_for("assets.serve", digest=_digest(name), name=name)


@cache
def _names() -> frozenset[str]:
    return frozenset(
        path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()
    )


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


@cache
def _gzipped(name: str) -> bytes:
    return gzip.compress((FOLDER / name).read_bytes(), mtime=0)
