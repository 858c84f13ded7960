"""Files as answers: what a browser keeps, and never shows."""

from flask import Response

from backend.foundation.spreadsheets import MEDIA_TYPES, FileFormat


def attachment(content: bytes, *, name: str, kind: FileFormat) -> Response:
    """Return a file to keep under ``name``, of plain letters, digits and hyphens, and its kind."""
    response = Response(content, mimetype=MEDIA_TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind.value}"'
    return response
