"""`check`: every self-check, and setting derived columns right."""

from typing import Annotated, Any

import typer

from core.base.i18n import N_, _, ngettext
from core.cli.frame import AsJson, answer, opened
from core.ops.nightly import look
from core.ops.registry import CHECKS, Difference
from core.ops.service import repair_differences
from core.security.actor import SYSTEM

Repair = Annotated[bool, typer.Option("--repair", help=N_("Set derived columns right, showing each difference."))]


def check(repair: Repair = False, as_json: AsJson = False) -> None:
    """Run all self-checks; fails, listing the differences, where one finds any that remain."""
    with opened() as store:
        found = look(store, SYSTEM)
        left = found
        if repair and found:
            store.run(SYSTEM, repair_differences)
            left = look(store, SYSTEM)
    repaired = len([difference for difference in found if difference not in left])
    facts = {
        "ok": not left,
        "differences": [_shown(difference, repaired=repair and difference not in left) for difference in found],
        "repaired": repaired,
    }
    answer(facts, _sentences(found, left, repaired), as_json=as_json)
    if left:
        raise typer.Exit(1)


def _shown(difference: Difference, *, repaired: bool) -> dict[str, Any]:
    return {
        "check": difference.check,
        "table": difference.table,
        "id": difference.row_id,
        "key": list(difference.key),
        "column": difference.column,
        "stored": difference.stored,
        "derived": difference.derived,
        "repaired": repaired,
    }


def _sentences(found: list[Difference], left: list[Difference], repaired: int) -> list[str]:
    sentences = []
    for each in CHECKS.values():
        mine = [difference for difference in found if difference.check == each.name]
        sentences.append(f"{'!!' if mine else 'ok'}  {_(each.sentence)}")
        sentences += [f"      {difference.sentence}" for difference in mine]
    if repaired:
        sentences.append(
            ngettext("{count} difference repaired.", "{count} differences repaired.", repaired).format(count=repaired)
        )
    if left:
        sentences.append(
            ngettext("{count} difference found.", "{count} differences found.", len(left)).format(count=len(left))
        )
    if not found:
        sentences.append(_("Everything adds up."))
    return sentences
