"""The tables of the mirror: facts, dimensions, aggregates, and what it remembers of itself.

Money and quantities are whole smallest units, days are business days, ids are those of the store;
0 stands for "none". A return is a row of kind 1 whose amounts are negative.
"""

from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, SmallInteger, String, Table
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.schema import CreateTable

LAYOUT = 1  # a mirror with another layout is rebuilt
SALE, RETURN = 0, 1
DIALECT = DefaultDialect(paramstyle="numeric_dollar")

metadata = MetaData()


def _ids(*names: str) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False) for name in names]


def _sums(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False) for name in names]


def _amounts() -> list[Column[int]]:
    """What every sales table adds up; `returned` is the net amount given back, positive."""
    return _sums("quantity", "net", "tax", "gross", "discount", "returned", "lines")


fact_sales = Table(
    "fact_sales",
    metadata,
    Column("kind", SmallInteger, nullable=False),
    Column("document_id", BigInteger, nullable=False),
    Column("line_id", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("hour", SmallInteger, nullable=False),
    *_ids("variant_id", "product_id", "category_id", "channel_id", "warehouse_id"),
    *_ids("customer_id", "region_id", "sales_rep_id"),
    *_amounts(),
)
fact_order = Table(
    "fact_order",
    metadata,
    Column("kind", SmallInteger, nullable=False),
    Column("document_id", BigInteger, nullable=False),
    Column("number", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("hour", SmallInteger, nullable=False),
    *_ids("channel_id", "warehouse_id", "customer_id", "region_id", "sales_rep_id"),
    *_amounts(),
    *_sums("orders"),
)
fact_move = Table(
    "fact_move",
    metadata,
    Column("move_id", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    *_ids("variant_id", "product_id", "source_warehouse_id", "target_warehouse_id"),
    *_sums("quantity"),
)

agg_day = Table(
    "agg_day",
    metadata,
    Column("day", Date, nullable=False),
    *_ids("category_id", "channel_id", "warehouse_id", "region_id", "sales_rep_id"),
    *_amounts(),
    *_sums("fact_rows"),
)
agg_product = Table(
    "agg_product",
    metadata,
    Column("month", Date, nullable=False),
    *_ids("product_id"),
    *_amounts(),
    *_sums("fact_rows"),
)
agg_customer_month = Table(
    "agg_customer_month",
    metadata,
    Column("month", Date, nullable=False),
    *_ids("customer_id"),
    *_amounts(),
    *_sums("orders", "fact_rows"),
)
agg_customer = Table(
    "agg_customer",
    metadata,
    *_ids("customer_id"),
    Column("first_day", Date),
    Column("last_day", Date),
    *_amounts(),
    *_sums("orders", "fact_rows"),
)
agg_stock = Table(
    "agg_stock",
    metadata,
    Column("month", Date, nullable=False),
    *_ids("product_id", "warehouse_id"),
    *_sums("received", "issued", "fact_rows"),
)
ADDITIVE = (agg_day, agg_product, agg_customer_month, agg_stock)

dim_product = Table(
    "dim_product",
    metadata,
    *_ids("id"),
    Column("name", String, nullable=False),
    *_ids("category_id", "brand_id"),
)
dim_variant = Table("dim_variant", metadata, *_ids("id", "product_id"), Column("name", String, nullable=False))
dim_category = Table(
    "dim_category",
    metadata,
    *_ids("id", "parent_id", "top_id"),
    Column("name", String, nullable=False),
    Column("plain_name", String, nullable=False),
)
dim_customer = Table(
    "dim_customer", metadata, *_ids("id"), Column("name", String, nullable=False), Column("code", String)
)
dim_channel = Table("dim_channel", metadata, *_ids("id"), Column("name", String, nullable=False))
dim_warehouse = Table(
    "dim_warehouse", metadata, *_ids("id"), Column("name", String, nullable=False), Column("code", String)
)
dim_user = Table("dim_user", metadata, *_ids("id"), Column("name", String, nullable=False), Column("code", String))
dim_region = Table("dim_region", metadata, *_ids("id"), Column("name", String, nullable=False))
dim_brand = Table("dim_brand", metadata, *_ids("id"), Column("name", String, nullable=False))
dim_location = Table("dim_location", metadata, *_ids("id", "warehouse_id"))

about = Table(
    "about",
    metadata,
    Column("layout", Integer, nullable=False),
    Column("identity", String, nullable=False),
    Column("timezone", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("last_change", String, nullable=False),
    Column("snapshot", String, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("first_day", Date),
    Column("last_day", Date),
)
compacted = Table("compacted", metadata, Column("name", String, nullable=False), *_sums("row_count"))


def create_statements() -> list[str]:
    """One CREATE TABLE for each table."""
    return [str(CreateTable(table).compile(dialect=DIALECT)) for table in metadata.sorted_tables]
