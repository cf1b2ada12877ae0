"""`import`: checking and applying order files, and taking an import back."""

import gc
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from core.base.errors import AppError
from core.base.i18n import N_, _
from core.cli.frame import AsJson, answer, opened
from core.exchange.booking import Told
from core.exchange.errors import MissingColumns, MissingInSheet
from core.exchange.fields import match_columns, read_choice
from core.exchange.parse import OrderFile, parse_orders
from core.exchange.problems import KINDS, Problem
from core.exchange.queries import batch_problems, get_batch, remembered_mapping
from core.exchange.receipt import BOOKED_KINDS, NOTES, UNCHANGED, plain_number
from core.exchange.service import check_orders, import_orders, reverse_batch
from core.exchange.sheet import Sheet, read_sheet
from core.exchange.values import DAY_FIRST, MONTH_FIRST
from core.security.actor import SYSTEM
from core.work.store import Store, View

SHOWN_PROBLEMS = 20

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

File = Annotated[Path, typer.Argument(help=N_("A CSV or Excel file."))]
Channel = Annotated[str, typer.Option(help=N_("The shop or platform that the orders come from."))]
History = Annotated[bool, typer.Option("--history", help=N_("Past orders: they count in sales, stock stays as it is."))]
Apply = Annotated[bool, typer.Option("--apply", help=N_("Book the orders; without it the file is only checked."))]
Map = Annotated[list[str] | None, typer.Option("--map", help=N_("Which column is a field: field=column; repeatable."))]
Dates = Annotated[str, typer.Option(help=N_("How dates such as 3/4/2024 are written: dmy or mdy."))]
Title = Annotated[str, typer.Option("--sheet", help=N_("The sheet of a workbook; else the first that fits."))]
BatchId = Annotated[int, typer.Argument(help=N_("The number of the import, as its receipt shows it."))]


class FileMissing(AppError):
    """There is no such file."""

    message = N_("There is no file {file}. Check its name and folder.")


class UnknownDateOrder(AppError):
    """Not one of the two ways to write a date."""

    message = N_("“{text}” is no way to write dates. Use dmy or mdy.")


@app.command(name="orders", help=N_("Check a file of orders, or book it with --apply."))
def orders(
    file: File,
    channel: Channel,
    history: History = False,
    apply: Apply = False,
    mapping: Map = None,
    dates: Dates = "",
    sheet: Title = "",
    as_json: AsJson = False,
) -> None:
    """Check or book a file of orders; the receipt adds up to the file's total."""
    started = time.perf_counter()
    if not file.is_file():
        raise FileMissing(file=str(file))
    if dates not in {"", DAY_FIRST, MONTH_FIRST}:
        raise UnknownDateOrder(text=dates)
    with _undisturbed(), opened() as store:
        table = read_sheet(file, file.name, title=sheet)
        read = _read(store, table, channel, mapping or [], dates)
        if apply:
            with _bar(read.rows_read) as told:
                batch_id = store.run(SYSTEM, import_orders, None, read, channel=channel, is_history=history, told=told)
            with store.viewing(SYSTEM) as view:
                receipt, problems = _batch(view, batch_id)
        else:
            with store.viewing(SYSTEM) as view:
                plan, checked = check_orders(view, read, channel=channel, is_history=history)
            receipt, problems, batch_id = checked.facts(), plan.problems, None
    seconds = round(time.perf_counter() - started, 3)
    facts = receipt | {
        "ok": True,
        "applied": apply,
        "batch_id": batch_id,
        "channel": channel,
        "mapping": read.mapping,
        "sheet": table.title,
        "sheets": table.titles,
        "problems": [_shown(problem) for problem in problems],
        "seconds": seconds,
    }
    answer(facts, _read_from(table) + _sentences(receipt, problems, batch_id, seconds), as_json=as_json)


