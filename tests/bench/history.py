"""Years of a trading company in as many order lines as asked for, made by DuckDB; the tables are named as the store's.

Seasons and festivals, few customers and products that make up most, goods that come and go, goods bought
together, returns, receipts that come late, goods moved between warehouses and lost, costs and payments.
Each figure follows from a number of its own, so that the same size is the same history each time.
"""
# ruff: noqa: S608 - composed of our own names alone

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb

from core.demo.seasons import day_weights
from core.stock.models import CUSTOMER, LOSS, SUPPLIER

DAYS = 1_096
MOST_LINES = 8
REGIONS = (
    *("广东省", "江苏省", "浙江省", "山东省", "上海市", "北京市", "四川省", "湖北省", "河南省", "福建省", "湖南省"),
    *("安徽省", "河北省", "陕西省", "辽宁省", "重庆市", "江西省", "广西壮族自治区", "云南省", "天津市", "山西省"),
    *("黑龙江省", "贵州省", "吉林省", "内蒙古自治区", "新疆维吾尔自治区", "甘肃省", "海南省", "宁夏回族自治区"),
    *("青海省", "西藏自治区"),
)


@dataclass(frozen=True)
class Cast:
    """Who and what takes part: ids follow each other from 1, those of places are the store's."""

    last_day: date
    customers: int
    products: int
    variants: int
    channels: int
    reps: int
    locations: tuple[int, ...]

    @property
    def first_day(self) -> date:
        """The first day of the history."""
        return self.last_day - timedelta(days=DAYS - 1)


