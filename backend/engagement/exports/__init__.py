"""Codes as addresses and pictures: what employees show, what is printed, and what fans scan."""

from io import BytesIO
from urllib.parse import urlsplit

import segno

_SCALE, _QUIET_ZONE = 8, 4


def rating_url(public_url: str, code: str) -> str:
    """Return where a fan rates with ``code``.

    Scheme and host are written in capitals, which mean the same and let the QR use its
    alphanumeric mode: fewer and larger squares, quicker to scan.
    """
    return _address(public_url, "R", code)


def pack_url(public_url: str, code: str) -> str:
    """Return what the cover of a pack of cards says: the staff's page, with the pack's code."""
    return _address(public_url, "P", code)


def ask_url(public_url: str, code: str) -> str:
    """Return where a fan asks from the place of ``code``."""
    return _address(public_url, "ASK", code)


def follow_url(public_url: str, token: str) -> str:
    """Return where a fan follows what was asked for."""
    return f"{public_url}/ask/follow/{token}"


def _address(public_url: str, page: str, code: str) -> str:
    parts = urlsplit(public_url)
    start = f"{parts.scheme}://{parts.netloc}".upper()
    return f"{start}{parts.path}/{page}/{code}"


def qr_svg(url: str) -> bytes:
    """Return the QR of ``url`` as an SVG document, black on white also on a dark screen."""
    return _drawn(url, "svg")


def qr_png(url: str) -> bytes:
    """Return the QR of ``url`` as a PNG image."""
    return _drawn(url, "png")


def qr_inline(url: str) -> str:
    """Return the QR of ``url`` as SVG to stand inside a page, as large as the page makes it."""
    drawn: str = _coded(url).svg_inline(
        border=_QUIET_ZONE, dark="#000", light="#fff", omitsize=True
    )
    return drawn


def _coded(url: str) -> segno.QRCode:
    return segno.make(url, error="m", micro=False)


def _drawn(url: str, kind: str) -> bytes:
    out = BytesIO()
    code = _coded(url)
    code.save(out, kind=kind, scale=_SCALE, border=_QUIET_ZONE, dark="#000", light="#fff")
    return out.getvalue()
