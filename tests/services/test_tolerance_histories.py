"""Whatever leaves more or less than ordered, comes back, goes out again or is undone: after each step all adds up."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.base.errors import AppError
from core.base.tax import TaxRounding
from core.receivables.models import PaymentMethod
from core.receivables.statement_models import Statement
from core.sales.amend import accept_amendment, decline_amendment, request_amendment, request_undo
from core.sales.amend_lines import LineWish
from core.sales.amend_models import OrderAmendment
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.models import CAME_BACK, ReturnKind, SalesOrder, SalesReturn, Shipment
from core.sales.money.statements import cancel_statement, draw_statement
from core.sales.pay import pay_order
from core.sales.queries import OrderCard, order_card
from core.sales.returns.again import cancel_redelivery, deliver_again
from core.sales.returns.receive import receive_return, undo_receipt
from core.sales.returns.request import LineBack, request_return
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods
from tests.examples import drawn
from tests.soundness import assert_sound

_serial = count(1)
WHY = "so it goes"
sizes = st.one_of(st.integers(1, 12).map(Decimal), st.integers(1, 9000).map(lambda n: Decimal(n).scaleb(-3)))
steps = st.tuples(
    st.sampled_from(
        [
            *("ship", "ship", "close", "close", "undo", "undo", "amend", "undo amendment", "return", "undo return"),
            *("again", "not again", "state", "unstate", "pay"),
        ]
    ),
    st.integers(0, 3),
    sizes,
)


@settings(max_examples=drawn(4), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounding=st.sampled_from(list(TaxRounding)), history=st.lists(steps, min_size=4, max_size=14))
def test_any_history_of_shipments_that_are_off_adds_up(
    store: Store, rounding: TaxRounding, history: list[tuple[str, int, Decimal]]
) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow, code=f"W{next(_serial)}")
        rope = goods(uow, house, 30, retail_price="3.3333", tax_rate=Decimal("0.13"))
        mug = goods(uow, house, 10, retail_price="7.77", tax_rate=Decimal("0.06"))
        order = a_sale(uow, house, [(rope, 10), (mug, 4)])
        held = uow.session.get_one(SalesOrder, order)
        held.tax_rounding = rounding
        set_fulfilment_rule(uow, under_share=Decimal("0.4"), over_share=Decimal("0.3"))
    for deed, which, size in history:
        with suppress(AppError):
            _STEPS[deed](store, order, which, size)
        assert_sound(store)
    card = _card(store, order)
    with store.viewing(SYSTEM) as view:
        levels = {level.variant_id: level for level in stock_levels(view, warehouse_id=house)}
    for line in card.lines:
        assert levels[line.variant_id].reserved <= line.unshipped


def _card(store: Store, order: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order)


def _run(store: Store, command: Callable[..., Any], *args: Any, **facts: Any) -> Any:
    return store.run(SYSTEM, command, None, *args, **facts)


def _pick(store: Store, column: Any, which: int, *conditions: Any) -> int:
    with store.viewing(SYSTEM) as view:
        found = view.session.scalars(select(column).where(*conditions).order_by(column.desc())).all()
    return found[which % len(found)] if found else 0


def _ship(store: Store, order: int, which: int, size: Decimal, *, closes: bool = False) -> None:
    lines = _card(store, order).lines
    line = lines[which % len(lines)].id
    _run(store, ship_order, order, quantities={line: size}, closing=[line] if closes else [])


def _undo(store: Store, order: int, which: int, _size: Decimal) -> None:
    shipment = _pick(store, Shipment.id, which, Shipment.order_id == order, Shipment.cancelled_at.is_(None))
    _run(store, undo_shipment, shipment, reason=WHY)


def _amend(store: Store, order: int, which: int, size: Decimal) -> None:
    card = _card(store, order)
    price = Decimal("2.5") if which == 3 else None
    wish = LineWish(size + card.lines[0].shipped, card.lines[0].id, unit_price=price)
    asked = _run(store, request_amendment, order, lines=[wish], reason=WHY, seen_version=card.version)
    _accept(store, order, asked)


def _undo_amendment(store: Store, order: int, which: int, _size: Decimal) -> None:
    amendment = _pick(store, OrderAmendment.id, which, OrderAmendment.order_id == order)
    asked = _run(store, request_undo, amendment, reason=WHY, seen_version=_card(store, order).version)
    _accept(store, order, asked)


def _accept(store: Store, order: int, asked: int) -> None:
    try:
        _run(store, accept_amendment, asked, version=1)
    except AppError:
        _run(store, decline_amendment, asked, version=1, reason=WHY)


def _return(store: Store, order: int, which: int, size: Decimal) -> None:
    lines = _card(store, order).lines
    back = [LineBack(lines[which % len(lines)].id, size)]
    _run(store, receive_return, _run(store, request_return, order, reason="Quality problem", lines=back))


def _undo_return(store: Store, order: int, which: int, _size: Decimal) -> None:
    _run(store, undo_receipt, _pick(store, SalesReturn.id, which, SalesReturn.order_id == order), reason=WHY)


def _again(store: Store, order: int, which: int, _size: Decimal) -> None:
    back = _pick(store, SalesReturn.id, which, SalesReturn.order_id == order, SalesReturn.state.in_(CAME_BACK))
    _run(store, deliver_again, back)


def _not_again(store: Store, order: int, which: int, _size: Decimal) -> None:
    again = _pick(
        store, SalesReturn.id, which, SalesReturn.order_id == order, SalesReturn.kind == ReturnKind.REDELIVERY
    )
    _run(store, cancel_redelivery, again, reason=WHY)


def _state(store: Store, order: int, _which: int, _size: Decimal) -> None:
    with store.viewing(SYSTEM) as view:
        today = view.today
    _run(store, draw_statement, _card(store, order).customer_id, since=today, until=today + timedelta(days=1))


def _unstate(store: Store, order: int, which: int, _size: Decimal) -> None:
    owner = _card(store, order).customer_id
    _run(store, cancel_statement, _pick(store, Statement.id, which, Statement.customer_id == owner), reason=WHY)


def _pay(store: Store, order: int, _which: int, size: Decimal) -> None:
    _run(store, pay_order, order, amount=round(size, 2), method=PaymentMethod.CASH)


_STEPS: dict[str, Callable[[Store, int, int, Decimal], None]] = {
    "ship": _ship,
    "close": lambda store, order, which, size: _ship(store, order, which, size, closes=True),
    "undo": _undo,
    "amend": _amend,
    "undo amendment": _undo_amendment,
    "return": _return,
    "undo return": _undo_return,
    "again": _again,
    "not again": _not_again,
    "state": _state,
    "unstate": _unstate,
    "pay": _pay,
}
