"""What lies too long, what ran out, and what expires before it is sold."""

from collections.abc import Sequence

import pandas as pd

from core.analytics.stock.kept import variants_of
from core.analytics.stock.outs import stock_outs
from core.analytics.stock.slow import PACE_LABELS, slow_stock
from core.base.exact import ZERO
from core.stock.expiry_risk import BUCKET_LABELS
from core.stock.expiry_value import RiskRow, buckets, expiry_risks
from pages._shared.board.board import Drawn, Scene
from pages._shared.board.figures.bars import Bar, ranked
from pages._shared.board.figures.numbers import MONEY
from pages._shared.formats import money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.screen import reading
from pages._shared.screens import screen_of
from pages._shared.tables import day_column, money_column, quantity_column, quantity_places, text_column
from pages._shared.text import _, ngettext
from pages.reports._stock_classes import BESIDE, kept_products, link_column, product_links
from pages.reports._stock_panels import QUANTITY, together

MOST_ROWS = 500


def slow(scene: Scene) -> Drawn:
    """What does not sell, or lasts too long, and what keeping it has cost; the most costly first."""
    kept, pace = kept_products(scene), scene.word("pace")
    found = slow_stock(mirror(), scene.actor, days=int(scene.word("days")))
    rows = [row for row in found.rows if (kept is None or row.product_id in kept) and pace in {"all", row.pace.value}]
    if not rows:
        return Drawn(note=_("Nothing lies too long."))
    shown = rows[:MOST_ROWS]
    places = quantity_places([each for row in shown for each in (row.on_hand, row.shipped)])
    frame = pd.DataFrame(
        {
            "name": [row.name for row in shown],
            "open": product_links(scene, [row.product_id for row in shown]),
            "pace": [_(PACE_LABELS[row.pace]) for row in shown],
            "cost": [float(row.cost_to_date) for row in shown],
            "value": [float(row.value) for row in shown],
            "on_hand": [float(row.on_hand) for row in shown],
            "shipped": [float(row.shipped) for row in shown],
            "last": [row.last_on for row in shown],
            "idle": [row.idle_days for row in shown],
            "lasts": pd.array([row.lasts for row in shown], dtype="Int64"),
        }
    )
    columns = {
        "name": text_column(_("Product"), pinned=True),
        "open": link_column(),
        "pace": text_column(_("Pace")),
        "cost": money_column(_("Kept so far cost")),
        "value": money_column(_("Stock value")),
        "on_hand": quantity_column(_("On hand"), places),
        "shipped": quantity_column(_("Shipped"), places),
        "last": day_column(_("Last shipped")),
        "idle": quantity_column(_("Days idle")),
        "lasts": quantity_column(_("Lasts for days")),
    }
    counted = ngettext("{count} product", "{count} products", len(rows)).format(count=quantity(len(rows)))
    note = _("{products} worth {value}; keeping them has cost {cost} at {rate} a year.").format(
        products=counted,
        value=money(sum((row.value for row in rows), ZERO)),
        cost=money(sum((row.cost_to_date for row in rows), ZERO)),
        rate=percent(found.rate),
    )
    ids = [str(row.product_id) for row in shown]
    return Drawn(table=frame, columns=columns, labels=ids, note=_with(note, together(scene, *BESIDE)))


def outs(scene: Scene) -> Drawn:
    """What ran out in the period, for how long, and what was not sold for it."""
    kept, window = kept_products(scene), scene.look.window
    found = stock_outs(mirror(), scene.actor, since=window.since, until=window.until)
    rows = [row for row in found.rows if kept is None or row.product_id in kept]
    if not rows:
        return Drawn(note=_("Nothing that was asked for ran out."))
    sees_costs = all(row.lost_margin is not None for row in rows)
    shown = rows[:MOST_ROWS]
    places = quantity_places([row.shipped for row in shown])
    frame = pd.DataFrame(
        {
            "name": [row.name for row in shown],
            "open": product_links(scene, [row.product_id for row in shown]),
            "state": [_("Out now") if row.is_out else _("In stock again") for row in shown],
            "days": [row.days_out for row in shown],
            "shipped": [float(row.shipped) for row in shown],
            "lost": [float(row.lost) for row in shown],
        }
        | ({"margin": [float(row.lost_margin or 0) for row in shown]} if sees_costs else {})
    )
    columns = {
        "name": text_column(_("Product"), pinned=True),
        "open": link_column(),
        "state": text_column(_("State")),
        "days": quantity_column(_("Days out")),
        "shipped": quantity_column(_("Shipped"), places),
        "lost": quantity_column(_("Not sold"), 1),
        "margin": money_column(_("Margin lost")),
    }
    note = ngettext("{count} product ran out", "{count} products ran out", len(rows)).format(count=quantity(len(rows)))
    if sees_costs:
        lost = money(sum((row.lost_margin or ZERO for row in rows), ZERO))
        note = _("{products}; that cost {amount} of margin.").format(products=note, amount=lost)
    ids = [str(row.product_id) for row in shown]
    return Drawn(table=frame, columns=columns, labels=ids, note=_with(note, together(scene, *BESIDE)))


