"""Figures that leave the house: in which form, and what is recorded of it."""

from collections.abc import Sequence
from enum import StrEnum

from core.analytics.export.errors import NothingToExport, OneTableOnly
from core.analytics.export.plain import plain_file
from core.analytics.export.sheet import Cover, File, Progress, Sheet
from core.analytics.export.workbook import workbook
from core.base.i18n import N_
from core.base.sheets import Charset
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork


class Form(StrEnum):
    """What kind of file is made."""

    EXCEL = "xlsx"
    CSV = "csv"
    GBK = "gbk"

    @property
    def ending(self) -> str:
        """How the file's name ends."""
        return "xlsx" if self is Form.EXCEL else "csv"

    @property
    def mime(self) -> str:
        """What the browser is told it is."""
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" if self is Form.EXCEL else "text/csv"


FORM_LABELS = {Form.EXCEL: N_("Excel"), Form.CSV: N_("CSV"), Form.GBK: N_("CSV in GBK")}


@query(P.SALES_EXPORT)
def figures_file(
    _scope: Scope, form: Form, cover: Cover, sheets: Sequence[Sheet], progress: Progress | None = None
) -> File:
    """The file in this form. Refuses one without any line, and several tables in a form that holds one."""
    if not any(sheet.lines for sheet in sheets):
        raise NothingToExport
    if form is Form.EXCEL:
        return workbook(cover, sheets, progress)
    if len(sheets) > 1:
        raise OneTableOnly
    return plain_file(sheets[0], Charset.GBK if form is Form.GBK else Charset.UTF8, progress)


@command(P.SALES_EXPORT)
def note_export(uow: UnitOfWork, form: Form, cover: Cover, sheets: Sequence[Sheet]) -> None:
    """Record what leaves: the tables with their figures, the filters, and how many lines."""
    uow.audit(
        "figures.exported",
        None,
        what=cover.title,
        form=form.value,
        tables=[sheet.title for sheet in sheets],
        measures=list(dict.fromkeys(figure for sheet in sheets for figure in sheet.figures)),
        period=cover.period,
        filters=list(cover.filters),
        rows=sum(len(sheet.lines) for sheet in sheets),
    )
