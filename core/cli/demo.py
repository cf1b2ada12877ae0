"""`demo`: fill an empty database with the demo company."""

from typing import Annotated

import typer

from core.base.i18n import N_, _
from core.cli.frame import AsJson, answer, opened, progress
from core.demo.service import LINES, SEED, is_empty, make_demo
from core.security.actor import SYSTEM

Lines = Annotated[int, typer.Option(min=1, help=N_("So many order lines."))]
Seed = Annotated[int, typer.Option(help=N_("The same seed makes the same company on the same day."))]
IfEmpty = Annotated[bool, typer.Option("--if-empty", help=N_("Do nothing where there is a company already."))]


def demo(lines: Lines = LINES, seed: Seed = SEED, if_empty: IfEmpty = False, as_json: AsJson = False) -> None:
    """Fill the database, with a progress bar; refuses where there is a company already."""
    with opened() as store:
        if if_empty:
            with store.viewing(SYSTEM) as view:
                filled = not is_empty(view)
            if filled:
                answer({"ok": True, "orders": 0, "lines": 0}, [_("There is a company here already.")], as_json=as_json)
                return
        with progress(_("Filling the demo company"), lines) as step:
            made = make_demo(store, lines, seed, step)
    answer(
        {"ok": True, "orders": made.orders, "lines": made.lines, "seed": seed, "until": made.until},
        [_("The demo company is there: {orders} orders with {lines} lines.").format(orders=made.orders, lines=lines)],
        as_json=as_json,
    )
