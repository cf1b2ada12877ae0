"""What every command of the command line shares: the language, the store, the answer, the refusal."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from core.base.errors import AppError
from core.base.i18n import N_, _, match_language, use_language
from core.db.migrate import is_current
from core.work.store import Store
from core.work.unit import plain

AsJson = Annotated[bool, typer.Option("--json", help=N_("Print one JSON object and nothing else."))]


class NotSetUp(AppError):
    """The database has not been brought to the schema of this version."""

    message = N_("The database is not set up for this version. Run “python -m core init” first.")


@contextmanager
def opened() -> Iterator[Store]:
    """The store of this installation; `NotSetUp` before `init`."""
    store = Store()
    try:
        if not is_current(store.engine):
            raise NotSetUp
        yield store
    finally:
        store.engine.dispose()


def answer(facts: Mapping[str, Any], sentences: Sequence[str], *, as_json: bool) -> None:
    """Print what was done: one JSON object with exact numbers as strings, or sentences."""
    if as_json:
        sys.stdout.write(json.dumps(plain(dict(facts)), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))


def refuse(sentence: str, *, as_json: bool) -> None:
    """Print why nothing was done on standard error, and as JSON where that was asked for."""
    sys.stderr.write(sentence + "\n")
    if as_json:
        sys.stdout.write(json.dumps({"ok": False, "error": sentence}, ensure_ascii=False) + "\n")


@contextmanager
def progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; the block says how many more are done."""
    with typer.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update


def speak(arguments: Sequence[str]) -> None:
    """Choose the language: `--language`, or what LC_ALL, LC_MESSAGES or LANG say."""
    wanted = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "en")
    for position, argument in enumerate(arguments):
        if argument == "--language" and position + 1 < len(arguments):
            wanted = arguments[position + 1]
        elif argument.startswith("--language="):
            wanted = argument.removeprefix("--language=")
    use_language(match_language(wanted))


def translate_help(command: Any) -> None:
    """Put the help texts of a command and of all below it into the chosen language."""
    command.help = _(command.help) if command.help else command.help
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = _(parameter.help)
    for child in getattr(command, "commands", {}).values():
        translate_help(child)
