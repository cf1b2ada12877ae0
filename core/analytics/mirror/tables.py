"""The tables of the mirror: facts, dimensions, aggregates, and what it remembers of itself.

Money and quantities are whole smallest units, days are business days, ids are those of the store;
0 stands for "none". A return is a row of kind 1 whose amounts are negative.
"""

from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, SmallInteger, String, Table
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeEngine

LAYOUT = 5  # a mirror with another layout is rebuilt
SALE, RETURN = 0, 1
LEVELS = ("level_1", "level_2", "level_3")  # the categories above a product's, from the highest
DIALECT = DefaultDialect(paramstyle="numeric_dollar")

metadata = MetaData()


def _columns(kind: type[TypeEngine[Any]], *names: str) -> list[Column[Any]]:
    return [Column(name, kind, nullable=False) for name in names]


_smalls = partial(_columns, SmallInteger)
_ids = partial(_columns, Integer)
_numbers = _sums = partial(_columns, BigInteger)
_days = partial(_columns, Date)
_words = partial(_columns, String)


AMOUNTS = ("quantity", "net", "tax", "gross", "discount", "returned", "lines", "cost", "costed_net", "beyond")
"""What every sales table adds up.

`returned` is the net amount given back, positive; `cost`, to 4 decimals, and `costed_net` are of lines whose cost is
known; `beyond`, to 6 decimals, is what imported files say more exactly than `net`.
"""


def _amounts() -> list[Column[Any]]:
    return _sums(*AMOUNTS)


def _table(name: str, *columns: list[Column[Any]]) -> Table:
    return Table(name, metadata, *chain(*columns))


# A unit costs -1 where nobody knows what it cost. `in_time` is the quantity that left up to the day `ship_by`.
# One line of each product on an order has 1 in `product_orders`, so that orders of a product may be added up.
fact_sales = _table(
    "fact_sales",
    _smalls("kind"),
    _numbers("document_id", "line_id"),
    _days("day"),
    _smalls("hour"),
    _ids("variant_id", "product_id", "category_id", "channel_id", "warehouse_id"),
    _ids("customer_id", "region_id", "sales_rep_id"),
    _numbers("unit_cost"),
    _amounts(),
    [Column("ship_by", Date)],
    _numbers("in_time"),
    _smalls("product_orders"),
)
fact_order = _table(
    "fact_order",
    _smalls("kind"),
    _numbers("document_id"),
    _words("number"),
    _days("day"),
    _smalls("hour"),
    _ids("channel_id", "warehouse_id", "customer_id", "region_id", "sales_rep_id"),
    _amounts(),
    _sums("orders"),
)
fact_move = _table(
    "fact_move",
    _numbers("move_id"),
    _days("day"),
    _ids("variant_id", "product_id", "lot_id", "source_warehouse_id", "target_warehouse_id"),
    _smalls("source_kind", "target_kind", "flow", "origin"),
    _numbers("document_id", "line_id", "quantity"),
)
# What the cost of goods in stock was changed by; `pool_id` is 0 where all warehouses share one cost.
fact_entry = _table(
    "fact_entry",
    _numbers("entry_id"),
    _smalls("cause"),
    _numbers("cause_id"),
    _days("day"),
    _ids("variant_id", "product_id", "pool_id", "warehouse_id"),
    _smalls("kind", "flow", "origin"),
    _numbers("document_id", "line_id", "quantity", "amount"),
)

# A part of a payment that settles an order, or (document 0) the rest of it.
fact_collected = _table(
    "fact_collected",
    _numbers("payment_id"),
    _words("number"),
    _days("day"),
    _numbers("document_id"),
    _ids("customer_id", "channel_id", "warehouse_id", "region_id", "sales_rep_id"),
    _sums("collected"),
)

