"""`demo`: fill an empty database with the demo company."""

import sys
from typing import Annotated

import typer

from core.base.i18n import N_, _
from core.cli.frame import AsJson, answer, opened, progress
from core.demo.service import LINES, SEED, Half, half_filled, is_empty, make_demo
from core.security.actor import SYSTEM

Lines = Annotated[int, typer.Option(min=1, help=N_("So many order lines."))]
Seed = Annotated[int, typer.Option(help=N_("The same seed makes the same company on the same day."))]
IfEmpty = Annotated[bool, typer.Option("--if-empty", help=N_("Do nothing where there is a company already."))]


def demo(lines: Lines = LINES, seed: Seed = SEED, if_empty: IfEmpty = False, as_json: AsJson = False) -> None:
    """Fill the database, or complete a filling that broke off; refuses where there is another company."""
    with opened() as store:
        with store.viewing(SYSTEM) as view:
            half, filled = half_filled(view), not is_empty(view)
        if half is not None and half.is_ours:
            lines = half.lines
            sys.stderr.write(_("The filling of the demo company had broken off; it goes on where it stopped.") + "\n")
        elif if_empty and filled:
            answer({"ok": True, "orders": 0, "lines": 0}, [_there_is(half)], as_json=as_json)
            return
        with progress(_("Filling the demo company"), lines) as step:
            made = make_demo(store, lines, seed, step)
    answer(
        {
            "ok": True,
            "orders": made.orders,
            "lines": made.lines,
            "seed": made.seed,
            "until": made.until,
            "completed": made.was_half,
        },
        [
            _("The demo company is there: {orders} orders with {lines} lines.").format(
                orders=made.orders, lines=made.lines
            )
        ],
        as_json=as_json,
    )


def _there_is(half: Half | None) -> str:
    if half is None:
        return _("There is a company here already.")
    return _(
        "The demo company here was never filled to its end, and other work was entered since, so it is left as it is. "
        "For a whole one, begin with an empty database."
    )
