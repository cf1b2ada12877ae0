"""Giving moves their cost that were booked in bulk, past the ledger."""

from sqlalchemy import select

from core.security.permissions import P
from core.stock.costs.books import opened_books
from core.stock.costs.recost import recost, rewrite
from core.stock.models import Location, MoveState, StockMove
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.SYSTEM_OPERATE)
def cost_past_moves(uow: UnitOfWork) -> None:
    """Let every move of the open period have its cost; safe to repeat."""
    inside = select(Location.id).where(Location.warehouse_id.is_not(None))
    variants = list(
        uow.session.scalars(
            select(StockMove.variant_id)
            .where(
                StockMove.state == MoveState.DONE,
                StockMove.source_id.in_(inside) | StockMove.target_id.in_(inside),
            )
            .distinct()
            .order_by(StockMove.variant_id)
        )
    )
    if not variants:
        return
    opened_books(uow, variants)
    differences = rewrite(uow, recost(uow.session, variants))
    uow.audit("cost.past_moves", None, products=len(variants), entries=len(differences))
