"""Locking the levels that a decision is taken by, and changing them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import bindparam, select, update

from core.base.exact import ZERO
from core.db.bulk import update_many
from core.stock.models import StockLevel
from core.work.unit import MANY, UnitOfWork, table_of

_LEVEL = table_of(StockLevel)
_TAKE = (
    update(_LEVEL)
    .where(_LEVEL.c.id == bindparam("level"))
    .values(on_hand=_LEVEL.c.on_hand + bindparam("on_hand_change"), reserved=_LEVEL.c.reserved + bindparam("promised"))
)


@dataclass
class Level:
    """What there is of a variant at a place, as it was when it was locked."""

    id: int
    on_hand: Decimal
    reserved: Decimal


def locked(uow: UnitOfWork, location_id: int, variant_ids: Iterable[int]) -> dict[int, Level]:
    """The levels of variants at a place, locked in the order of their keys."""
    found = uow.session.execute(
        select(_LEVEL.c.variant_id, _LEVEL.c.id, _LEVEL.c.on_hand, _LEVEL.c.reserved)
        .where(_LEVEL.c.location_id == location_id, _LEVEL.c.variant_id.in_(set(variant_ids)))
        .order_by(_LEVEL.c.variant_id)
        .with_for_update()
    )
    return {variant_id: Level(level, on_hand, reserved) for variant_id, level, on_hand, reserved in found}


def change(
    uow: UnitOfWork,
    levels: dict[int, Level],
    on_hand: Mapping[int, Decimal] | None = None,
    reserved: Mapping[int, Decimal] | None = None,
) -> None:
    """Add to what is on hand and promised, variant by variant."""
    on_hand, reserved = on_hand or {}, reserved or {}
    if len(levels) >= MANY:
        changed = [
            {
                "id": level.id,
                "on_hand": level.on_hand + on_hand.get(variant_id, ZERO),
                "reserved": level.reserved + reserved.get(variant_id, ZERO),
            }
            for variant_id, level in levels.items()
        ]
        update_many(uow.session, StockLevel, changed)
        return
    rows = [
        {
            "level": level.id,
            "on_hand_change": on_hand.get(variant_id, ZERO),
            "promised": reserved.get(variant_id, ZERO),
        }
        for variant_id, level in levels.items()
    ]
    if rows:
        uow.session.connection().execute(_TAKE, rows)
