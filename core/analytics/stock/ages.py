"""How old stock is, as rows of SQL: what is in stock counts as what was received last."""
# ruff: noqa: S608 - composed of our own names alone

from datetime import date, timedelta

from sqlalchemy import BigInteger, Column, Integer, Subquery, bindparam, text

from core.analytics.mirror.codes import Flow

# By product, warehouse and age: what is on hand at the end of a day, and what it is worth. Whatever is in
# stock of a product counts as what was received last; warehouses have it in equal parts.
_AGED = f"""
WITH held AS MATERIALIZED (
    SELECT product_id, {{warehouse}} AS warehouse_id, sum(q)::HUGEINT AS q FROM (
        SELECT product_id, warehouse_id, quantity{{less}} AS q FROM level_stock
        UNION ALL SELECT product_id, warehouse_id, -(delta{{less_delta}}) FROM stock_flows WHERE day > :d AND day < :m
        UNION ALL SELECT product_id, warehouse_id, -(delta{{less_delta}}) FROM agg_stock WHERE month >= :m
    ) GROUP BY ALL
), worth AS (
    SELECT product_id, sum(v)::HUGEINT AS v FROM (
        SELECT product_id, amount AS v FROM level_value
        UNION ALL SELECT product_id, -delta FROM value_flows WHERE day > :d AND day < :m
        UNION ALL SELECT product_id, -delta FROM agg_value WHERE month >= :m
    ) GROUP BY ALL
), came AS (
    SELECT product_id, CASE WHEN :d - day <= 30 THEN 0 WHEN :d - day <= 60 THEN 1 WHEN :d - day <= 90 THEN 2
        WHEN :d - day <= 180 THEN 3 ELSE 4 END AS age,
        sum(CASE WHEN source_warehouse_id = 0 THEN quantity ELSE -quantity END) AS q
    FROM fact_move WHERE flow IN ({Flow.RECEIVED:d}, {Flow.OPENED:d}) AND day <= :d AND day >= :d - 365
    GROUP BY ALL
), here AS (
    SELECT product_id, sum(q) AS q FROM held GROUP BY ALL HAVING sum(q) > 0
), ages AS (
    SELECT product_id, here.q AS whole, age,
        coalesce(sum(greatest(coalesce(came.q, 0), 0)) OVER (PARTITION BY product_id ORDER BY age), 0) AS upto
    FROM here CROSS JOIN (SELECT unnest(range(5)) AS age) LEFT JOIN came USING (product_id, age)
    UNION ALL SELECT product_id, q, 5, q FROM here
), cut AS (
    SELECT product_id, whole, age, least(upto, whole) AS upto,
        least(coalesce(lag(upto) OVER (PARTITION BY product_id ORDER BY age), 0), whole) AS before
    FROM ages
), placed AS (
    SELECT product_id, warehouse_id, q,
        sum(q) OVER (PARTITION BY product_id ORDER BY warehouse_id) AS upto
    FROM held
), shared AS (
    SELECT c.product_id, p.warehouse_id, c.age, p.q, c.whole, coalesce(w.v, 0) AS v,
        p.upto * c.upto AS a, (p.upto - p.q) * c.upto AS b, p.upto * c.before AS x, (p.upto - p.q) * c.before AS y
    FROM cut c JOIN placed p USING (product_id) LEFT JOIN worth w USING (product_id)
)
SELECT product_id, warehouse_id, age,
    (a // whole - b // whole - x // whole + y // whole)::BIGINT AS quantity,
    (v * a // (whole * whole) - v * b // (whole * whole) - v * x // (whole * whole) + v * y // (whole * whole))::BIGINT
        AS value
FROM shared{{rest}}
"""
# Goods of which there is none or less have no age, and what they are worth lies nowhere.
_REST = """
UNION ALL SELECT product_id, warehouse_id, -1, q::BIGINT, 0 FROM held
WHERE product_id NOT IN (SELECT product_id FROM here)
UNION ALL SELECT product_id, 0, -1, 0, v::BIGINT FROM worth WHERE product_id NOT IN (SELECT product_id FROM here)
"""


def aged_stock(day: date, *, by_house: bool, with_transit: bool = True, with_rest: bool = False) -> Subquery:
    """By product, warehouse (or 0) and age: what is on hand at the end of a day, and its value.

    With the rest: also, at age -1, goods of which there are none or less.
    """
    month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    words = {
        "warehouse": "warehouse_id" if by_house else "0",
        "less": "",
        "less_delta": "",
        "rest": _REST if with_rest else "",
    }
    if not with_transit:
        words |= {"less": " - transit", "less_delta": " - transit_delta"}
    return (
        text(_AGED.format(**words))
        .bindparams(bindparam("d", day, unique=True), bindparam("m", month, unique=True))
        .columns(
            Column("product_id", Integer),
            Column("warehouse_id", Integer),
            Column("age", Integer),
            Column("quantity", BigInteger),
            Column("value", BigInteger),
        )
        .subquery()
    )
