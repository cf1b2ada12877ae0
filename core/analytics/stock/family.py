"""The family of stock: balances, flows and values, and the measures made of them."""

from core.analytics.layer.sales import MARGIN
from core.analytics.layer.terms import Family, Measure, Unit, registry
from core.analytics.mirror.tables import agg_stock
from core.analytics.mirror.views import stock_flows
from core.analytics.stock.books import VALUES, Of, Stocked
from core.analytics.stock.composer import StockComposer
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES
from core.base.i18n import N_
from core.security.permissions import P

STOCK = Family(
    "stock",
    N_("Stock"),
    (agg_stock, stock_flows),
    {name: name for name in ("day", "variant_id", "product_id", "warehouse_id", "pool_id", "lot_age")},
    needs=P.SALES_ANALYSE,
    reads=P.STOCK_READ,
    composer=StockComposer(),
)


def _goods(name: str, of: Of, *plus: str, minus: tuple[str, ...] = (), times: int = 1) -> Stocked:
    return Stocked(STOCK, name, QUANTITY_PLACES, of=of, plus=plus, minus=minus, times=times)


def _worth(name: str, of: Of, *plus: str) -> Stocked:
    return Stocked(STOCK, name, PRICE_PLACES, book=VALUES, of=of, plus=plus)


ON_HAND = _goods("on_hand", Of.CLOSING, "delta", minus=("transit_delta",))
ON_SHELF = _goods("on_shelf", Of.CLOSING, "shelf_delta")
IN_TRANSIT = _goods("in_transit", Of.CLOSING, "transit_delta")
OPENING = _goods("opening", Of.OPENING, "delta", minus=("transit_delta",))
ON_HAND_DAILY = _goods("on_hand_daily", Of.DAILY, "delta", minus=("transit_delta",))
STOCK_DAYS = Stocked(STOCK, "stock_days", 0, of=Of.DAYS)
RECEIVED = _goods("received", Of.FLOW, "received", minus=("sent_back",))
SHIPPED = _goods("shipped", Of.FLOW, "sold", minus=("returned",))
SHIPPED_SEVENFOLD = _goods("shipped_sevenfold", Of.FLOW, "sold", minus=("returned",), times=7)
VALUE = _worth("stock_value", Of.CLOSING, "delta")
VALUE_DAILY = _worth("stock_value_daily", Of.DAILY, "delta")
VALUE_DAYS = Stocked(STOCK, "stock_value_days", 0, book=VALUES, of=Of.DAYS)
EMPTY_DAYS = Stocked(STOCK, "stock_out_days", 0, of=Of.EMPTY_DAYS)
ASKED_DAYS = Stocked(STOCK, "asked_days", 0, of=Of.ASKED_DAYS)
COGS = _worth("cogs", Of.FLOW, "cogs")
PURCHASES = _worth("purchases", Of.FLOW, "purchases")
SUPPLY = Stocked(
    STOCK,
    "supply",
    QUANTITY_PLACES,
    of=Of.OPENING,
    plus=("delta",),
    flows=("received", "moved"),
    back=("sent_back",),
)

