"""Every text of the fan's page, in every language."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from backend.web.languages import FOLDER, LANGUAGES, SOURCE

TEMPLATES = Path(FOLDER).parent / "templates" / "fan"
TRANSLATED = sorted(set(LANGUAGES) - {SOURCE})
RENEW = "pybabel compile --directory backend/web/translations"


def texts() -> set[str]:
    """Return every text that the templates say."""
    found = extract_from_dir(TEMPLATES, method_map=[("**.html", "jinja2")])
    return {text for _, _, text, _, _ in found if isinstance(text, str)}


def catalogue(language: str) -> Catalog:
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sd]", text))


def test_the_templates_say_something():
    assert "How did it go?" in texts()


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_is_missing_and_none_is_left_over(language: str):
    translated = {
        message.id for message in catalogue(language) if message.string and not message.fuzzy
    }
    assert translated - {""} == texts()


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_kept(language: str):
    for message in catalogue(language):
        assert placeholders(str(message.id)) == placeholders(str(message.string))


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(language: str):
    with (FOLDER / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    written = {message.id: message.string for message in catalogue(language) if message.id}
    assert compiled == written, f"run: {RENEW}"
