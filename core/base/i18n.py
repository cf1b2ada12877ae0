"""Languages: marking, translating, and the catalogue of each room."""

from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
LANGUAGES = {"zh_CN": "简体中文", "en": "English"}
DEFAULT_LANGUAGE = "zh_CN"
LOCALE_DIR = Path(__file__).parent.parent / "locale"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


def N_(text: str) -> str:  # noqa: N802 - the name gettext knows
    """Mark a text for the catalogue; it is translated when shown."""
    return text


def _(text: str) -> str:
    """The text in the language of this context."""
    return _translations(_language.get()).gettext(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The singular or plural text in the language of this context."""
    return _translations(_language.get()).ngettext(singular, plural, count)


def said_in(language: str, text: str) -> str:
    """The text in a language that need not be that of this context."""
    return _translations(language).gettext(text)


def use_language(language: str) -> None:
    """Translate into this language from here on, in this thread or task."""
    _language.set(language)


def current_language() -> str:
    """The language of this context, a key of `LANGUAGES`."""
    return _language.get()


def match_language(wanted: str | None) -> str:
    """The language we have that comes nearest to what a browser asks for, such as `zh-TW`."""
    if not wanted:
        return DEFAULT_LANGUAGE
    return "zh_CN" if wanted.lower().startswith("zh") else "en"


@cache
def _translations(language: str) -> NullTranslations:
    files = sorted((LOCALE_DIR / language).glob("*.po"))
    if not files:
        return NullTranslations()
    merged = Catalog(locale=language)
    for file in files:
        with file.open("rb") as stream:
            for message in read_po(stream, locale=language):
                if message.id and message.string:
                    merged[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)