def sizes(lines: int) -> tuple[int, int]:
    """How many customers and products a company with so many lines has."""
    return max(200, lines // 50), max(200, min(20_000, lines // 200))


def make_history(file: Path, lines: int, cast: Cast) -> duckdb.DuckDBPyConnection:
    """A DuckDB file with about so many order lines, and all that follows from them."""
    duck = duckdb.connect(str(file), config={"memory_limit": "3GB", "preserve_insertion_order": "true"})
    duck.execute("SET temp_directory = ?", [str(file.with_suffix(".spill"))])
    _put_days(duck, lines, cast)
    duck.execute(
        "CREATE TABLE place AS SELECT unnest(range(1, len($1) + 1)) AS house, unnest($1) AS id", [cast.locations]
    )
    duck.execute(
        "CREATE TABLE region AS SELECT unnest(range(1, len($1) + 1)) AS id, unnest($1) AS name", [list(REGIONS)]
    )
    numbers = {
        "customers": cast.customers,
        "products": cast.products,
        "extra": cast.variants - cast.products,
        "channels": cast.channels,
        "reps": cast.reps,
        "houses": len(cast.locations),
        "regions": len(REGIONS),
        "days": DAYS,
        "first": f"DATE '{cast.first_day}'",
        "last": f"DATE '{cast.last_day}'",
        "most": MOST_LINES,
        "customer": CUSTOMER,
        "loss": LOSS,
        "supplier": SUPPLIER,
    }
    for statement in (*_MACROS, _ORDERS, _LINES, _RETURNS, _RECEIPTS, _MOVES, *_VIEWS):
        duck.execute(statement.format(**numbers))
    return duck


def _put_days(duck: duckdb.DuckDBPyConnection, lines: int, cast: Cast) -> None:
    """How many orders each day has."""
    orders = round(lines / _LINES_AN_ORDER)
    weights = day_weights(cast.first_day, cast.last_day, Random(1))  # noqa: S311 - a past, no secret
    whole, so_far, rows = sum(weights.values()), 0.0, []
    for day, weight in weights.items():
        first = round(orders * so_far / whole)
        so_far += weight
        rows.append((day, first, round(orders * so_far / whole)))
    duck.execute("CREATE TABLE days (day DATE, first BIGINT, last BIGINT)")
    duck.executemany("INSERT INTO days VALUES (?, ?, ?)", rows)


_LINES_AN_ORDER = 3.247
_MACROS = (
    # A number from 0 up to 1 that belongs to two others.
    "CREATE MACRO u(i, k) AS (hash(i::BIGINT, k::BIGINT) >> 11)::DOUBLE / 9007199254740992.0",
    "CREATE MACRO one_of(x, n) AS 1 + floor(x * n)::INTEGER",
    # Some goods come during the history and some go; before and after, their neighbours are bought.
    """CREATE MACRO on_sale(p, day) AS CASE
        WHEN p % 7 = 0 AND day < {first} + floor(u(p, 31) * {days})::INTEGER THEN p - 1
        WHEN p % 11 = 5 AND day > {first} + floor((0.3 + u(p, 32)) * {days})::INTEGER THEN p - 1 ELSE p END""",
    "CREATE MACRO wished(i) AS one_of(pow(u(i, 11), 3.5), {products})",
    "CREATE MACRO list_cents(v) AS 500 + floor(exp(u(v, 41) * 5) * 1000)::BIGINT",
    "CREATE MACRO cost_cents(v) AS floor(list_cents(v) * (0.45 + 0.3 * u(v, 42)))::BIGINT",
    "CREATE MACRO home(c) AS one_of(pow(u(c, 51), 1.8), {regions})",
)
_ORDERS = """
CREATE TABLE o AS
WITH begun AS (
    SELECT unnest(range(first, last)) + 1 AS id, day, 0.35 + 0.65 * (day - {first}) / {days} AS known FROM days
), bought AS (
    SELECT id, day,
        CASE WHEN u(id, 1) < 0.03 THEN 1 ELSE one_of(known * pow(u(id, 2), 4), {customers}) END AS customer,
        25200 + floor((u(id, 3) + u(id, 4)) * 27000)::INTEGER AS second,
        least({most}, 1 + floor(-ln(1 - u(id, 5)) * 2.95))::TINYINT AS size,
        CASE WHEN u(id, 6) < 0.02 THEN 'cancelled' ELSE 'completed' END AS state,
        day + floor(pow(u(id, 7), 2) * 5)::INTEGER AS leaves
    FROM begun
)
SELECT id, day, day::TIMESTAMP + to_seconds(second) - INTERVAL 8 HOUR AS moment, customer::INTEGER AS customer,
    CASE WHEN customer = 1 THEN 1 WHEN u(id, 8) < 0.7 THEN one_of(u(customer, 52), {channels})
        ELSE one_of(u(id, 9), {channels}) END AS channel,
    home(customer)::INTEGER AS region,
    CASE WHEN u(id, 10) < 0.85 THEN 1 + home(customer) % {houses} ELSE one_of(u(id, 12), {houses}) END AS house,
    one_of(u(customer, 53), {reps}) AS rep, size,
    CASE WHEN state = 'completed' AND leaves > {last} THEN 'confirmed' ELSE state END AS state,
    CASE WHEN state = 'completed' AND leaves <= {last} THEN leaves END AS left_on,
    (sum(size) OVER (ORDER BY id) - size)::BIGINT AS before
FROM bought ORDER BY id
"""
_LINES = """
CREATE TABLE l AS
WITH numbered AS (
    SELECT o.before + n AS id, o.id AS order_id, n::TINYINT AS line, o.day, o.house, o.left_on, o.state,
        CASE WHEN n % 2 = 0 AND u(o.id * 16 + n, 13) < 0.3 THEN wished(o.id * 16 + n - 1) % {products} + 1
            ELSE wished(o.id * 16 + n) END AS wish
    FROM o, unnest(range(1, o.size + 1)) AS t(n)
), chosen AS (
    SELECT * EXCLUDE (wish), on_sale(wish, day) AS product FROM numbered
), priced AS (
    SELECT *,
        CASE WHEN product % 4 = 0 AND u(id, 14) < 0.4 THEN {products} + product // 4 ELSE product END AS variant,
        one_of(pow(u(id, 15), 3), 24) AS units,
        CASE WHEN u(id, 16) < 0.25 THEN 5 + floor(u(id, 17) * 16) ELSE 0 END AS off
    FROM chosen
), summed AS (
    SELECT *, list_cents(variant) * (100 + 3 * ((day - {first}) // 365)) // 100 AS price, cost_cents(variant) AS cost
    FROM priced
), charged AS (
    SELECT *, (price * units * off / 100)::BIGINT AS discount FROM summed
)
SELECT id, order_id, line, day, house::TINYINT AS house, left_on, state, variant::INTEGER AS variant,
    units::SMALLINT AS units, price::INTEGER AS price, cost::INTEGER AS cost, discount::INTEGER AS discount,
    (price * units - discount)::INTEGER AS gross, round((price * units - discount) / 1.13)::INTEGER AS net
FROM charged ORDER BY id
"""
_RETURNS = """
CREATE TABLE r AS
SELECT row_number() OVER (ORDER BY back, l.id) AS id, l.id AS line_id, l.order_id, back AS day, l.house,
    l.variant, l.cost,
    one_of(u(l.id, 22), l.units)::SMALLINT AS units, l.units AS of_units, l.gross, l.net, l.price
FROM (
    SELECT *, left_on + 3 + floor(u(id, 21) * 25)::INTEGER AS back FROM l
    WHERE u(id, 20) < 0.03 AND left_on IS NOT NULL
) l
WHERE back <= {last} ORDER BY id
"""
# Each quarter what its orders need comes at once, mostly in time; at first some more, of a few goods far too much.
_RECEIPTS = """
CREATE TABLE received AS
SELECT variant, house, day, CASE WHEN is_first THEN ceil(units * CASE WHEN u(variant * 100 + house, 23) < 0.1 THEN 4
    ELSE 1.3 END)::INTEGER ELSE units END AS units
FROM (
    SELECT variant, house, sum(units) AS units, date_trunc('quarter', left_on)::DATE AS quarter,
        row_number() OVER (PARTITION BY variant, house ORDER BY quarter) = 1 AS is_first,
        greatest({first}, least({last}, quarter + floor(u(variant * 1000 + house, epoch(quarter)::BIGINT) * 25)::INTEGER
            - CASE WHEN is_first THEN 25 ELSE 0 END)) AS day
    FROM l WHERE left_on IS NOT NULL GROUP BY variant, house, quarter
)
"""
_MOVES = """
CREATE TABLE m AS
WITH moved AS (
    SELECT left_on AS day, 1::TINYINT AS kind, id AS n, variant, house AS source, 0 AS target, units,
        order_id AS origin, id AS line FROM l WHERE left_on IS NOT NULL
    UNION ALL SELECT day, 2, id, variant, 0, house, units, id, id FROM r
    UNION ALL SELECT day, 0, variant, variant, 0, house, units, 0, 0 FROM received
    UNION ALL SELECT day + 1, 3, id, variant, house, 1 + house % {houses}, 1, id, 0 FROM l
        WHERE u(id, 24) < 0.01 AND left_on IS NOT NULL AND day < {last}
    UNION ALL SELECT day + 1, 4, id, variant, house, 0, 1, id, 0 FROM l
        WHERE u(id, 25) < 0.004 AND left_on IS NOT NULL AND day < {last}
)
SELECT row_number() OVER (ORDER BY day, kind, n, source, target) AS id, day, kind, variant, source::TINYINT AS source,
    target::TINYINT AS target, units::INTEGER AS units, origin, line
FROM moved ORDER BY id
"""
_VIEWS = (
    """
CREATE VIEW sales_order AS
SELECT o.id, 'SO-' || o.id AS number, customer AS customer_id, channel AS channel_id, house AS warehouse_id,
    rep AS sales_rep_id, g.name AS region, moment AS ordered_at, day AS ordered_on, state AS business_state,
    CASE WHEN left_on < {last} - 60 THEN 'full' ELSE 'none' END AS payment_state,
    CASE WHEN left_on IS NULL THEN 'none' ELSE 'full' END AS shipment_state, 'none' AS return_state,
    'none' AS statement_state, 1 AS prices_include_tax, 'half_up' AS rounding, 'line' AS tax_rounding,
    'CNY' AS currency, coalesce(s.net, 0) AS net_amount, coalesce(s.gross - s.net, 0) AS tax_amount,
    coalesce(s.gross, 0) AS gross_amount, CASE WHEN left_on < {last} - 60 THEN s.gross ELSE 0 END AS paid_amount,
    0 AS returned_amount, '' AS note, '' AS cancel_reason, moment AS created_at, day + 2 AS ship_by, 0 AS revision,
    1 AS version
FROM o JOIN region g ON g.id = o.region
LEFT JOIN (SELECT order_id, sum(net)::BIGINT AS net, sum(gross)::BIGINT AS gross FROM l GROUP BY order_id) s
    ON s.order_id = o.id
""",
    """
CREATE VIEW order_line AS
SELECT id, order_id, line AS line_number, variant AS variant_id, units::BIGINT * 1000 AS quantity,
    price::BIGINT * 100 AS unit_price, discount AS discount_amount, 1300 AS tax_rate, net AS net_amount,
    gross - net AS tax_amount, gross AS gross_amount,
    CASE WHEN left_on IS NULL THEN 0 ELSE units::BIGINT * 1000 END AS shipped_quantity, 0 AS returned_quantity,
    CASE WHEN variant % 40 = 3 THEN NULL ELSE cost::BIGINT * 1000000 END AS unit_cost
FROM l
""",
    """
CREATE VIEW shipment AS
SELECT id, 'SH-' || id AS number, id AS order_id, left_on + INTERVAL 9 HOUR AS shipped_at, NULL AS cancelled_at,
    '' AS carrier, '' AS tracking_number, 0 AS amount, left_on AS shipped_on
FROM o WHERE left_on IS NOT NULL
""",
    """
CREATE VIEW shipment_line AS
SELECT order_id AS shipment_id, id AS order_line_id, units::BIGINT * 1000 AS quantity FROM l WHERE left_on IS NOT NULL
""",
    """
CREATE VIEW sales_return AS
SELECT r.id, 'RE-' || r.id AS number, o.id AS order_id, o.customer AS customer_id, o.channel AS channel_id,
    r.house AS warehouse_id, o.rep AS sales_rep_id, g.name AS region, r.day + INTERVAL 6 HOUR AS returned_at,
    r.day AS returned_on, 'settled' AS state, 'return' AS kind, 'CNY' AS currency,
    r.net * r.units // of_units AS net_amount,
    r.gross * r.units // of_units - r.net * r.units // of_units AS tax_amount,
    r.gross * r.units // of_units AS gross_amount, '' AS reason, '' AS note, r.day + INTERVAL 6 HOUR AS created_at
FROM r JOIN o ON o.id = r.order_id JOIN region g ON g.id = o.region
""",
    """
CREATE VIEW return_line AS
SELECT id, id AS return_id, 1 AS line_number, line_id AS order_line_id, variant AS variant_id,
    units::BIGINT * 1000 AS quantity, price::BIGINT * 100 AS unit_price, 1300 AS tax_rate,
    net::BIGINT * units // of_units AS net_amount,
    gross::BIGINT * units // of_units - net::BIGINT * units // of_units AS tax_amount,
    gross::BIGINT * units // of_units AS gross_amount, units::BIGINT * 1000 AS restocked_quantity, 0 AS second_quantity,
    0 AS scrapped_quantity, '' AS inspection_note, 0 AS deducted_net, 0 AS deducted_gross,
    CASE WHEN variant % 40 = 3 THEN NULL ELSE cost::BIGINT * 1000000 END AS unit_cost
FROM r
""",
    """
CREATE VIEW stock_move AS
SELECT m.id, variant AS variant_id, units::BIGINT * 1000 AS quantity,
    coalesce(s.id, CASE kind WHEN 0 THEN {supplier} ELSE {customer} END) AS source_id,
    coalesce(t.id, CASE kind WHEN 4 THEN {loss} ELSE {customer} END) AS target_id, 'done' AS state,
    CASE kind WHEN 1 THEN 'sales_order' WHEN 2 THEN 'sales_return' WHEN 3 THEN 'stock_transfer'
        ELSE 'stock_document' END AS origin_type,
    origin AS origin_id, line AS origin_line_id, day + INTERVAL 9 HOUR AS at, NULL::BIGINT AS lot_id, 0 AS undoes
FROM m LEFT JOIN place s ON s.house = m.source LEFT JOIN place t ON t.house = m.target
""",
    # The company has one cost of a variant for all warehouses, so that goods moved between them cost the same.
    """
CREATE VIEW cost_entry AS
SELECT id, variant AS variant_id, NULL::BIGINT AS warehouse_id,
    CASE kind WHEN 0 THEN 'receipt' WHEN 2 THEN 'return' ELSE 'issue' END AS kind,
    CASE WHEN kind IN (0, 2) THEN 1 ELSE -1 END * units::BIGINT * 1000 AS quantity,
    CASE WHEN kind IN (0, 2) THEN 1 ELSE -1 END * units::BIGINT * cost_cents(variant) * 100 AS amount,
    day + INTERVAL 9 HOUR AS at, day AS booked_on, day + INTERVAL 9 HOUR AS recorded_at, 0 AS is_late, id AS move_id,
    NULL::BIGINT AS adjustment_line_id, NULL::BIGINT AS method_id
FROM m WHERE kind <> 3
""",
    """
CREATE VIEW payment AS
SELECT id, 'PA-' || id AS number, customer_id, gross_amount AS amount, 'bank' AS method,
    least(ordered_on + floor(u(id, 26) * 60)::INTEGER, {last}) AS received_on, '' AS note, created_at, 0 AS open_amount
FROM sales_order WHERE payment_state = 'full' AND gross_amount > 0
""",
    """
CREATE VIEW payment_allocation AS
SELECT id, id AS payment_id, 'sales_order' AS document_type, id AS document_id, amount FROM payment
""",
    """
CREATE VIEW stock_level AS
SELECT row_number() OVER (ORDER BY variant, place) AS id, variant AS variant_id, place AS location_id,
    sum(units)::BIGINT * 1000 AS on_hand, 0 AS reserved, (sum(units) < 0)::INTEGER AS may_go_below
FROM (
    SELECT variant, s.id AS place, -units AS units FROM m JOIN place s ON s.house = m.source
    UNION ALL SELECT variant, t.id, units FROM m JOIN place t ON t.house = m.target
) GROUP BY variant, place
""",
)
