"""`restore`: bring an installation back, step by step, from a backup here or elsewhere."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DatabaseError

from core.base.i18n import N_, _, ngettext
from core.base.settings import Settings
from core.cli.frame import AsJson, answer
from core.cli.moments import shown_moment
from core.ops.backups.archive import OWN_KEY, Named, backup_folder, backup_key, backups_in, head_of_file
from core.ops.backups.errors import NoBackup
from core.ops.backups.places import Place, fetch, names_in, place_of_url
from core.ops.backups.restoring import WORD, Restored, held, restore
from core.ops.backups.sealing import key_name
from core.ops.backups.service import place_of, rule_of
from core.security.actor import SYSTEM
from core.work.store import Store

STEPS = {
    "read": N_("The backup is read to its last byte…"),
    "safety": N_("A backup of what is here now is made…"),
    "replace": N_("The backup takes its place, and is compared…"),
    "settle": N_("The schema is brought to this version…"),
}
MOST_LISTED = 20
Which = Annotated[
    str, typer.Argument(metavar="NAME", help=N_("The backup by its name; you are asked where none is named."))
]
From = Annotated[
    str,
    typer.Option(
        "--from", help=N_("A file, a folder or a place such as sftp://user@host/folder, s3://bucket, https://…")
    ),
]
Word = Annotated[str, typer.Option("--word", help=N_("The word without which nothing is overwritten."))]
WithoutSafety = Annotated[
    bool, typer.Option("--without-safety-backup", help=N_("Do not make a backup of what is overwritten."))
]


def bring_back(
    which: Which = "",
    origin: From = "",
    word: Word = "",
    without_safety: WithoutSafety = False,
    as_json: AsJson = False,
) -> None:
    """Ask what is not said, then restore; with --json nothing is asked."""
    settings = Settings()
    with _fetched(settings, which, origin, ask=not as_json) as file:
        key = _key(settings, file, ask=not as_json)
        if not as_json and not word:
            word = _word(settings)
        brought = restore(
            settings, file, key, word=word, without_safety=without_safety, tell=lambda step: _tell(STEPS[step])
        )
    answer(_facts(brought), _sentences(brought), as_json=as_json)


@contextmanager
def _fetched(settings: Settings, which: str, origin: str, *, ask: bool) -> Iterator[Path]:
    """The file of the backup that was chosen, brought here where it lies elsewhere."""
    if origin and Path(origin).is_file():
        yield Path(origin)
        return
    if origin and Path(origin).is_dir():
        yield Path(origin) / _chosen(backups_in(Path(origin)), which, origin, settings, ask=ask).name
        return
    folder = backup_folder(settings)
    here = [] if origin else backups_in(folder)
    if here and (not which or any(each.name == which for each in here)):
        yield folder / _chosen(here, which, str(folder), settings, ask=ask).name
        return
    place = place_of_url(origin) if origin else _own_place(settings)
    if place is None:
        raise NoBackup(place=str(folder))
    chosen = _chosen(names_in(place), which, place.label, settings, ask=ask)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".scratch-") as scratch:
        _tell(_("The backup is brought from {place}…").format(place=place.label))
        yield fetch(place, chosen.name, Path(scratch))


def _own_place(settings: Settings) -> Place | None:
    """The place that this installation sends to, as far as it still knows."""
    if settings.offsite_url:
        return place_of_url(settings.offsite_url)
    if held(settings).is_empty:
        return None
    store = Store(settings)
    try:
        with store.viewing(SYSTEM) as view:
            return place_of(settings, rule_of(view))
    except DatabaseError:
        return None
    finally:
        store.engine.dispose()


def _chosen(backups: list[Named], which: str, place: str, settings: Settings, *, ask: bool) -> Named:
    if which:
        backups = [each for each in backups if each.name == which]
    if not backups:
        raise NoBackup(place=place)
    if which or len(backups) == 1 or not ask:
        return backups[0]
    _tell(_("Backups in {place}, newest first:").format(place=place))
    for number, each in enumerate(backups[:MOST_LISTED], 1):
        _tell(f"{number:4}  {shown_moment(each.at, settings.timezone)}  {each.name}")
    number = int(typer.prompt(_("Which backup?"), default=1, type=int, err=True))
    if not 1 <= number <= len(backups[:MOST_LISTED]):
        raise NoBackup(place=f"{place} ({number})")
    return backups[number - 1]


def _key(settings: Settings, file: Path, *, ask: bool) -> str:
    """The key that is set or kept here; asked for where that is another one than the backup needs."""
    is_kept = bool(settings.backup_key) or (settings.data_dir / f"{OWN_KEY}.secret").exists()
    head = head_of_file(file)
    needed = head["key"]
    if is_kept and (not ask or key_name(backup_key(settings), int(head["cost"])) == needed):
        return backup_key(settings)
    if not ask:
        return settings.backup_key
    return str(
        typer.prompt(_("The key of this backup (its name is {name})").format(name=needed), hide_input=True, err=True)
    )


def _word(settings: Settings) -> str:
    now = held(settings)
    if now.is_empty:
        return ""
    if now.is_readable and now.newest_at is not None:
        _tell(
            ngettext(
                "This installation holds {count} entry, the newest of {moment}. A backup of it is made first.",
                "This installation holds {count} entries, the newest of {moment}. A backup of it is made first.",
                now.entries,
            ).format(count=now.entries, moment=shown_moment(now.newest_at, settings.timezone))
        )
    else:
        _tell(_("The database that is here cannot be read; it is kept under another name."))
    return str(
        typer.prompt(_("Type “{word}” to replace it").format(word=WORD), default="", show_default=False, err=True)
    )


def _tell(sentence: str) -> None:
    sys.stderr.write(_(sentence) + "\n")


def _facts(brought: Restored) -> dict[str, object]:
    return {
        "ok": True,
        "name": brought.name,
        "at": brought.at,
        "tables": brought.tables,
        "rows": brought.rows,
        "safety_backup": str(brought.safety.file) if brought.safety else None,
        "kept_aside": str(brought.aside) if brought.aside else None,
        "other_settings": {name: list(pair) for name, pair in brought.other_settings.items()},
    }


def _sentences(brought: Restored) -> list[str]:
    said = [
        _(
            "{name} was brought back: {tables} tables, {rows} rows and {sums} sums, all as its list of contents says."
        ).format(name=brought.name, tables=brought.tables, rows=brought.rows, sums=brought.sums)
    ]
    if brought.safety:
        said.append(_("What was here before lies in {file}.").format(file=brought.safety.file))
    if brought.aside:
        said.append(_("What was here before lies in {file}.").format(file=brought.aside))
    for name, (before, here) in brought.other_settings.items():
        setting = f"SALESBOOK_{name.upper()}"
        said.append(
            _("{setting} was {before} when it was made, and is {here} here.").format(
                setting=setting, before=before, here=here
            )
        )
    said.append(_("Everybody signs in again. Start Salesbook; the figures prepare themselves."))
    if brought.is_paused:
        said.append(_("Backups are sent elsewhere again once an administrator says so on the screen Backups."))
    return said
