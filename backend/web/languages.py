"""The languages of the fan's pages: which one to speak, and where its texts come from.

Texts are English in the templates; translations/<language>/LC_MESSAGES/messages.po translates them.
The compiled .mo beside it is committed, so that nothing needs building, and a test holds it equal:
``pybabel compile --directory backend/web/translations`` writes it.
"""

from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations, translation
from pathlib import Path
from typing import Literal

from flask import Flask, g, request

FOLDER = Path(__file__).parent / "translations"
_NARROW_SPACE = "\u202f"


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """A language by its own name, and how it is written.

    ``tag`` is its BCP 47 name, for browsers and voices; ``direction`` is how lines run. Whole
    numbers from ``least_grouped`` have ``grouped_by`` between their thousands, as CLDR says.
    """

    name: str
    tag: str
    direction: Literal["ltr", "rtl"] = "ltr"
    grouped_by: str = ","
    least_grouped: int = 1_000

    def number(self, value: int) -> str:
        """Return a whole number as it is written in this language."""
        if abs(value) < self.least_grouped:
            return str(value)
        return f"{value:,}".replace(",", self.grouped_by)


# By what ``?lang=`` and browsers ask for. Whoever asks for any Chinese reads the simplified one.
LANGUAGES = {
    "en": Language(name="English", tag="en"),
    "fr": Language(name="Français", tag="fr", grouped_by=_NARROW_SPACE),
    "es": Language(name="Español", tag="es", grouped_by=".", least_grouped=10_000),
    "nl": Language(name="Nederlands", tag="nl", grouped_by="."),
    "zh": Language(name="简体中文", tag="zh-Hans"),
}
SOURCE = "en"


def speak(app: Flask) -> None:
    """Let the templates of ``app`` say ``_("...")`` and ``{% trans %}`` in the language."""
    for code in LANGUAGES:
        _catalogue(code)

    def gettext(text: str) -> str:
        return _catalogue(language()).gettext(text)

    def ngettext(one: str, many: str, number: int) -> str:
        return _catalogue(language()).ngettext(one, many, number)

    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(language=language, writing=writing, languages=LANGUAGES)


def language() -> str:
    """Return the language to speak: the one asked for by ``?lang=``, else the browser's."""
    if "language" not in g:
        asked = request.args.get("lang", "")
        g.language = asked if asked in LANGUAGES else _preferred()
    code: str = g.language
    return code


def writing() -> Language:
    """Return how the language to speak is written."""
    return LANGUAGES[language()]


def chosen_language() -> str | None:
    """Return the language that the reader chose by hand, so that links and forms carry it on."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else None


@cache
def _catalogue(code: str) -> NullTranslations | GNUTranslations:
    """Return the texts of a language; the source's are those in the templates."""
    return translation("messages", FOLDER, [code], fallback=True)


def _preferred() -> str:
    return request.accept_languages.best_match(LANGUAGES, SOURCE) or SOURCE