@app.command(name="reverse", help=N_("Take an import back; the file can be imported again."))
def reverse(batch_id: BatchId, as_json: AsJson = False) -> None:
    """Take a whole import back; refused where something was done since with what it booked."""
    with opened() as store:
        store.run(SYSTEM, reverse_batch, None, batch_id)
    answer(
        {"ok": True, "batch_id": batch_id},
        [_("Import {batch} was reversed.").format(batch=batch_id)],
        as_json=as_json,
    )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Nothing is garbage while a file is read; looking for it would double the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _read(store: Store, sheet: Sheet, channel: str, options: Sequence[str], dates: str) -> OrderFile:
    chosen = read_choice(options)
    with store.viewing(SYSTEM) as view:
        remembered = remembered_mapping(view, channel)
    try:
        columns = match_columns(sheet.header, chosen, remembered)
    except MissingColumns as refusal:
        if not _others(sheet):
            raise
        raise MissingInSheet(**refusal.facts, sheet=sheet.title, sheets=", ".join(_others(sheet))) from None
    return parse_orders(sheet, columns, store.settings.timezone, dates or None)


def _others(sheet: Sheet) -> list[str]:
    """The sheets of a workbook that were not read."""
    return [title for title in sheet.titles if title != sheet.title]


def _batch(view: View, batch_id: int) -> tuple[dict[str, Any], Sequence[Problem]]:
    return get_batch(view, batch_id).receipt, batch_problems(view, batch_id)


def _shown(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.line,
        "column": problem.column,
        "kind": problem.kind,
        "sentence": problem.sentence,
        "amount": plain_number(problem.amount),
    }


def _read_from(sheet: Sheet) -> list[str]:
    """Which sheet of a workbook was read, where there was a choice."""
    others = _others(sheet)
    if not others:
        return []
    said = _("Read from the sheet “{sheet}”; not read: {sheets}. --sheet chooses another one.")
    return [said.format(sheet=sheet.title, sheets=", ".join(others))]


def _sentences(receipt: dict[str, Any], problems: Sequence[Problem], batch_id: int | None, seconds: float) -> list[str]:
    kinds = [(_(BOOKED_KINDS[kind]), tally) for kind, tally in receipt["booked_kinds"].items()]
    refused = [(_(KINDS[kind].label), tally) for kind, tally in receipt["refused_kinds"].items()]
    lines = [
        _("{rows} rows read, {orders} orders and {returns} returns, in {seconds} seconds.").format(
            rows=receipt["rows_read"], orders=receipt["orders"], returns=receipt["returns"], seconds=seconds
        ),
        *_tallies(_("Booked"), receipt["booked"], receipt["booked_total"], kinds),
        *_tallies(_("Refused"), receipt["refused"], receipt["refused_total"], refused),
        *_tallies(_(UNCHANGED), receipt["unchanged"], receipt["unchanged_total"], []),
        f"{_('Rounding to cents')}: {receipt['rounding']}",
        f"{_('Total of the file')}: {receipt['file_total']}",
        *(f"{_(NOTES[name])}: {count}" for name, count in receipt["notes"].items()),
    ]
    lines += [
        _("Line {line}, {column}: {sentence}").format(line=each.line, column=each.column or "-", sentence=each.sentence)
        for each in problems[:SHOWN_PROBLEMS]
    ]
    if len(problems) > SHOWN_PROBLEMS:
        lines.append(_("… and {count} more; --json lists all.").format(count=len(problems) - SHOWN_PROBLEMS))
    if batch_id is None:
        lines.append(_("Nothing was booked; add --apply to book it."))
    else:
        lines.append(
            _("Booked as import {batch}; “python -m core import reverse {batch}” takes it back.").format(batch=batch_id)
        )
    return lines


def _tallies(label: str, rows: int, amount: str, kinds: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    yield f"{label}: {rows}, {amount}"
    for name, tally in kinds:
        yield f"    {name}: {tally['rows']}, {tally['amount']}"


@contextmanager
def _bar(rows: int) -> Iterator[Told]:
    """A progress bar on standard error, drawn only where somebody watches."""
    with typer.progressbar(length=rows, label=_("Booking"), file=sys.stderr) as bar:

        def told(done: int, total: int, sentence: str) -> None:
            bar.label = sentence
            bar.update(max(rows * done // total if total else rows, bar.pos) - bar.pos)

        yield told
