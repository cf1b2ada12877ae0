"""Cases about what is where: planned and past stock, promises, lots, stocktakes."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.catalog.models import Tracking
from core.catalog.service import get_variant
from core.catalog.tracking import track_product
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.queries import order_card
from core.sales.recall import shipped_lots
from core.sales.ship import ship_order
from core.stock.as_of import stock_then
from core.stock.costs.rules.events import merged_cost
from core.stock.counts.enter import enter_counts
from core.stock.counts.models import AbcClass
from core.stock.counts.plan import plan_count
from core.stock.counts.posting import post_count
from core.stock.counts.queries import CountLineRow, stock_count_lines
from core.stock.counts.review import submit_count
from core.stock.counts.rules import Tolerance
from core.stock.expiry import LotDates
from core.stock.ledger import Line, LotEntry, Origin, release, reserve, storage_of
from core.stock.lot_queries import lots_on_hand
from core.stock.lots import name_lots, split_lot
from core.stock.models import Location, Lot, MoveState, StockMove
from core.stock.projected import plan_goods, projected_stock
from core.stock.queries import stock_card, stock_levels
from core.stock.service import issue_goods, receive_goods
from core.stock.tree import add_place, put_by_default
from tests.cases.reader import Case, each_trial
from tests.cases.shop import TODAY, ZONE, Opened, Shop, quantity

SIGN = {"receive": 1, "issue": -1}
LIMITLESS = {letter: Tolerance(None, None) for letter in AbcClass}


def planned_and_past(case: Case, opened: Opened) -> dict[str, Any]:
    """Moves that were made and moves that are to come: what there was on any day, and what there will be."""
    shop = Shop(opened(), [case.given, case.expected])
    shop.d = Shop(shop.store, case.given).d
    moves = [_planned(move) for move in case.given["moves"]]
    sizes = {name: quantity(size) for name, size in case.given.get("uom", {}).items()}
    done_on = [shop.day(done) for _, done, _ in moves if done]
    today = max(shop.d if "D" in str(case.given["moves"]) else date.min, *(on for on in done_on if on))
    product, house = shop.variant(), shop.warehouse()
    told = sorted(moves, key=lambda each: (shop.day(each[0]) or today, each[1] is None))
    for planned, done, move in told:
        size = quantity(move["qty"]) * sizes.get(move.get("uom", ""), Decimal(1))
        on = shop.day(done or planned)
        assert on is not None
        shop.go_to(min(on, today))
        if done is None:
            incoming = move["op"] == "receive"
            day = {"planned_on": on, "is_incoming": incoming}
            shop.run(plan_goods, variant_id=product, warehouse_id=house, quantity=size, **day)
        elif move["op"] == "receive":
            shop.run(receive_goods, warehouse_id=house, lines=[Line(product, size)])
        else:
            shop.run(issue_goods, warehouse_id=house, lines=[Line(product, size)], reason="taken")
    shop.go_to(today)
    return _planned_figures(shop, product, today, case.expected)


def _planned(move: Mapping[str, Any]) -> tuple[str, str | None, Mapping[str, Any]]:
    planned = move.get("planned", move.get("date"))
    assert planned is not None
    done = move["done"] if "done" in move else planned if move["state"] == "done" else None
    return planned, done, move


def _planned_figures(shop: Shop, product: int, today: date, expected: Mapping[str, Any]) -> dict[str, Any]:
    held, coming = shop.ask(projected_stock, product)

    def level(text: str) -> Decimal | None:
        if text == "no end":
            return coming[-1].after if coming else held
        on = shop.day(text)
        assert on is not None
        if on > today or (on == today and coming):
            return next((row.after for row in reversed(coming) if row.on <= on), held)
        return then(text)

    def then(text: str) -> Decimal:
        rows = shop.ask(stock_then, shop.end_of(text), variant_id=product)
        return sum((row.on_hand for row in rows), Decimal(0))

    past = [
        (row.at.astimezone(ZoneInfo(ZONE)).date(), row.change, row.balance) for row in shop.ask(stock_card, product)
    ]
    future = [(row.on, row.change, row.after) for row in reversed(coming)]
    ledger = [*future, *past]
    days = []
    for _, rows in groupby(ledger, key=lambda row: row[0]):
        same = list(rows)
        changes = [change for _, change, _ in same]
        days.append(_row(same[0][2], *changes))
    return {
        "on_hand": {text: then(text) for text in expected.get("on_hand", {})},
        "projected": {text: level(text) for text in expected.get("projected", {})},
        "by_day": {text: level(text) for text in expected.get("by_day", {})},
        "as_of": {text: level(text) for text in expected.get("as_of", {})},
        "running": [[after - change, change, after] for _, change, after in reversed(ledger)],
        "ledger_newest_first": [_row(balance, change) for _, change, balance in ledger],
        "daily_newest_first": days,
    }


def _row(balance: Decimal, *changes: Decimal) -> dict[str, Any]:
    came = sum((each for each in changes if each > 0), Decimal(0))
    left = -sum((each for each in changes if each < 0), Decimal(0))
    return {"balance": balance, "in_": came, "out": left}


def promises(case: Case, opened: Opened) -> dict[str, Any]:
    """Moves that want goods: which of them get theirs, and what stays open."""

    def trial(given: Mapping[str, Any]) -> dict[str, Any]:
        shop = Shop(opened())
        product, house = shop.variant(), shop.warehouse()
        if quantity(given["on_hand"]):
            shop.run(receive_goods, warehouse_id=house, lines=[Line(product, quantity(given["on_hand"]))])
        lines = [Line(product, quantity(want), number) for number, want in enumerate(given["want"], 1)]
        with shop.making() as uow:
            missing = reserve(uow, storage_of(uow, house), lines, Origin("demand", 1), partly=True)
            uow.audit("demand.reserved", None)
        wanted = select(StockMove.quantity).where(StockMove.state == MoveState.RESERVED).order_by(StockMove.quantity)
        got = shop.ask(lambda view: view.session.scalars(wanted).all())
        level = shop.ask(stock_levels)
        assert sum(row.reserved for row in level) == sum(got)
        open_ = sorted(each for each in missing.values() if each)
        _forget(shop)
        return {"results": {"all": not open_, "reserved": list(got), "open": open_}}

    return each_trial(case.given["trials"], trial)


def _forget(shop: Shop) -> None:
    """Take back promises that belong to no order, as the self-checks want them to."""

    with shop.making() as uow:
        for kind, number in uow.session.execute(select(StockMove.origin_type, StockMove.origin_id)).all():
            if kind == "demand":
                release(uow, storage_of(uow, shop.warehouse()), Origin(kind, number))
        uow.audit("demand.released", None)


class Lots:
    """A product whose lots are told apart, and where they lie."""

    def __init__(self, opened: Opened) -> None:
        self.shop = Shop(opened())
        self.shop.d = TODAY
        self.shop.go_to(TODAY)
        self.house = self.shop.warehouse()
        self.product = self.shop.variant()

    def track(self) -> None:
        """From now on lots are told apart."""
        with self.shop.making() as uow:
            track_product(uow, get_variant(uow, self.product).product_id, tracking=Tracking.LOT)

    def put(self, rows: list[Mapping[str, Any]]) -> None:
        """Put goods on the shelf; those without a lot are there before lots are told apart."""
        for row in sorted(rows, key=lambda each: each.get("lot") is not None):
            if row.get("lot") is not None:
                self.track()
            if "place" in row:
                self._at(row["place"])
            lot = (
                LotEntry(row["lot"], LotDates(expiry_on=self.shop.day(row.get("expires")))) if row.get("lot") else None
            )
            line = Line(self.product, quantity(row["qty"]), lot=lot)
            self.shop.run(receive_goods, warehouse_id=self.house, lines=[line])

    def _at(self, place: str) -> None:
        with self.shop.making() as uow:
            found = uow.session.scalar(select(Location.id).where(Location.name == place))
            found = found or add_place(uow, warehouse_id=self.house, name=place)
            put_by_default(uow, found)

    def want(self, count: Any, lot: str | None = None) -> list[tuple[str, str, Decimal]]:
        """Promise goods; the places, lots and quantities that are promised."""
        line = Line(self.product, quantity(count), lot_id=self.shop.lot(lot) if lot else None)
        with self.shop.making() as uow:
            reserve(uow, storage_of(uow, self.house), [line], Origin("demand", 1))
            uow.audit("demand.reserved", None)
        wanted = (
            select(Location.name, Lot.number, StockMove.quantity)
            .join(Location, Location.id == StockMove.source_id)
            .outerjoin(Lot, Lot.id == StockMove.lot_id)
            .where(StockMove.state == MoveState.RESERVED)
            .order_by(StockMove.id)
        )
        got = [tuple(row) for row in self.shop.ask(lambda view: view.session.execute(wanted).all())]
        _forget(self.shop)
        return got

    def order(self, count: Any) -> int:
        """The id of a confirmed order."""
        draft = self.shop.run(
            create_order,
            customer_id=self.shop.customer(),
            channel_id=self.shop.channel(),
            warehouse_id=self.house,
            lines=[LineDraft(self.product, quantity(count), Decimal(1))],
        )
        made: int = self.shop.run(confirm_order, draft)
        return made

    def held(self) -> dict[str, Decimal]:
        """What is on hand of each lot."""
        rows = self.shop.ask(lots_on_hand, variant_ids=[self.product])
        return {row.number: row.on_hand for row in rows}


def lot_wanted(case: Case, opened: Opened) -> dict[str, Any]:
    """Goods that are promised: a lot that is named from where it lies, others first expired first."""
    given = case.given
    lots = Lots(opened)
    rows = given.get("on_hand") or given["lots"]
    lots.put(rows)
    want = given.get("want", sum(row["qty"] for row in rows))
    asked = want if isinstance(want, Mapping) else {"qty": want}
    got = lots.want(asked["qty"], asked.get("lot"))
    by_place = "place" in rows[0]
    return {
        "reserved_from": got[0][0] if by_place else got[0][1],
        "qty": got[0][2],
        "order": [number for _, number, _ in got],
    }


def lot_consumed(case: Case, opened: Opened) -> dict[str, Any]:
    """Goods of one lot that are taken, though there are more of others."""
    consume = case.given["consume_from_lot"]
    lots = Lots(opened)
    lots.put(case.given["on_hand"])
    lot_id = lots.shop.lot(consume["lot"])

    def trial(count: Any) -> dict[str, Any]:
        lines = [Line(lots.product, quantity(count), lot_id=lot_id)]
        deed = {"warehouse_id": lots.house, "lines": lines, "reason": "used up"}
        return {"results": lots.shop.attempt(lots.shop.run, issue_goods, **deed)}

    return each_trial(consume["trials"], trial)


def lot_needed(case: Case, opened: Opened) -> dict[str, Any]:
    """Goods that may only leave once their lots are named."""
    lots = Lots(opened)
    lots.put([{"qty": case.given["order_qty"]}])
    order = lots.order(case.given["order_qty"])
    lots.track()
    without = lots.shop.attempt(lots.shop.run, ship_order, order)
    named = re.findall(r"(\d{2,}) on (\d+)", " ".join(case.given["steps"]))
    place = lots.shop.ask(
        lambda view: view.session.scalar(select(StockMove.source_id).where(StockMove.state == MoveState.RESERVED))
    )
    entries = {LotEntry(number): Decimal(count) for number, count in named}
    lots.shop.run(name_lots, location_id=place, variant_id=lots.product, lots=entries)
    lots.shop.run(ship_order, order)
    shipped = {row.number: row.quantity for row in lots.shop.ask(shipped_lots, order)}
    return {"pick_without_lots": without, "shipped_by_lot": shipped, "shipped_total": sum(shipped.values())}


def lot_split(case: Case, opened: Opened) -> dict[str, Any]:
    """Some of a lot that becomes a lot of its own."""
    lots = Lots(opened)
    lots.put([{"qty": case.given["lot_on_hand"], "lot": "old"}])
    with lots.shop.making() as uow:
        place = storage_of(uow, lots.house)
        part = Decimal(case.given["split_off"])
        split_lot(uow, lots.shop.lot("old"), location_id=place, quantity=part, number="new")
    held = lots.held()
    return {"old_lot": held["old"], "new_lot": held["new"]}


def lots_merged(case: Case, opened: Opened) -> dict[str, Any]:
    """What goods put together cost: those with a cost say so."""

    def trial(parts: list[list[Any]]) -> dict[str, Any]:
        known = [(quantity(count), None if cost is None else quantity(cost)) for count, cost in parts]
        return {"qty": sum(count for count, _ in known), "unit_cost": merged_cost(known)}

    return each_trial(case.given["trials"], trial)


def lot_expired(case: Case, opened: Opened) -> dict[str, Any]:
    """Shipments of lots that were promised while they were good, one of which has expired since."""
    told = case.given["lots"]
    days = {name: re.sub(r"expire[sd] ", "", text) for name, text in told.items()}

    def trial(parts: Mapping[str, Any]) -> dict[str, Any]:
        lots = Lots(opened)
        lots.shop.go_to(min(lots.shop.day(text) or TODAY for text in days.values()))
        lots.put([{"qty": 10, "lot": name, "expires": text} for name, text in days.items()])
        order = lots.order(sum(10 for _ in days))
        lots.shop.go_to(TODAY)
        line = lots.shop.ask(order_card, order).lines[0].id
        wanted = {lots.shop.lot(name): quantity(count) for name, count in parts.items()}
        how = {"quantities": {line: sum(wanted.values(), Decimal(0))}, "lots": {line: wanted}}
        result = lots.shop.attempt(lots.shop.run, ship_order, order, **how)
        if result == "refused":
            lots.shop.run(ship_order, order, expired_too=True, **how)
            result = "asks for confirmation"
        return {"results": result}

    return each_trial(case.given["shipments"], trial)


class Counted:
    """A stocktake over goods that go on moving."""

    def __init__(self, opened: Opened, given: Mapping[str, Any]) -> None:
        self.shop = Shop(opened())
        costs = given.get("unit_cost", {})
        self.house = self.shop.warehouse()
        self.names = list(given["on_hand"])
        for name, count in given["on_hand"].items():
            self.receive({"product": name, "qty": count, "unit_cost": costs.get(name, 1)})

    def receive(self, step: Mapping[str, Any]) -> None:
        """Goods come in."""
        line = Line(self.shop.variant(step["product"]), quantity(step["qty"]), unit_cost=quantity(step["unit_cost"]))
        self.shop.run(receive_goods, warehouse_id=self.house, lines=[line])

    def plan(self, tolerances: Mapping[AbcClass, Tolerance] = LIMITLESS) -> int:
        """Open a stocktake of all."""
        made: int = self.shop.run(plan_count, warehouse_id=self.house, is_blind=False, tolerances=tolerances)
        return made

    def enter(self, count_id: int, counted: Mapping[str, Any]) -> None:
        """Say what was found."""
        found = {self.shop.variant(name): quantity(each) for name, each in counted.items()}
        self.shop.run(enter_counts, count_id, found)

    def lines(self, count_id: int) -> dict[str, CountLineRow]:
        """The lines as the one who decides sees them."""
        return {row.name: row for row in self.shop.ask(stock_count_lines, count_id)}

    def post(self, count_id: int) -> None:
        """Hand in and post."""
        self.shop.run(submit_count, count_id)
        self.shop.run(post_count, count_id)

    def on_hand(self) -> dict[str, Decimal]:
        """What is there."""
        return {row.name: row.on_hand for row in self.shop.ask(stock_levels)}


def _adjusted(lines: Mapping[str, CountLineRow]) -> dict[str, Any]:
    off = {name: row.difference for name, row in sorted(lines.items()) if row.difference}
    return {
        "adjustments": [
            {"product": name, "qty": abs(each), "direction": "in" if each > 0 else "out"} for name, each in off.items()
        ],
        "no_adjustment_for": [name for name in sorted(lines) if name not in off],
    }


def stocktake(case: Case, opened: Opened) -> dict[str, Any]:
    """Counting, goods that move meanwhile, and what is posted. A refresh says that what was counted holds now."""
    given = case.given
    counted = Counted(opened, given)
    if "tolerances" in given:
        return _within_tolerance(counted, given)
    steps = given.get("steps") or [{"op": "open_count"}, {"op": "count", **given["counted"]}, {"op": "confirm"}]
    found: dict[str, Any] = {}
    entered: dict[str, Any] = {}
    number = 0
    for step in steps:
        facts = {name: each for name, each in step.items() if name != "op"}
        if step["op"] == "open_count":
            number = counted.plan()
            expected = {name: row.expected for name, row in counted.lines(number).items()}
            found["expected_qty"] = expected
            assert facts.get("expected") is None or set(facts["expected"]) == set(expected)
        elif step["op"] == "count":
            entered |= facts
            counted.enter(number, facts)
        elif step["op"] == "receive":
            counted.receive(step)
        elif step["op"] == "refresh":
            counted.enter(number, entered)
            found["expected_after_refresh"] = {name: row.expected for name, row in counted.lines(number).items()}
        else:
            counted.post(number)
    found |= _adjusted(counted.lines(number))
    found["on_hand_after"] = counted.on_hand()
    if not any(found["on_hand_after"].values()):
        assert counted.shop.attempt(counted.plan) == "refused"
        found["lines_in_next_empty_count"] = 0
    return found


def _within_tolerance(counted: Counted, given: Mapping[str, Any]) -> dict[str, Any]:
    told = given["tolerances"]
    share = re.fullmatch(r"([\d.]+) of the expected quantity", told["quantity"])
    assert share is not None
    tolerance = Tolerance(Decimal(share[1]), Decimal(told["cost"]))
    number = counted.plan(dict.fromkeys(AbcClass, tolerance))
    counted.enter(number, given["counted"])
    lines = counted.lines(number)
    shares: dict[str, Any] = {}
    for name, row in lines.items():
        assert row.difference is not None
        assert row.expected is not None
        by = tolerance.used(row.difference, row.expected, Decimal(given["unit_cost"][name]))
        shares |= {f"{name}_quantity": by[0], f"{name}_cost": by[1]}
    counted.shop.run(submit_count, number)
    return {
        "quantity_variation": {name: row.difference for name, row in lines.items()},
        "cost_variation": {name: row.amount for name, row in lines.items()},
        "share_of_tolerance": shares,
        "confirm": counted.shop.attempt(counted.shop.run, post_count, number),
    }


SHELVES: dict[str, Callable[[Case, Opened], dict[str, Any]]] = {
    "on_hand_vs_projected": planned_and_past,
    "projected_stock": planned_and_past,
    "stock_as_of": planned_and_past,
    "reserve_partial": promises,
    "lot_reserved_from": lot_wanted,
    "lot_fefo": lot_wanted,
    "lot_not_enough": lot_consumed,
    "lot_required": lot_needed,
    "lot_split": lot_split,
    "merge_lots": lots_merged,
    "lot_expired": lot_expired,
    "stocktake_with": stocktake,
    "stocktake_count": stocktake,
    "stocktake_tolerance": stocktake,
}
