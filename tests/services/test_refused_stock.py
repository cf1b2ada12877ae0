"""Every command of stock, costs, counts and suppliers refuses what cannot be, and leaves every row as it was."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from core.catalog.models import Tracking
from core.catalog.tracking import track_product
from core.security.actor import SYSTEM
from core.stock.costs.adjust import add_landed_cost, correct_receipt_price, revalue_stock, reverse_adjustment
from core.stock.costs.methods import set_cost_method
from core.stock.costs.past import cost_past_moves
from core.stock.costs.periods import close_period, reopen_period
from core.stock.costs.rules.events import Method
from core.stock.counts.enter import add_to_counts, enter_counts
from core.stock.counts.models import DifferenceReason
from core.stock.counts.plan import cancel_count, plan_count
from core.stock.counts.posting import post_count, refit_count, reverse_count
from core.stock.counts.review import accept_differences, ask_recount, resume_count, submit_count
from core.stock.drafts import (
    DraftLot,
    add_to_movement,
    begin_movement,
    book_movement,
    change_movement,
    discard_movement,
    edit_movement,
    name_movement_lots,
    price_movement,
    set_movement_day,
    set_movement_supplier,
)
from core.stock.expiry import LotDates
from core.stock.ledger import Line
from core.stock.lots import block_lot, edit_lot, merge_lots, name_lots, release_lot, split_lot
from core.stock.models import SUPPLIER, DocumentKind, Location, LocationKind, StockMove
from core.stock.moves import LotEntry
from core.stock.negative import set_negative_rule
from core.stock.projected import end_planned, plan_goods
from core.stock.service import (
    add_warehouse,
    adjust_stock,
    edit_warehouse,
    issue_goods,
    receive_goods,
    reverse_document,
    scrap_goods,
)
from core.stock.supplier_returns import return_to_supplier
from core.stock.transfers.models import LossParty
from core.stock.transfers.service import (
    cancel_transfer,
    carry_over,
    close_with_loss,
    receive_transfer,
    request_transfer,
    ship_transfer,
    undo_transfer_step,
)
from core.stock.tree import add_place, carry_goods, edit_place, put_by_default
from core.suppliers.rules import SupplierEntry
from core.suppliers.service import add_supplier, delete_supplier, edit_supplier, set_supplier_active
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_product, a_sale, a_warehouse, goods
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten
from tests.services.test_stock_plans import TRIED_HERE
from tests.stocktaking import LIMITLESS

GONE = 999
WHY: dict[str, Any] = {"reason": "as agreed"}
WILL_DO = {cost_past_moves}
"""Commands that refuse nothing: they do what there is to do."""


def d(number: str | int) -> Decimal:
    return Decimal(number)


def test_refused_commands_of_stock_change_not_one_row(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        shop = a_busy_stock(uow)
    refused = calls(shop)
    assert_each_refused(any_store, refused)
    assert_none_forgotten(refused, "core.stock.", "core.suppliers.", but=WILL_DO | TRIED_HERE)


def a_busy_stock(uow: UnitOfWork) -> SimpleNamespace:
    """Something in every state that a document of stock can have; all ten mugs are promised."""
    shop = SimpleNamespace(today=uow.today)
    shop.east, shop.west, shop.shut = (a_warehouse(uow, code) for code in ("EAST", "WEST", "SHUT"))
    edit_warehouse(uow, shop.shut, code="SHUT", name="Shut", is_active=False)
    cup = goods(uow, shop.west, 8).id
    shop.tea = a_product(uow, sku="TEA")
    track_product(uow, shop.tea.product_id, tracking=Tracking.LOT)
    shop.tea = shop.tea.id
    first, second = (Line(shop.tea, d(5), lot=LotEntry(number)) for number in ("L1", "L2"))
    receive_goods(uow, warehouse_id=shop.east, lines=[first, second])
    shop.lot, shop.other_lot = 1, 2
    shop.unmoved = a_product(uow, sku="NEW").id
    shop.mug = a_product(uow, sku="MUG").id
    shop.receipt = receive_goods(uow, warehouse_id=shop.east, lines=[Line(shop.mug, d(10), unit_cost=d(4))])
    shop.move = uow.session.query(StockMove.id).filter_by(variant_id=shop.mug, source_id=SUPPLIER).scalar()
    shop.shelf = uow.session.query(Location.id).filter_by(warehouse_id=shop.east, is_default=True).scalar()
    shop.back = add_place(uow, warehouse_id=shop.east, name="Back room", code="B")
    shop.reversed = issue_goods(uow, warehouse_id=shop.west, lines=[Line(cup, d(1))], reason="sample")
    reverse_document(uow, shop.reversed, reason="still here")
    ends = {"source_id": shop.west, "target_id": shop.east, "lines": [Line(cup, d(1))]}
    shop.closed = carry_over(uow, **ends)
    shop.asked = request_transfer(uow, **ends)
    shop.shipped = request_transfer(uow, **ends)
    ship_transfer(uow, shop.shipped)
    shop.posted = plan_count(uow, warehouse_id=shop.west, tolerances=LIMITLESS)
    enter_counts(uow, shop.posted, {cup: d(5)})
    submit_count(uow, shop.posted)
    post_count(uow, shop.posted)
    shop.counted = plan_count(uow, warehouse_id=shop.west)
    a_sale(uow, shop.east, [(SimpleNamespace(id=shop.mug), 10)])  # type: ignore[list-item]
    shop.draft = begin_movement(uow, kind=DocumentKind.ISSUE, warehouse_id=shop.east, lines=[Line(shop.mug, d(1))])
    shop.adjustment = add_landed_cost(uow, amount=d(5), move_ids=[shop.move], **WHY)
    reverse_adjustment(uow, shop.adjustment, **WHY)
    shop.period = close_period(uow, through=uow.today - timedelta(days=30))
    close_period(uow, through=uow.today - timedelta(days=9))
    plan = {"variant_id": shop.mug, "warehouse_id": shop.east, "quantity": d(1), "planned_on": uow.today}
    shop.planned = plan_goods(uow, is_incoming=True, **plan)
    end_planned(uow, shop.planned)
    shop.retired = add_supplier(uow, SupplierEntry("Potters"))
    set_supplier_active(uow, shop.retired, is_active=False)
    return shop


def calls(shop: Any) -> Calls:
    return [*_goods(shop), *_places_and_lots(shop), *_transfers(shop), *_counts(shop), *_drafts(shop), *_costs(shop)]


def _goods(shop: Any) -> Calls:
    one, eleven, none = ([Line(shop.mug, d(n))] for n in (1, 11, 0))
    here: dict[str, Any] = {"warehouse_id": shop.east}
    closed_day = {"at": date(2026, 1, 1)}
    return [
        (receive_goods, (), {"warehouse_id": shop.shut, "lines": one}),
        (receive_goods, (), {**here, "lines": [Line(shop.tea, d(1))]}),
        (receive_goods, (), {**here, "lines": [Line(shop.tea, d(1), lot=LotEntry("L9")), Line(GONE, d(1))]}),
        (receive_goods, (), {**here, "lines": [Line(shop.mug, d(1), unit_cost=d(-1))]}),
        (receive_goods, (), {**here, "lines": one, "supplier_id": shop.retired}),
        (receive_goods, (), {**here, "lines": one, **closed_day}),
        (issue_goods, (), {**here, "lines": one, "reason": " "}),
        (issue_goods, (), {**here, "lines": one, **WHY}),
        (issue_goods, (), {**here, "lines": [Line(shop.tea, d(6), lot_id=shop.lot)], **WHY}),
        (issue_goods, (), {**here, "lines": [Line(shop.tea, d(1))], **WHY, **closed_day}),
        (scrap_goods, (), {**here, "lines": eleven, **WHY}),
        (scrap_goods, (), {**here, "lines": none, **WHY}),
        (adjust_stock, (), {**here, "counted": [Line(shop.mug, d(9))], **WHY}),
        (reverse_document, (shop.receipt,), WHY),
        (reverse_document, (shop.reversed,), WHY),
        (reverse_document, (GONE,), WHY),
        (return_to_supplier, (shop.receipt,), {"quantities": {shop.move: d(11)}, **WHY}),
        (return_to_supplier, (shop.receipt,), {"quantities": {shop.move: d(1)}, **WHY}),
        (return_to_supplier, (GONE,), {"quantities": {1: d(1)}, **WHY}),
        (set_negative_rule, (), {"allowed": True, "product_id": GONE}),
        (set_negative_rule, (), {"allowed": True, "product_id": 1, "warehouse_id": shop.east}),
        (plan_goods, (), {**_plan(shop), "quantity": d(0)}),
        (plan_goods, (), {**_plan(shop), "variant_id": GONE}),
        (end_planned, (shop.planned,), {}),
        (end_planned, (GONE,), {}),
        (add_supplier, (SupplierEntry(" "),), {}),
        (edit_supplier, (shop.retired, SupplierEntry("Potters")), {"version": 0}),
        (edit_supplier, (GONE, SupplierEntry("Potters")), {"version": 1}),
        (set_supplier_active, (GONE,), {"is_active": True}),
        (delete_supplier, (GONE,), {}),
    ]


def _plan(shop: Any) -> dict[str, Any]:
    facts = {"variant_id": shop.mug, "warehouse_id": shop.east, "quantity": d(1)}
    return {**facts, "is_incoming": True, "planned_on": shop.today}


def _places_and_lots(shop: Any) -> Calls:
    lots = {LotEntry("L8"): d(1)}
    early, late = date(2026, 1, 1), date(2027, 1, 1)
    return [
        (add_warehouse, (), {"code": "EAST", "name": "Another"}),
        (edit_warehouse, (shop.east,), {"code": "EAST", "name": "East", "is_active": False}),
        (edit_warehouse, (GONE,), {"code": "X", "name": "X", "is_active": True}),
        (add_place, (), {"warehouse_id": shop.east, "name": "Shelf", "code": "B"}),
        (add_place, (), {"warehouse_id": shop.east, "name": "Below", "parent_id": shop.shelf}),
        (add_place, (), {"warehouse_id": shop.west, "name": "Elsewhere", "parent_id": shop.back}),
        (add_place, (), {"warehouse_id": shop.east, "name": "Road", "kind": LocationKind.SUPPLIER}),
        (edit_place, (shop.shelf,), {"name": "Shelf", "is_active": False}),
        (edit_place, (GONE,), {"name": "Shelf"}),
        (put_by_default, (GONE,), {}),
        (carry_goods, (), {"from_id": shop.shelf, "to_id": shop.shelf, "lines": [Line(shop.tea, d(1))]}),
        (carry_goods, (), {"from_id": shop.shelf, "to_id": shop.back, "lines": [Line(shop.mug, d(11))]}),
        (name_lots, (), {"location_id": shop.shelf, "variant_id": shop.mug, "lots": lots}),
        (name_lots, (), {"location_id": shop.shelf, "variant_id": shop.tea, "lots": lots}),
        (split_lot, (shop.lot,), {"location_id": shop.shelf, "quantity": d(1), "number": "L2"}),
        (split_lot, (shop.lot,), {"location_id": shop.shelf, "quantity": d(6), "number": "L3"}),
        (split_lot, (GONE,), {"location_id": shop.shelf, "quantity": d(1), "number": "L3"}),
        (merge_lots, ([shop.lot],), {"into": shop.lot}),
        (merge_lots, ([shop.lot, GONE],), {"into": shop.other_lot}),
        (block_lot, (GONE,), WHY),
        (block_lot, (shop.lot,), {"reason": ""}),
        (release_lot, (GONE,), WHY),
        (edit_lot, (shop.lot,), {"dates": LotDates(made_on=late, expiry_on=early)}),
        (edit_lot, (GONE,), {"dates": LotDates()}),
    ]


def _transfers(shop: Any) -> Calls:
    ends: dict[str, Any] = {"source_id": shop.east, "target_id": shop.west}
    one, eleven = [Line(shop.mug, d(1))], [Line(shop.mug, d(11))]
    owner = {"responsible": LossParty.CARRIER, **WHY}
    return [
        (request_transfer, (), {**ends, "lines": []}),
        (request_transfer, (), {**ends, "source_id": shop.west, "lines": one}),
        (request_transfer, (), {**ends, "target_id": shop.shut, "lines": one}),
        (carry_over, (), {**ends, "lines": eleven}),
        (carry_over, (), {**ends, "lines": one}),
        (ship_transfer, (shop.closed,), {}),
        (ship_transfer, (shop.asked,), {"quantities": {shop.mug: d(1)}}),
        (ship_transfer, (GONE,), {}),
        (receive_transfer, (shop.asked,), {}),
        (receive_transfer, (shop.shipped,), {"quantities": {shop.mug: d(1)}}),
        (receive_transfer, (shop.shipped,), {"at": date(2026, 3, 11)}),
        (receive_transfer, (GONE,), {}),
        (close_with_loss, (shop.asked,), owner),
        (close_with_loss, (shop.shipped,), {**owner, "responsible": LossParty.SOMEBODY}),
        (undo_transfer_step, (shop.asked,), WHY),
        (undo_transfer_step, (GONE,), WHY),
        (cancel_transfer, (shop.shipped,), WHY),
        (cancel_transfer, (shop.closed,), WHY),
    ]


def _counts(shop: Any) -> Calls:
    return [
        (plan_count, (), {"warehouse_id": shop.shut}),
        (plan_count, (), {"warehouse_id": GONE}),
        (plan_count, (), {"warehouse_id": shop.west, "most": 0}),
        (cancel_count, (shop.posted,), WHY),
        (cancel_count, (GONE,), WHY),
        (enter_counts, (shop.posted, {shop.mug: d(1)}), {}),
        (enter_counts, (shop.counted, {shop.mug: d(-1)}), {}),
        (add_to_counts, (shop.posted, [Line(shop.mug, d(1))]), {}),
        (add_to_counts, (GONE, [Line(shop.mug, d(1))]), {}),
        (submit_count, (shop.posted,), {}),
        (submit_count, (shop.counted,), {}),
        (resume_count, (shop.counted,), {}),
        (ask_recount, (shop.counted,), {}),
        (accept_differences, (shop.counted, []), {"reason": DifferenceReason.OTHER}),
        (accept_differences, (GONE, [1]), {"reason": DifferenceReason.OTHER}),
        (post_count, (shop.counted,), {}),
        (post_count, (shop.posted,), {}),
        (refit_count, (shop.posted,), {}),
        (refit_count, (shop.counted,), {}),
        (reverse_count, (shop.counted,), WHY),
        (reverse_count, (GONE,), WHY),
    ]


def _drafts(shop: Any) -> Calls:
    one, none = [Line(shop.mug, d(1))], [Line(GONE, d(1))]
    return [
        (begin_movement, (), {"kind": DocumentKind.ISSUE, "warehouse_id": GONE, "lines": one}),
        (begin_movement, (), {"kind": DocumentKind.RECEIPT, "warehouse_id": shop.east, "lines": none}),
        (add_to_movement, (GONE, one), {}),
        (add_to_movement, (shop.draft, none), {}),
        (change_movement, (GONE, {shop.mug: d(1)}), {}),
        (change_movement, (shop.draft, {shop.mug: d(-1)}), {}),
        (edit_movement, (GONE,), {"note": "new"}),
        (edit_movement, (shop.draft,), {"warehouse_id": GONE}),
        (price_movement, (GONE, {shop.mug: d(1)}), {}),
        (price_movement, (shop.draft, {shop.mug: d(-1)}), {}),
        (set_movement_day, (GONE, None), {}),
        (set_movement_supplier, (shop.draft, GONE), {}),
        (name_movement_lots, (GONE, shop.mug, [DraftLot("L1", d(1))]), {}),
        (name_movement_lots, (shop.draft, shop.tea, [DraftLot("L1", d(1))]), {}),
        (book_movement, (shop.draft,), {}),
        (book_movement, (GONE,), {}),
        (discard_movement, (GONE,), {}),
    ]


def _costs(shop: Any) -> Calls:
    return [
        (add_landed_cost, (), {"amount": d(5), "move_ids": [GONE], **WHY}),
        (add_landed_cost, (), {"amount": d(0), "move_ids": [shop.move], **WHY}),
        (add_landed_cost, (), {"amount": d(5), "move_ids": [shop.move], "reason": ""}),
        (correct_receipt_price, (shop.move,), {"unit_cost": d(-1), **WHY}),
        (correct_receipt_price, (GONE,), {"unit_cost": d(5), **WHY}),
        (reverse_adjustment, (shop.adjustment,), WHY),
        (reverse_adjustment, (GONE,), WHY),
        (revalue_stock, (shop.mug,), WHY),
        (revalue_stock, (GONE,), {"unit_cost": d(5), **WHY}),
        (revalue_stock, (shop.unmoved,), {"unit_cost": d(5), **WHY}),
        (revalue_stock, (shop.mug,), {"unit_cost": d(5), "at": date(2026, 1, 1), **WHY}),
        (set_cost_method, (), {"method": Method.AVERAGE}),
        (set_cost_method, (), {"method": Method.FIFO, "category_id": GONE}),
        (set_cost_method, (), {"method": Method.FIFO, "since": date(2026, 1, 1)}),
        (close_period, (), {"through": shop.today}),
        (close_period, (), {"through": date(2026, 2, 1)}),
        (reopen_period, (shop.period,), WHY),
        (reopen_period, (GONE,), WHY),
    ]
