"""The audit trail as a file; taking it is itself recorded."""

import json

from core.base.sheets import csv_file
from core.ops.trail import TrailFilter, exported_trail, record_trail_export
from core.work.store import View
from pages._shared.company import store
from pages._shared.formats import local_time
from pages._shared.text import _
from pages.admin._trail_words import kind_label, sentence, source_label


def trail_file(view: View, wanted: TrailFilter) -> bytes:
    """The newest entries of a filter for a spreadsheet."""
    rows = exported_trail(view, wanted)
    store().run(view.actor, record_trail_export, None, wanted, entries=len(rows))
    heads = (_("Number"), _("When"), _("Who"), _("From where"), _("What was done"), _("Kind"), _("Object"), _("Id"))
    return csv_file(
        (*heads, _("Command"), _("Facts")),
        [
            (
                row.id,
                f"{local_time(row.at):%Y-%m-%d %H:%M:%S}",
                row.actor,
                source_label(row.source),
                sentence(row.tag, row.facts),
                kind_label(row.subject_type),
                row.subject,
                row.subject_id,
                row.command,
                json.dumps(row.facts, ensure_ascii=False),
            )
            for row in rows
        ],
    )