def expiry(scene: Scene) -> Drawn:
    """What of dated goods expires when, and which lots are not sold in time."""
    rows = _risks(scene)
    if not rows:
        return Drawn(note=_("No lot matches. Lots are named when goods of a tracked product are received."))
    sees_costs = all(row.value is not None for row in rows)
    sums = buckets(rows)
    parts = [(row.unsold_value or ZERO) if sees_costs else row.unsold for row in sums]
    whole = sum(parts, ZERO)
    bars = [
        Bar(row.bucket.value, _(BUCKET_LABELS[row.bucket]), part, None, part / whole if whole else None)
        for row, part in zip(sums, parts, strict=True)
    ]
    stuck = sorted(
        (row for row in rows if row.outlook.unsold),
        key=lambda row: (-(row.unsold_value or ZERO), -row.outlook.unsold, row.lot_id, row.warehouse_id),
    )
    if not stuck:
        return Drawn(note=_("Everything here is sold in time, as fast as it sells now."))
    shown = stuck[:MOST_ROWS]
    places = quantity_places([each for row in shown for each in (row.quantity, row.outlook.unsold)])
    path = screen_of("stock/lot").url_path
    frame = pd.DataFrame(
        {
            "name": [row.name for row in shown],
            "open": [f"{path}?id={row.lot_id}" for row in shown],
            "lot": [row.number for row in shown],
            "warehouse": [row.warehouse for row in shown],
            "left": pd.array([row.days for row in shown], dtype="Int64"),
            "quantity": [float(row.quantity) for row in shown],
            "unsold": [float(row.outlook.unsold) for row in shown],
        }
        | ({"value": [float(row.unsold_value or 0) for row in shown]} if sees_costs else {})
    )
    columns = {
        "name": text_column(_("Product"), pinned=True),
        "open": link_column(),
        "lot": text_column(_("Lot")),
        "warehouse": text_column(_("Warehouse")),
        "left": quantity_column(_("Days left")),
        "quantity": quantity_column(_("Quantity"), places),
        "unsold": quantity_column(_("Not sold in time"), places),
        "value": money_column(_("Value at risk")),
    }
    counted = ngettext("{count} lot", "{count} lots", len(stuck)).format(count=quantity(len(stuck)))
    numbers = MONEY if sees_costs else QUANTITY
    note = _("{lots} not sold in time: {amount}").format(lots=counted, amount=numbers.full(whole))
    product = {each: kept for kept, mine in variants_of(mirror(), scene.actor).items() for each in mine}
    ids = [str(product.get(row.variant_id, 0)) for row in shown]
    return Drawn(ranked(bars, lambda _label: True, numbers), note, table=frame, columns=columns, labels=ids)


def _risks(scene: Scene) -> Sequence[RiskRow]:
    kept, look = kept_products(scene), scene.look
    with reading() as view:
        rows = expiry_risks(view)
    if kept is not None:
        variants = {each for product in variants_of(mirror(), scene.actor, kept).values() for each in product}
        rows = [row for row in rows if row.variant_id in variants]
    return [
        row
        for row in rows
        if look.counts("warehouse", str(row.warehouse_id)) and look.counts("sku", str(row.variant_id))
    ]


def _with(note: str, more: str) -> str:
    return f"{note} {more}" if more else note
