"""`check`: every self-check, and setting derived columns right."""

from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from core.analytics import checks as _mirror_checks  # noqa: F401 - fills the registry
from core.base.i18n import N_, _, ngettext
from core.cli.frame import AsJson, answer, opened
from core.ops import checks  # noqa: F401 - fills the registry
from core.ops.registry import CHECKS, Difference, find_differences
from core.ops.service import repair_differences
from core.security.actor import SYSTEM
from core.work.store import Store

Repair = Annotated[bool, typer.Option("--repair", help=N_("Set derived columns right, showing each difference."))]


def check(repair: Repair = False, as_json: AsJson = False) -> None:
    """Run all self-checks; fails, listing the differences, where one finds any that remain."""
    with opened() as store:
        found = _look(store)
        left = found
        if repair and found:
            store.run(SYSTEM, repair_differences)
            left = _look(store)
    repaired = len([difference for difference in found if difference not in left])
    facts = {
        "ok": not left,
        "differences": [_shown(difference, repaired=repair and difference not in left) for difference in found],
        "repaired": repaired,
    }
    answer(facts, _sentences(found, left, repaired), as_json=as_json)
    if left:
        raise typer.Exit(1)


def _look(store: Store) -> list[Difference]:
    with store.viewing(SYSTEM) as view:
        _one_snapshot(view.session)
        return find_differences(view)


def _one_snapshot(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


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
