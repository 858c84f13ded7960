"""Records the examples of the contract from a real evening: every operation is called once.

    python -m tests.contract.record_examples

The clock stands still between the steps. Ids are numbered in the order in which they appear, and
secrets become words that say what belongs there, so that recording again changes nothing.
"""

import json
import re
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend import migrations
from backend.app import create_app
from backend.engagement.exports import qr_svg, rating_url
from tests.conftest import settings_for
from tests.contract.document import EXAMPLES, JSON, operations
from tests.contract.evening import play
from tests.factories import NOW

CODE = "EXAMP1E0RAT1NG0C0DE0000000"
TOKEN = "eyJhbGciOiJFZERTQSJ9.{}.c2lnbmF0dXJl"
STANDING_IN = {
    "access_token": TOKEN.format("YWNjZXNzLXRva2Vu"),
    "refresh_token": TOKEN.format("cmVmcmVzaC10b2tlbg"),
    "device_secret": "the-secret-of-this-phone-kept-by-it-alone-0",
    # A cursor holds an id, and ids differ with every run.
    "next_cursor": "WyJ3aGVyZSB0aGUgbmV4dCBwYWdlIGJlZ2lucyJd",
    "correction_token": "token-of-the-first-answer",
    "place_code": f"EXAMP1EP1ACE{'0' * 33}",
    "hash": "5ea1" * 16,
    # Of files and documents that are full of ids.
    **dict.fromkeys(("sha256", "csv_sha256", "xlsx_sha256"), "0f11" * 16),
}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(kw_only=True)
class Recorder:
    """Calls operations by their ids, and keeps what was said the first time."""

    app: Flask
    clock: time_machine.Traveller
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def wait(self, **of_time: float) -> None:
        """Let time pass."""
        self.clock.shift(timedelta(**of_time))

    def call(
        self, name: str, *, token: str | None = None, body: Any = None, **at: Any
    ) -> TestResponse:
        """Call the operation ``name``; ``at`` fills its path, and else its query."""
        operation = operations()[name]
        path = operation.path
        for key in re.findall(r"{(\w+)}", path):
            path = path.replace(f"{{{key}}}", str(at.pop(key)))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        taken = operation.body()
        response = self.client.open(
            path,
            method=operation.method.upper(),
            query_string=at,
            headers=headers,
            data=body if isinstance(body, str) else body and json.dumps(body),
            content_type=taken[0] if taken else None,
        )
        assert response.status_code < 300, f"{name}: {response.status} {response.text}"
        said = f"{operation.method.upper()} {response.request.full_path.removesuffix('?')}"
        self.kept.setdefault(name, self._example(said, body, response))
        return response

    def _example(self, said: str, body: Any, response: TestResponse) -> dict[str, Any]:
        example: dict[str, Any] = {"call": said, "status": response.status_code}
        if body is not None:
            example["request"] = body
        if response.mimetype == JSON and response.data:
            example["response"] = response.json
        if response.mimetype == "text/csv":
            example["response"] = response.text
        if response.mimetype == "image/svg+xml":
            url = rating_url("http://arena.test", CODE)
            example["response"] = qr_svg(url).decode()
        hidden: dict[str, Any] = json.loads(self._numbered(json.dumps(_hidden(example))))
        return hidden

    def _numbered(self, text: str) -> str:
        """Return ``text`` with each id replaced by one of the same shape that is told easily."""

        def number(found: re.Match[str]) -> str:
            return self._ids.setdefault(
                found[0], f"019aa800-0000-7000-8000-{len(self._ids) + 1:012}"
            )

        return UUID.sub(number, text)


def _hidden(value: Any) -> Any:
    """Return ``value`` with everything that differs or is secret replaced."""
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    if isinstance(value, dict):
        return {
            key: STANDING_IN[key] if item and key in STANDING_IN else _hidden(item)
            for key, item in value.items()
        }
    if isinstance(value, str):
        # Enrolment codes have ten characters, rating codes 26, of the same alphabet.
        value = re.sub(r"\b[0-9A-HJKMNP-TV-Z]{26}\b", CODE, value)
        return re.sub(r"\A[0-9A-HJKMNP-TV-Z]{10}\Z", "EXAMP1EC0D", value)
    return value


def record() -> dict[str, dict[str, Any]]:
    """Play the evening on an empty database; return the examples by operation id."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings_for(f"sqlite:///{Path(folder) / 'examples.db'}"))
        migrations.upgrade(app)
        with time_machine.travel(NOW, tick=False) as clock:
            recorder = Recorder(app=app, clock=clock)
            play(recorder)
    return recorder.kept


def main() -> None:
    """Write every example, and drop those of operations that are gone."""
    examples = record()
    EXAMPLES.mkdir(exist_ok=True)
    for path in EXAMPLES.glob("*.json"):
        if path.stem not in operations():
            path.unlink()
    for name, example in examples.items():
        text = json.dumps(example, indent=2, ensure_ascii=False)
        (EXAMPLES / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    missing = set(operations()) - set(examples)
    click.echo(f"{len(examples)} recorded, missing: {sorted(missing) or 'none'}")


if __name__ == "__main__":
    main()
