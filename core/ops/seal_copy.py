"""A copy of everything sealed, for somebody who verifies it elsewhere with a short script."""

import json
from pathlib import Path

from core.base.errors import AppError
from core.base.i18n import N_
from core.ops.seal_form import parts_text
from core.ops.seals import sealed_batches
from core.work.store import View


class CopyExists(AppError):
    """A copy is never written over another one."""

    message = N_("{file} is there already. Name another file.")


def export_seals(view: View, file: Path) -> int:
    """Write seals and sealed rows to a new file, one JSON object a line; how many seals.

    Refuses a file that is there.
    """
    count = 0
    try:
        written = file.open("x", encoding="utf-8", newline="\n")
    except FileExistsError as error:
        raise CopyExists(file=str(file)) from error
    with written:
        for batch in sealed_batches(view.session):
            seal = batch.seal
            head = {
                "seal": seal.id,
                "at": f"{seal.at:%Y-%m-%d %H:%M:%S.%f}",
                "book": seal.book,
                "ids": parts_text(batch.parts),
                "count": seal.row_count,
                "rows": seal.rows_digest,
                "previous": seal.previous,
                "digest": seal.digest,
            }
            written.write(json.dumps(head) + "\n")
            written.writelines(json.dumps({"id": row_id, "row": row}) + "\n" for row_id, row in batch.rows)
            count += 1
    return count
