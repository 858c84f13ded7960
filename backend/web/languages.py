"""The languages of the fan's page: which one to speak, and where its texts come from.

Texts are English in the templates; translations/<language>/LC_MESSAGES/messages.po translates them.
The compiled .mo beside it is committed, so that nothing needs building, and a test holds it equal:
``pybabel compile --directory backend/web/translations`` writes it.
"""

from gettext import GNUTranslations, NullTranslations, translation
from pathlib import Path

from flask import Flask, g, request

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = {"en": "English", "fr": "Français", "es": "Español"}
SOURCE = "en"


def speak(app: Flask) -> None:
    """Let the templates of ``app`` say ``_("...")`` and ``{% trans %}`` in the language."""
    catalogues: dict[str, NullTranslations | GNUTranslations] = {
        language: translation("messages", FOLDER, [language])
        for language in LANGUAGES
        if language != SOURCE
    }
    catalogues[SOURCE] = NullTranslations()

    def gettext(text: str) -> str:
        return catalogues[language()].gettext(text)

    def ngettext(one: str, many: str, number: int) -> str:
        return catalogues[language()].ngettext(one, many, number)

    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)


def language() -> str:
    """Return the language to speak: the one asked for by ``?lang=``, else the browser's."""
    if "language" not in g:
        asked = request.args.get("lang", "")
        g.language = asked if asked in LANGUAGES else _preferred()
    spoken: str = g.language
    return spoken


def chosen_language() -> str | None:
    """Return the language that the reader chose by hand, so that links and forms carry it on."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else None


def _preferred() -> str:
    return request.accept_languages.best_match(LANGUAGES, SOURCE) or SOURCE
