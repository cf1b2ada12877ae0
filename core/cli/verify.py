"""`verify`: the chain of seals alone, and a copy of it for somebody who does not take our word."""

from pathlib import Path
from typing import Annotated

import typer

from core.base.i18n import N_, _, ngettext
from core.cli.frame import AsJson, answer, opened
from core.ops.nightly import one_snapshot
from core.ops.seal_copy import export_seals
from core.ops.seals import find_broken, head_of
from core.security.actor import SYSTEM

Export = Annotated[
    Path | None,
    typer.Option("--export", help=N_("Write seals and sealed rows to this new file, to verify them elsewhere.")),
]


def verify(export: Export = None, as_json: AsJson = False) -> None:
    """Verify the seals of the audit trail and the stock ledger; fails, naming the rows, where one differs."""
    with opened() as store, store.viewing(SYSTEM) as view:
        one_snapshot(view.session)
        head = head_of(view.session)
        found = find_broken(view)
        copied = None if export is None else export_seals(view, export)
    facts = {
        "ok": not found,
        "seal": None if head is None else head.id,
        "digest": None if head is None else head.digest,
        "differences": [
            {"table": each.table, "id": each.row_id, "problem": each.stored, "seal": each.derived} for each in found
        ],
        "exported": copied,
    }
    sentences = [each.sentence for each in found]
    if head is None:
        sentences.append(_("Nothing is sealed yet."))
    elif found:
        sentences.append(ngettext("{count} difference found.", "{count} differences found.", len(found)))
        sentences[-1] = sentences[-1].format(count=len(found))
    else:
        sentences.append(_("Everything is as it was sealed, up to seal {id}:").format(id=head.id))
        sentences.append(head.digest)
    if copied is not None:
        sentences.append(ngettext("{count} seal written to {file}.", "{count} seals written to {file}.", copied))
        sentences[-1] = sentences[-1].format(count=copied, file=export)
    answer(facts, sentences, as_json=as_json)
    if found:
        raise typer.Exit(1)
