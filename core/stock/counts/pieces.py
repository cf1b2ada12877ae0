"""Serial numbers in a stocktake: each is one piece, and counts once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from core.base.errors import AppError
from core.base.exact import ZERO
from core.catalog.models import Product, Tracking, Variant
from core.security.models import User
from core.stock.counts.errors import SerialCounted
from core.stock.counts.expected import IDS_AT_ONCE
from core.stock.counts.models import UNPOSTED, StockCount, StockCountLine
from core.stock.errors import NotOnePiece
from core.stock.models import Lot
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class _Piece:
    sku: str
    name: str
    number: str


def piece_problems(
    uow: UnitOfWork, count: StockCount, found: Mapping[int, Decimal | None], *, is_more: bool
) -> list[AppError]:
    """Why serial numbers (their lots) cannot count so many: more than one piece, or counted already.

    Counted by whomever, here or in another open stocktake; `is_more`: also by who scans it again. Locks
    the numbers, so that of two who scan one at once only one counts it.
    """
    pieces = _pieces(uow, found)
    counted = _counted(uow, pieces)
    problems: list[AppError] = []
    for lot_id, piece in pieces.items():
        quantity = found[lot_id]
        if not quantity:
            continue
        facts = {"sku": piece.sku, "name": piece.name, "lot": piece.number}
        by = [each for each in counted.get(lot_id, []) if each.count_id != count.id or is_more or each.is_other(uow)]
        if by:
            problems.append(SerialCounted(**facts, number=by[0].number, counter=by[0].counter or "–"))
        elif is_more and quantity > 1:
            problems.append(SerialCounted(**facts, number=count.number, counter=uow.actor.name))
        elif quantity != 1:
            problems.append(NotOnePiece(sku=piece.sku, lot=piece.number, asked=quantity))
    return problems


@dataclass(frozen=True)
class _Counted:
    count_id: int
    number: str
    counted_by: int | None
    counter: str | None

    def is_other(self, uow: UnitOfWork) -> bool:
        """Whether somebody else counted it than who asks."""
        return self.counted_by != uow.actor.id


def _pieces(uow: UnitOfWork, lot_ids: Iterable[int]) -> dict[int, _Piece]:
    return {
        lot_id: _Piece(*row)
        for some in _some(lot_ids)
        for lot_id, *row in uow.session.execute(
            select(Lot.id, Variant.sku, Product.name, Lot.number)
            .join(Variant, Variant.id == Lot.variant_id)
            .join(Product, Product.id == Variant.product_id)
            .where(Lot.id.in_(some), Product.tracking == Tracking.SERIAL)
            .order_by(Lot.id)
            .with_for_update(of=Lot)
        )
    }


def _counted(uow: UnitOfWork, lot_ids: Iterable[int]) -> dict[int, list[_Counted]]:
    found: dict[int, list[_Counted]] = {}
    for some in _some(lot_ids):
        for lot_id, count_id, number, by, name in uow.session.execute(
            select(StockCountLine.lot_id, StockCount.id, StockCount.number, StockCountLine.counted_by, User.name)
            .join(StockCount, StockCount.id == StockCountLine.count_id)
            .outerjoin(User, User.id == StockCountLine.counted_by)
            .where(
                StockCountLine.variant_id.in_(select(Lot.variant_id).where(Lot.id.in_(some))),
                StockCountLine.lot_id.in_(some),
                StockCountLine.counted > ZERO,
                StockCount.state.in_(UNPOSTED),
            )
            .order_by(StockCount.id)
        ):
            found.setdefault(lot_id or 0, []).append(_Counted(count_id, number, by, name))
    return found


def _some(ids: Iterable[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        yield ordered[start : start + IDS_AT_ONCE]
