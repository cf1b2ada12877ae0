"""A shop that sells a gift box: what tests of kits do and look at."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.amendments import AmendmentCard, amendments_of
from core.sales.draft import LineDraft, create_order
from core.sales.kit_amend import KitWish
from core.sales.queries import OrderCard, order_card
from core.security.actor import SYSTEM, Actor
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_kit, a_warehouse, goods

KIT_PRICE = Decimal("39.99")


@dataclass(frozen=True)
class Shop:
    """Ten mugs at 20 and thirty teas at 10; a gift box of a mug and three teas at 39.99, never below 35."""

    store: Store
    warehouse: int
    customer: int
    channel: int
    mug: int
    tea: int
    box: int

    def draft(self, *lines: tuple[int, Any]) -> int:
        made = self.store.run(
            SYSTEM,
            create_order,
            None,
            customer_id=self.customer,
            channel_id=self.channel,
            warehouse_id=self.warehouse,
            lines=[LineDraft(variant_id, Decimal(count)) for variant_id, count in lines],
        )
        assert made is not None
        return made

    def card(self, order_id: int) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, order_id)

    def run(self, command: Any, *places: Any, **words: Any) -> Any:
        return self.store.run(SYSTEM, command, None, *places, **words)

    def amend(self, order_id: int, *quantities: Any) -> None:
        card = self.card(order_id)
        wishes = [LineWish(Decimal(each), line.id) for each, line in zip(quantities, card.lines, strict=True)]
        asked = self.run(request_amendment, order_id, lines=wishes, seen_version=card.version, reason="asked for it")
        self.run(accept_amendment, asked, version=1)

    def promised(self) -> dict[int, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return {level.variant_id: level.reserved for level in stock_levels(view)}

    def ask(self, order_id: int, *kits: KitWish, lines: tuple[LineWish, ...] = (), **more: Any) -> int:
        """An amendment that asks for this, on the order as it is."""
        facts = {"lines": lines, "kits": kits, "seen_version": self.card(order_id).version, "reason": "asked for it"}
        asked = self.run(request_amendment, order_id, **facts | more)
        assert asked is not None
        return int(asked)

    def change(self, order_id: int, *kits: KitWish, lines: tuple[LineWish, ...] = ()) -> None:
        """Ask for this, and accept it."""
        self.run(accept_amendment, self.ask(order_id, *kits, lines=lines), version=1)

    def amendments(self, order_id: int, actor: Actor = SYSTEM) -> list[AmendmentCard]:
        """The amendments of an order, the newest first."""
        with self.store.viewing(actor) as view:
            return amendments_of(view, order_id)


def a_kit_shop(store: Store) -> Shop:
    """The shop before anybody bought anything."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 10, sku="MUG", retail_price=20, purchase_price=Decimal(8), lowest_price=Decimal(18))
        tea = goods(uow, house, 30, sku="TEA", name="Tea", retail_price=10, purchase_price=Decimal("3.33"))
        box = a_kit(uow, (mug, 1), (tea, 3), sku="BOX", retail_price=KIT_PRICE, lowest_price=Decimal(35))
        return Shop(store, house, a_customer(uow).id, a_channel(uow), mug.id, tea.id, box.id)


def shown(card: OrderCard) -> list[tuple[str, Decimal, Decimal]]:
    """Code, quantity and amount of each line."""
    return [(line.sku, line.quantity, line.gross_amount) for line in card.lines]
