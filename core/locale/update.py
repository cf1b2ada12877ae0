"""`python -m core.locale.update [ROOM …]`: bring every room's catalogue up to the texts in its code."""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from core.base.i18n import LANGUAGES, LOCALE_DIR, SOURCE_LANGUAGE

PROJECT_DIR = Path(__file__).parent.parent.parent
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
ROOM_OF_AREA = {"_shared": "shared", "reports": "analytics", "admin": "accounts"}

MessageId = str | tuple[str, ...]


def messages_by_room(project: Path = PROJECT_DIR) -> dict[str, set[MessageId]]:
    """Every text of the code that is shown to somebody, by the room whose catalogue translates it."""
    found: dict[str, set[MessageId]] = {}
    for file, room in _sources(project):
        with file.open("rb") as stream:
            for _line, message, _comments, _context in extract("python", stream, KEYWORDS):
                if message:
                    found.setdefault(room, set()).add(message)
    return found


def catalogue_file(language: str, room: str) -> Path:
    """Where the translations of a room stand."""
    return LOCALE_DIR / language / f"{room}.po"


def read_catalogue(language: str, room: str) -> Catalog:
    """A room's translations; empty where it has none yet."""
    file = catalogue_file(language, room)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def updated(messages: set[MessageId], old: Catalog, language: str) -> Catalog:
    """A catalogue of exactly these messages, with the translations that the old one has."""
    new = Catalog(locale=language)
    for message in messages:
        known = old.get(message if isinstance(message, str) else message[0])
        new.add(message, known.string if known is not None and known.id == message else "")
    return new


def write_catalogue(language: str, room: str, catalogue: Catalog) -> None:
    """Write a room's translations so that the same texts always make the same file."""
    content = BytesIO()
    write_po(content, catalogue, no_location=True, omit_header=True, sort_output=True, width=0)
    header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    file = catalogue_file(language, room)
    wanted = header.encode() + content.getvalue()
    if not file.exists() or file.read_bytes() != wanted:
        fresh = file.with_suffix(".new")
        fresh.write_bytes(wanted)
        fresh.replace(file)


def _sources(project: Path) -> Iterator[tuple[Path, str]]:
    yield from ((file, "shared") for file in (project / "app.py", project / "pages" / "main.py") if file.exists())
    yield from ((file, "cli") for file in sorted((project / "core").glob("*.py")))
    for area in sorted((project / "pages").glob("*/")):
        yield from ((file, ROOM_OF_AREA.get(area.name, area.name)) for file in sorted(area.rglob("*.py")))
    for room in sorted((project / "core").glob("*/")):
        yield from ((file, room.name) for file in sorted(room.rglob("*.py")))


def main(rooms: list[str]) -> None:
    """Update the catalogues of these rooms, or of all, and say what still waits for a translation."""
    found = messages_by_room()
    for language in LANGUAGES:
        if language == SOURCE_LANGUAGE:
            continue
        for room in sorted(rooms or found):
            if room not in found and not catalogue_file(language, room).exists():
                continue
            catalogue = updated(found.get(room, set()), read_catalogue(language, room), language)
            write_catalogue(language, room, catalogue)
            missing = sum(1 for message in catalogue if message.id and not _is_complete(message.string))
            sys.stdout.write(f"{language}/{room}.po: {len(catalogue)} texts, {missing} to translate\n")


def _is_complete(translation: MessageId | list[str] | None) -> bool:
    return bool(translation) and all(translation or ())


if __name__ == "__main__":
    main(sys.argv[1:])