agg_day = _table(
    "agg_day", _days("day"), _ids("category_id", "channel_id", "warehouse_id"), _amounts(), _sums("fact_rows")
)
# Orders are counted where an order has one of every key, so that they may be added up.
agg_region = _table(
    "agg_region", _days("day"), _ids("region_id", "channel_id"), _amounts(), _sums("orders", "fact_rows")
)
agg_rep = _table("agg_rep", _days("day"), _ids("sales_rep_id", "channel_id"), _amounts(), _sums("orders", "fact_rows"))
# `sold_quantity` is without what came back.
agg_product = _table(
    "agg_product",
    _days("month"),
    _ids("variant_id", "product_id"),
    _amounts(),
    _sums("sold_quantity", "product_orders", "fact_rows"),
)
agg_customer_month = _table(
    "agg_customer_month", _days("month"), _ids("customer_id"), _amounts(), _sums("orders", "fact_rows")
)
agg_customer = _table(
    "agg_customer",
    _ids("customer_id"),
    [Column("first_day", Date), Column("last_day", Date)],
    _amounts(),
    _sums("orders", "fact_rows"),
)
# Signed: `delta` is what came less what left, `weighted` the same times the days left in its month. Goods on
# the shelf that can be sold and goods on their way are counted apart as well.
agg_stock = _table(
    "agg_stock",
    _days("month"),
    _ids("product_id", "warehouse_id"),
    _sums("delta", "weighted", "shelf_delta", "shelf_weighted", "transit_delta", "transit_weighted"),
    _sums("received", "sent_back", "sold", "returned", "issued", "adjusted", "moved", "opened", "fact_rows"),
)
agg_value = _table(
    "agg_value",
    _days("month"),
    _ids("product_id", "pool_id", "warehouse_id"),
    _sums("delta", "weighted", "cogs", "purchases", "fact_rows"),
)
level_stock = _table(
    "level_stock",
    _ids("variant_id", "product_id", "warehouse_id"),
    _sums("quantity", "shelf", "transit", "fact_rows"),
)
level_value = _table(
    "level_value", _ids("variant_id", "product_id", "pool_id"), _sums("quantity", "amount", "fact_rows")
)
# Days from `since` up to but without `until` at whose end nothing of a product was on the shelf of a warehouse, or (0)
# of any.
empty_shelf = _table("empty_shelf", _ids("product_id", "warehouse_id"), _days("since", "until"))
ADDITIVE = (
    agg_day,
    agg_region,
    agg_rep,
    agg_product,
    agg_customer_month,
    agg_stock,
    agg_value,
    level_stock,
    level_value,
)

dim_product = _table("dim_product", _ids("id"), _words("name"), _ids("category_id", "brand_id"))
dim_variant = _table("dim_variant", _ids("id", "product_id"), _words("name"))
dim_category = _table("dim_category", _ids("id", "parent_id", *LEVELS), _words("name", "plain_name"))
dim_customer = _table("dim_customer", _ids("id"), _words("name"), [Column("code", String)], _smalls("kind_id"))
dim_customer_kind = _table("dim_customer_kind", _smalls("id"), _words("name"))
# A product or customer has as many rows as tags.
dim_product_tag = _table("dim_product_tag", _ids("product_id", "tag_id"))
dim_tag = _table("dim_tag", _ids("id"), _words("name"))
dim_customer_tag = _table("dim_customer_tag", _ids("customer_id", "tag_id"))
dim_customer_word = _table("dim_customer_word", _ids("id"), _words("name"))
# Filled by who divides customers into segments; a customer without a row is in none. The cohort is the month of the
# first order, such as 202603; a score of 0 is none.
dim_segment = _table("dim_segment", _ids("customer_id", "cohort"), _smalls("segment", "recency", "frequency"))
dim_segment_name = _table("dim_segment_name", _smalls("id"), _words("name"))
dim_channel = _table("dim_channel", _ids("id"), _words("name"))
dim_warehouse = _table("dim_warehouse", _ids("id"), _words("name"), [Column("code", String)])
dim_user = _table("dim_user", _ids("id"), _words("name"), [Column("code", String)])
dim_region = _table("dim_region", _ids("id"), _words("name"))
dim_brand = _table("dim_brand", _ids("id"), _words("name"))
dim_location = _table("dim_location", _ids("id", "warehouse_id"), _smalls("kind"))

about = _table(
    "about",
    _ids("layout"),
    _words("identity", "timezone"),
    _numbers("change"),
    _words("said"),
    _numbers("entry"),
    _words("told", "seen"),
    _numbers("as_of"),
    [Column("first_day", Date), Column("last_day", Date)],
)
compacted = _table("compacted", _words("name"), _sums("row_count"))


def create_statements() -> list[str]:
    """One CREATE TABLE for each table."""
    return [str(CreateTable(table).compile(dialect=DIALECT)) for table in metadata.sorted_tables]