STOCK_MEASURES = registry(
    Measure(
        "on_hand",
        N_("On hand"),
        N_("Quantity in our warehouses at the end of the period; goods on their way are not counted."),
        Unit.QUANTITY,
        ON_HAND,
    ),
    Measure(
        "on_shelf",
        N_("On the shelf"),
        N_("Quantity on hand at the end of the period that can be sold: not awaiting inspection or second quality."),
        Unit.QUANTITY,
        ON_SHELF,
    ),
    Measure(
        "in_transit",
        N_("In transit"),
        N_("Quantity on its way between our warehouses at the end of the period, at the one it goes to."),
        Unit.QUANTITY,
        IN_TRANSIT,
    ),
    Measure(
        "received",
        N_("Received"),
        N_("Quantity received from suppliers in the period, less what went back to them."),
        Unit.QUANTITY,
        RECEIVED,
    ),
    Measure(
        "shipped",
        N_("Shipped"),
        N_("Quantity shipped to customers in the period, less what they returned."),
        Unit.QUANTITY,
        SHIPPED,
    ),
    Measure(
        "average_stock",
        N_("Average stock"),
        N_("Mean of the quantities on hand at the end of each day of the period, up to today."),
        Unit.QUANTITY,
        ON_HAND_DAILY,
        STOCK_DAYS,
        behind=ON_HAND,
    ),
    Measure(
        "stock_value",
        N_("Stock value"),
        N_(
            "What the goods in stock, in transit included, are worth at cost at the end of the period. Goods with one "
            "cost for all warehouses share it by quantity."
        ),
        Unit.MONEY,
        VALUE,
        needs=P.COST_READ,
    ),
    Measure(
        "average_stock_value",
        N_("Average stock value"),
        N_("Mean of the stock values at the end of each day of the period, up to today."),
        Unit.MONEY,
        VALUE_DAILY,
        VALUE_DAYS,
        needs=P.COST_READ,
        behind=VALUE,
    ),
    Measure(
        "cogs",
        N_("Cost of goods sold"),
        N_(
            "Cost of the goods shipped in the period less that of goods returned, with costs that became known after "
            "the goods had left."
        ),
        Unit.MONEY,
        COGS,
        needs=P.COST_READ,
    ),
    Measure(
        "purchases",
        N_("Purchases at cost"),
        N_("Cost of goods received in the period less those sent back, with freight, duty and corrected prices."),
        Unit.MONEY,
        PURCHASES,
        needs=P.COST_READ,
    ),
    Measure(
        "turns",
        N_("Stock turns"),
        N_(
            "Cost of goods sold in the period divided by its average stock value, not scaled to a year; nothing where "
            "there was no stock."
        ),
        Unit.TIMES,
        COGS,
        VALUE_DAILY,
        times=VALUE_DAYS,
        needs=P.COST_READ,
    ),
    Measure(
        "days_on_hand",
        N_("Days on hand"),
        N_("Days of the period times average stock value divided by cost of goods sold; nothing where nothing sold."),
        Unit.DAYS,
        VALUE_DAILY,
        COGS,
        needs=P.COST_READ,
        behind=VALUE,
    ),
    Measure(
        "gmroi",
        N_("GMROI"),
        N_(
            "Margin of the period divided by its average stock value, not scaled to a year: what the money in stock "
            "earned; nothing where there was no stock."
        ),
        Unit.TIMES,
        MARGIN,
        VALUE_DAILY,
        times=VALUE_DAYS,
        needs=P.COST_READ,
    ),
    Measure(
        "sell_through",
        N_("Sell-through"),
        N_(
            "Quantity shipped, less returns, divided by what was in stock when the period began plus what was received "
            "or moved here in it; nothing where there was nothing to sell."
        ),
        Unit.RATE,
        SHIPPED,
        SUPPLY,
    ),
    Measure(
        "weeks_of_cover",
        N_("Weeks of cover"),
        N_(
            "What is on the shelf at the end of the period divided by the quantity shipped a week in it; nothing where "
            "nothing was shipped."
        ),
        Unit.WEEKS,
        ON_SHELF,
        SHIPPED_SEVENFOLD,
        times=STOCK_DAYS,
    ),
    Measure(
        "stock_out_days",
        N_("Stock-out days"),
        N_(
            "Days of the period, up to today, at whose end none of a product that was shipped in it was on the shelf, "
            "added up over products; by warehouse, of each warehouse that shipped it."
        ),
        Unit.COUNT,
        EMPTY_DAYS,
        behind=SHIPPED,
    ),
    Measure(
        "stock_out_rate",
        N_("Stock-out rate"),
        N_("Stock-out days divided by all days of the products shipped in the period; nothing where none was shipped."),
        Unit.RATE,
        EMPTY_DAYS,
        ASKED_DAYS,
        behind=SHIPPED,
    ),
)
