"""Every text of the fan's page, in every language."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from backend.web.assets import FOLDER as STYLES
from backend.web.languages import FOLDER, LANGUAGES, SOURCE

TEMPLATES = Path(FOLDER).parent / "templates" / "fan"
TRANSLATED = sorted(set(LANGUAGES) - {SOURCE})
# What names a side of the paper, and not of the line: wrong where lines run the other way.
PHYSICAL = re.compile(r"(?<![\w-])(?:[\w-]*-)?(?:left|right)(?![\w-])|float\s*:")
FOUR_SIDES = re.compile(r"(?:margin|padding|inset)\s*:([^;}]+)")
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


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("value", [0, 7, 999, 10_000, 1_234_567])
def test_numbers_are_written_as_the_language_writes_them(code: str, value: int):
    tag = LANGUAGES[code].tag.replace("-", "_")
    assert LANGUAGES[code].number(value) == format_decimal(value, locale=tag)


def test_only_spanish_leaves_four_digits_together():
    # CLDR's minimumGroupingDigits, which Babel does not know.
    written = {code: one.number(9_999) for code, one in LANGUAGES.items()}
    assert written == {
        "en": "9,999",
        "fr": "9\u202f999",
        "es": "9999",
        "nl": "9.999",
        "zh": "9,999",
    }


@pytest.mark.parametrize("name", ["house.css", "fan.css", "ask.css"])
def test_no_style_names_a_side_of_the_paper(name: str):
    style = (STYLES / name).read_text()
    assert PHYSICAL.findall(style) == []
    for sides in FOUR_SIDES.findall(style):
        values = sides.split()
        assert len(values) < 4 or values[1] == values[3]


def test_a_side_of_the_paper_would_be_found():
    for wrong in ("margin-left: 1px", "text-align: right", "left: 0", "float: left"):
        assert PHYSICAL.search(wrong)
    assert not PHYSICAL.search("margin-inline-start: 1px; .leftover { top: 0 }")
