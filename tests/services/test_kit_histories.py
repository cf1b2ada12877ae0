"""Whatever a kit holds and costs, and however it is amended and comes back: its shares add up to the cent."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.exact import ZERO, round_to
from core.base.tax import TaxRounding
from core.sales.amend import accept_amendment, request_amendment, request_undo
from core.sales.amend_lines import LineWish
from core.sales.amendments import amendments_of
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.kit_amend import KitWish
from core.sales.kits import KitRow
from core.sales.queries import order_card
from core.sales.returns.receive import receive_return
from core.sales.returns.request import LineBack, request_return
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_kit, a_warehouse, goods
from tests.examples import drawn
from tests.soundness import assert_sound

_serial = count(1)
RETURNED = "Quality problem"
prices = st.integers(1, 99_999).map(lambda units: Decimal(units).scaleb(-3))
rates = st.sampled_from([Decimal(0), Decimal("0.06"), Decimal("0.13")])
parts = st.lists(st.tuples(st.integers(1, 5), prices, rates), min_size=1, max_size=4)
terms = st.tuples(st.integers(1, 9).map(Decimal), prices, st.integers(0, 100).map(lambda cents: Decimal(cents) / 100))


@settings(max_examples=drawn(5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    inside=parts,
    said=st.lists(terms, min_size=1, max_size=3),
    how=st.tuples(st.sampled_from(list(TaxRounding)), st.booleans()),
    order_of_return=st.permutations(range(4)),
    bites=st.integers(1, 3),
)
def test_shares_amendments_and_returns_of_a_kit_add_up_to_its_price(
    any_store: Store,
    inside: Sequence[tuple[int, Decimal, Decimal]],
    said: Sequence[tuple[Decimal, Decimal, Decimal]],
    how: tuple[TaxRounding, bool],
    order_of_return: Sequence[int],
    bites: int,
) -> None:
    store = any_store
    facts = {"tax_rounding": how[0], "prices_include_tax": how[1]}
    store.settings = store.settings.model_copy(update=facts)
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow, code=f"W{next(_serial)}")
        held = [
            (goods(uow, house, 999, retail_price=price, tax_rate=rate), Fraction(ratio))
            for ratio, price, rate in inside
        ]
        kit = a_kit(uow, *held, retail_price="39.99")  # type: ignore[arg-type]
        where = {"customer_id": a_customer(uow).id, "channel_id": a_channel(uow), "warehouse_id": house}
    order = store.run(SYSTEM, create_order, None, **where, lines=[LineDraft(kit.id, Decimal(2))])
    store.run(SYSTEM, confirm_order, None, order)
    first = _kit(store, order)
    assert _charged(first, is_gross=how[1]) == Decimal("79.98")
    for quantity, price, discount in said:
        off = min(discount, round_to(quantity * price))
        now = _kit(store, order)
        if (quantity, price, off) == (now.quantity, now.unit_price, now.discount):
            continue
        _amend(store, order, KitWish(quantity, now.id, price, off))
        assert _charged(_kit(store, order), is_gross=how[1]) == round_to(quantity * price) - off
        assert_sound(store)
    before = _kit(store, order)
    _amend(store, order, KitWish(ZERO, before.id), adds=kit.id)
    with store.viewing(SYSTEM) as view:
        done, seen = amendments_of(view, order)[0].id, order_card(view, order).version
    undo = store.run(SYSTEM, request_undo, None, done, seen_version=seen, reason="as it was")
    store.run(SYSTEM, accept_amendment, None, undo, version=1)
    back = _kit(store, order)
    assert (back.net_amount, back.tax_amount, back.gross_amount) == (
        before.net_amount,
        before.tax_amount,
        before.gross_amount,
    )

    store.run(SYSTEM, ship_order, None, order)
    with store.viewing(SYSTEM) as view:
        lines = order_card(view, order).lines
    for place in [each for each in order_of_return if each < len(lines)]:
        line, left = lines[place], lines[place].quantity
        for bite in range(bites, 0, -1):
            size = left if bite == 1 else min(left, Decimal(1))
            if size:
                came = store.run(SYSTEM, request_return, None, order, reason=RETURNED, lines=[LineBack(line.id, size)])
                store.run(SYSTEM, receive_return, None, came)
                left -= size
    with store.viewing(SYSTEM) as view:
        card = order_card(view, order)
    assert card.returned_amount == card.gross_amount == back.gross_amount
    assert_sound(store)


def _kit(store: Store, order: int) -> KitRow:
    with store.viewing(SYSTEM) as view:
        (kit,) = order_card(view, order).kits
    return kit


def _charged(kit: KitRow, *, is_gross: bool) -> Decimal:
    return kit.gross_amount if is_gross else kit.net_amount


def _amend(store: Store, order: int, wish: KitWish, adds: int | None = None) -> None:
    with store.viewing(SYSTEM) as view:
        seen = order_card(view, order).version
    lines = [] if adds is None else [LineWish(Decimal(1), variant_id=adds)]
    asked = store.run(
        SYSTEM, request_amendment, None, order, lines=lines, kits=[wish], seen_version=seen, reason="asked for"
    )
    store.run(SYSTEM, accept_amendment, None, asked, version=1)
