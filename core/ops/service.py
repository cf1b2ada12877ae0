"""The command that sets derived columns right."""

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.base.errors import AppError
from core.base.i18n import N_
from core.ops.registry import CHECKS, Difference, find_differences
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

_HOLD = text("LOCK TABLE stock_move, stock_level, sales_order, order_line, sales_return IN SHARE ROW EXCLUSIVE MODE")

MOST_ROUNDS = 3


class CannotRepair(AppError):
    """What the documents add up to is itself impossible, such as less than nothing on a shelf."""

    message = N_(
        "Nothing was repaired: what the documents behind “{check}” add up to is impossible "
        "(such as less than nothing on hand). Correct the documents first."
    )


@command(P.SYSTEM_OPERATE)
def repair_differences(uow: UnitOfWork) -> None:
    """Set derived columns to what their documents add up to, and record each; facts stay as they are."""
    if uow.session.get_bind().dialect.name == "postgresql":
        uow.session.execute(_HOLD)
    repaired: list[Difference] = []
    # What one check sets right, such as a state, may change what another one adds up.
    for _ in range(MOST_ROUNDS):
        found = _repair_once(uow)
        repaired += found
        if not found:
            break
    if repaired:
        facts = [[each.table, each.row_id, each.column, each.stored, each.derived] for each in repaired]
        uow.audit("differences.repaired", None, differences=facts)


def _repair_once(uow: UnitOfWork) -> list[Difference]:
    repaired = []
    for check in CHECKS.values():
        if check.repair is None:
            continue
        found = find_differences(uow, [check.name])
        if found:
            try:
                check.repair(uow, found)
            except IntegrityError as error:
                raise CannotRepair(check=check.name) from error
            repaired += found
    return repaired
