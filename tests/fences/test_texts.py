"""Every text that somebody reads is translated, in one way, with the same braces."""

import ast
import re
from collections import defaultdict

import pytest

from core.base.i18n import LANGUAGES, SOURCE_LANGUAGE
from core.locale.update import messages_by_room, read_catalogue
from tests.fences.sources import files, name, tree

ROOMS = messages_by_room()
TRANSLATED = [(language, room) for language in LANGUAGES if language != SOURCE_LANGUAGE for room in sorted(ROOMS)]
MARKS = ("_", "N_", "ngettext")
BRACE = re.compile(r"\{[^}]*\}")
NARROW_SIGN = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]")


def forms(text) -> list[str]:
    """A text or the forms of its plural, as a list."""
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize(("language", "room"), TRANSLATED)
def test_every_text_of_a_room_is_translated(language: str, room: str) -> None:
    catalogue = {message.id: message.string for message in read_catalogue(language, room) if message.id}
    missing = [message for message in ROOMS[room] if not all(forms(catalogue.get(message, "")))]
    assert missing == [], f"run `make messages` and translate these in core/locale/{language}/{room}.po"


def test_every_text_that_is_marked_is_found() -> None:
    """One that stands inside an f-string is not, for one."""
    known = {form for room in ROOMS.values() for text in room for form in forms(text)}
    lost = [
        (name(file), call.lineno)
        for file in files("core", "pages")
        for call in ast.walk(tree(file))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS and call.args
        if isinstance(call.args[0], ast.Constant) and call.args[0].value not in known
    ]
    assert lost == []


@pytest.mark.parametrize(("language", "room"), TRANSLATED)
def test_a_catalogue_holds_nothing_that_the_code_no_longer_says(language: str, room: str) -> None:
    assert {message.id for message in read_catalogue(language, room) if message.id} - ROOMS[room] == set()


@pytest.mark.parametrize(("language", "room"), TRANSLATED)
def test_a_translation_keeps_the_braces_of_its_text(language: str, room: str) -> None:
    different = [
        message.id
        for message in read_catalogue(language, room)
        if message.id
        for form in forms(message.string)
        if form and set(BRACE.findall(form)) != set(BRACE.findall(forms(message.id)[-1]))
    ]
    assert different == []


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != SOURCE_LANGUAGE])
def test_a_text_has_one_translation_in_all_rooms(language: str) -> None:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for room in sorted(ROOMS):
        for message in read_catalogue(language, room):
            if message.id and all(forms(message.string)):
                found[str(message.id)][str(message.string)].append(room)
    assert {text: dict(said) for text, said in found.items() if len(said) > 1} == {}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_chinese_sentences_have_chinese_punctuation(room: str) -> None:
    catalogue = read_catalogue("zh_CN", room)
    assert [form for message in catalogue for form in forms(message.string) if NARROW_SIGN.search(form)] == []
