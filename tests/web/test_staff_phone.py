"""The files of the staff phone: how they are served, how much they weigh, and every word of it."""

import gzip
import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from backend.engagement.rules import ActionKind, Category, Reason
from backend.engagement.rules.gestures import GestureCategory, GestureState, Withdrawal
from backend.identity.rules import LANGUAGES
from backend.notify.messages import MessageKind
from backend.rewards.rules import RedemptionStatus, RewardKind, SourceKind
from backend.web.assets import FOLDER
from backend.web.languages import LANGUAGES as FANS

APP = FOLDER / "app"
MOST_BYTES, MOST_AT_FIRST = 100_000, 80_000
LONGEST_MODULE = 250
SOURCE = "".join(path.read_text() for path in APP.rglob("*.js") if "texts" not in path.parts)
PLACES = re.compile(r"\{(\w+)\}")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def loaded(client: FlaskClient, address: str) -> int:
    """Return how many bytes go over the wire for a file."""
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200, address
    return len(answer.data)


def kept_files(client: FlaskClient) -> list[str]:
    """Return what the service worker keeps."""
    found = re.search(r"const FILES = (\[.*?\]);", client.get("/app.worker.js").text)
    assert found
    files: list[str] = json.loads(found[1])
    return files


def words(language: str) -> dict[str, str]:
    text = (APP / "texts" / f"{language}.js").read_text()
    catalogue: dict[str, str] = json.loads(text.split("export default ", 1)[1].rstrip().rstrip(";"))
    return catalogue


def test_the_page_loads_in_under_eighty_kilobytes_and_all_of_it_in_a_hundred(
    client: FlaskClient,
) -> None:
    page = client.get("/app")
    at_first = set(re.findall(r'"(/static/[^"]+)"', page.text))
    scripts_and_styles = [one for one in at_first if one.endswith((".js", ".css"))]
    page_bytes = len(gzip.compress(page.data))
    assert page_bytes + sum(loaded(client, one) for one in at_first) < MOST_AT_FIRST
    kept = kept_files(client)
    assert set(scripts_and_styles) <= set(kept)
    everything = at_first | set(kept) | {"/app.worker.js"}
    assert page_bytes + sum(loaded(client, one) for one in everything) < MOST_BYTES


def test_the_page_may_run_load_and_ask_nothing_but_its_own(client: FlaskClient) -> None:
    headers = client.get("/app").headers
    said = dict(one.split(" ", 1) for one in headers["Content-Security-Policy"].split("; "))
    assert said.pop("img-src") == "'self' blob:"
    own = {"script-src", "style-src", "connect-src", "manifest-src", "worker-src"}
    closed = {"default-src", "base-uri", "form-action", "frame-ancestors"}
    assert {name for name, sources in said.items() if sources == "'self'"} == own
    assert {name for name, sources in said.items() if sources == "'none'"} == closed
    assert set(said) == own | closed
    devices = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
    assert headers["Permissions-Policy"] == devices
    assert headers["Cache-Control"] == "no-store"
    assert client.get("/").headers["Permissions-Policy"].startswith("camera=()")


