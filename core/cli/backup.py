"""`backup`: make one now, list, verify and prove them, and show the key."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.base.i18n import N_, _
from core.base.sizes import shown_size
from core.cli.frame import AsJson, answer, opened
from core.cli.moments import shown_moment
from core.ops.backups import jobs
from core.ops.backups.archive import backup_folder, backup_key, backups_in, read_backup
from core.ops.backups.errors import NoBackup
from core.ops.backups.models import Purpose
from core.ops.backups.proving import Proof, prove
from core.ops.backups.queries import BackupRow, backups
from core.ops.backups.sealing import key_name
from core.security.actor import SYSTEM
from core.work.store import Store

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
Which = Annotated[
    str, typer.Argument(metavar="NAME", help=N_("A backup by name or as a file; the newest where none is named."))
]
Prove = Annotated[bool, typer.Option("--prove", help=N_("Restore it into a scratch database and compare everything."))]


@app.command(name="now", help=N_("Make a backup, prove it by restoring it, and send it where it is to lie."))
def now(as_json: AsJson = False) -> None:
    """All steps here and now; fails where one of them does."""
    with opened() as store:
        backup_id, made = jobs.make_now(store, Purpose.ASKED)
        proof = jobs.prove_now(store, backup_id)
        place = jobs.send_now(store, backup_id)
        jobs.tidy(store)
    facts = {"ok": True, "file": str(made.file), "size": made.size, "sha256": made.sha256, "key": made.key}
    sentences = [
        _("{file} was made: {rows} rows in {size}.").format(
            file=made.file, rows=made.manifest.figures.row_count, size=shown_size(made.size)
        ),
        proof_sentence(proof),
    ]
    if place:
        sentences.append(_("It was sent to {place} and read back there.").format(place=place))
    answer({**facts, "proof": proof_facts(proof), "sent_to": place}, sentences, as_json=as_json)


@app.command(name="list", help=N_("List the backups, newest first."))
def list_backups(as_json: AsJson = False) -> None:
    """Those that this installation knows, and where they lie."""
    with opened() as store, store.viewing(SYSTEM) as view:
        rows = backups(view)
        timezone = store.settings.timezone
    answer(
        {
            "ok": True,
            "backups": [
                {
                    "name": row.name,
                    "at": row.at,
                    "size": row.size,
                    "proven_at": row.proven_at,
                    "is_here": row.is_here,
                    "is_away": row.is_away,
                    "problem": row.problem,
                }
                for row in rows
            ],
        },
        [f"{row.name}  {shown_moment(row.at, timezone)}  {shown_size(row.size):>9}  {_state(row)}" for row in rows]
        or [_("There is no backup yet.")],
        as_json=as_json,
    )


@app.command(name="verify", help=N_("Read a backup to its last byte; with --prove, restore it beside the database."))
def verify_backup(which: Which = "", prove_it: Prove = False, as_json: AsJson = False) -> None:
    """Fails with a sentence where one byte is not what was written."""
    store = Store()
    settings = store.settings
    try:
        file = _file(store, which)
        manifest = read_backup(file, backup_key(settings)).manifest
        proof = prove(store, file) if prove_it else None
    finally:
        store.engine.dispose()
    facts: dict[str, Any] = {"ok": True, "file": str(file), "at": manifest.at, "rows": manifest.figures.row_count}
    sentence = _("{file} is whole: {tables} tables, {rows} rows, of {at}.").format(
        file=file.name, tables=len(manifest.figures.rows), rows=manifest.figures.row_count, at=manifest.at
    )
    proven = [proof_sentence(proof)] if proof else []
    answer({**facts, "proof": proof_facts(proof) if proof else None}, [sentence, *proven], as_json=as_json)


@app.command(name="key", help=N_("Show the key of the backups, to be kept elsewhere."))
def show_key(as_json: AsJson = False) -> None:
    """Without it a backup is worth nothing, and with it anybody can read one."""
    key = backup_key(Store().settings)
    answer(
        {"ok": True, "key": key, "name": key_name(key)},
        [
            key,
            _("Keep it away from this machine, as on paper in a safe. Its name is {name}.").format(name=key_name(key)),
        ],
        as_json=as_json,
    )


def proof_sentence(proof: Proof) -> str:
    """What was seen when a backup was proven."""
    same = _("It was restored beside the database: {tables} tables, {rows} rows and {sums} sums are the same.").format(
        tables=proof.tables, rows=proof.rows, sums=proof.sums
    )
    if proof.difference_count:
        same += " " + _("The books themselves differ in {count} places; see “check”.").format(
            count=proof.difference_count
        )
    return same


def proof_facts(proof: Proof) -> dict[str, Any]:
    """The same for scripts."""
    return {"tables": proof.tables, "rows": proof.rows, "sums": proof.sums, "differences": proof.difference_count}


def _file(store: Store, which: str) -> Path:
    folder = backup_folder(store.settings)
    if which:
        return Path(which) if Path(which).is_file() else folder / which
    newest = backups_in(folder)
    if not newest:
        raise NoBackup(place=str(folder))
    return folder / newest[0].name


def _state(row: BackupRow) -> str:
    states = [_("proven") if row.proven_at else _("not proven")]
    if row.is_away:
        states.append(_("elsewhere too"))
    return f"{', '.join(states)}  {row.problem}".rstrip()