def test_the_service_worker_belongs_to_a_release_and_is_asked_for_each_time(
    client: FlaskClient,
) -> None:
    answer = client.get("/app.worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
    again = client.get("/app.worker.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    version = re.search(r'const VERSION = "([0-9a-f]{12})";', answer.text)
    assert version
    kept = kept_files(client)
    assert {address.split("/")[2] for address in kept} == {version[1]}
    assert f"/static/{version[1]}/app/main.js" in client.get("/app").text
    modules = {path.relative_to(FOLDER).as_posix() for path in APP.rglob("*.js")}
    assert modules - {"app/worker.js"} <= {address.split("/", 3)[3] for address in kept}


def test_every_file_of_a_release_is_kept_for_ever_and_an_older_one_is_not(
    client: FlaskClient,
) -> None:
    for address in kept_files(client):
        assert "immutable" in client.get(address).headers["Cache-Control"]
        older = re.sub(r"/static/\w+/", "/static/000000000000/", address)
        assert client.get(older).headers["Cache-Control"] == "no-cache"


def test_the_manifest_installs_it_with_icons_of_every_kind(client: FlaskClient) -> None:
    page = client.get("/app").text
    address = re.findall(r'rel="manifest" href="([^"]+)"', page)[0]
    answer = client.get(address)
    assert answer.mimetype == "application/manifest+json"
    manifest: dict[str, Any] = json.loads(answer.data)
    assert manifest["display"] == "standalone"
    assert manifest["id"] == manifest["start_url"] == manifest["scope"] == "/app"
    sizes = set()
    for icon in manifest["icons"]:
        drawn = client.get(f"{address.rsplit('/', 1)[0]}/{icon['src']}")
        picture = Image.open(BytesIO(drawn.data))
        assert drawn.mimetype == icon["type"] == "image/png"
        assert icon["sizes"] == f"{picture.width}x{picture.height}"
        sizes.add((picture.width, icon.get("purpose", "any")))
    assert sizes == {(192, "any"), (512, "any"), (512, "maskable")}
    apple = re.findall(r'rel="apple-touch-icon" href="([^"]+)"', page)[0]
    assert client.get(apple).mimetype == "image/png"


def test_what_is_vendored_is_named_with_its_licence() -> None:
    notes = (FOLDER / "vendor" / "README.md").read_text()
    for name in ("preact-htm.js", "idb.js"):
        assert f"| {name} |" in notes
    for licence in re.findall(r"`(\S+LICENSE\.txt)`", notes):
        assert (FOLDER / "vendor" / licence).is_file()


@pytest.mark.parametrize("path", sorted(APP.rglob("*.js")), ids=lambda path: path.name)
def test_a_module_is_small_and_says_what_belongs_there(path: Path) -> None:
    text = path.read_text()
    assert text.startswith("// ")
    if "texts" not in path.parts:
        assert len(text.splitlines()) < LONGEST_MODULE
    assert not re.findall(r"https?://", text)


def test_the_phone_speaks_the_languages_of_the_product() -> None:
    assert set(LANGUAGES) == {path.stem for path in (APP / "texts").iterdir()}
    assert set(LANGUAGES) < set(FANS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there_in_every_language(language: str) -> None:
    ours, english = words(language), words("en")
    assert list(ours) == list(english)
    for key, text in ours.items():
        assert text.strip() == text != ""
        assert set(PLACES.findall(text)) == set(PLACES.findall(english[key])), key


def test_no_word_is_missing_and_none_is_left_over() -> None:
    catalogue = words("en")
    parts = {key.split(".")[0] for key in catalogue}
    quoted = set(re.findall(r'"([a-z_]+\.[\w.-]+)"', SOURCE))
    asked = set(re.findall(r'\b[tn]\(\s*"([\w.-]+)"', SOURCE))
    asked |= {one for one in quoted if one.split(".")[0] in parts}
    several = {key[: -len(".one")] for key in catalogue if key.endswith(".one")}
    for key in asked:
        assert key in catalogue or key in several, key
    # Made of a part and a name: t(`need.${category}`).
    made = {*re.findall(r"`([a-z_]+\.)\$\{", SOURCE), "why."}
    for key in catalogue:
        plain = re.sub(r"\.(one|other)$", "", key)
        assert {key, plain} & asked or any(key.startswith(part) for part in made), key


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("need", Category),
        ("action", ActionKind),
        ("message", MessageKind),
        ("source", SourceKind),
        ("reward", RewardKind),
        ("standing", RedemptionStatus),
        ("reason", Reason),
        ("gift", GestureCategory),
        ("gesture", GestureState),
        ("withdrawn", Withdrawal),
    ],
)
def test_what_the_server_names_has_a_word(part: str, names: Any) -> None:
    assert {f"{part}.{name}" for name in names} <= set(words("en"))
