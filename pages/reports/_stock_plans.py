"""What there is too much of for its policy, and at which price what does not sell frees most cash."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from core.analytics.stock.clearing import clearing_prices
from core.analytics.stock.cover import stock_cover
from core.base.exact import ZERO
from core.stock.clearing.service import clearings
from core.stock.cover.policies import SOURCE_LABELS
from pages._shared.board.board import Drawn, Scene
from pages._shared.board.figures.numbers import MONEY
from pages._shared.company import store
from pages._shared.formats import day, money, quantity
from pages._shared.mirror import mirror
from pages._shared.screens import screen_of
from pages._shared.tables import (
    money_column,
    percent_column,
    price_column,
    quantity_column,
    quantity_places,
    text_column,
)
from pages._shared.text import _, ngettext
from pages.reports._stock_classes import kept_products, link_column, product_links
from pages.reports._stock_panels import QUANTITY, together

MOST_ROWS, MOST_PRICED = 500, 200


def over(scene: Scene) -> Drawn:
    """SKUs that last longer than their policy says, the costliest excess first."""
    kept = kept_products(scene)
    with store().viewing(scene.actor) as view:
        found = stock_cover(mirror(), view)
    rows = [
        row
        for row in found.rows
        if row.excess
        and (kept is None or row.product_id in kept)
        and scene.look.counts("sku", str(row.variant_id))
        and (scene.word("demand") == "all" or row.demand)
    ]
    if not rows:
        return Drawn(note=_("Nothing lasts longer than it is to."))
    sees_costs = all(row.value is not None for row in rows)
    shown = rows[:MOST_ROWS]
    places = quantity_places([row.available for row in shown])
    frame = pd.DataFrame(
        {
            "name": [row.name for row in shown],
            "open": product_links(scene, [row.product_id for row in shown]),
            "sku": [row.sku for row in shown],
            "available": [float(row.available) for row in shown],
            "cover": [None if row.cover is None else float(row.cover) for row in shown],
            "weeks": [float(row.weeks) for row in shown],
            "source": [_(SOURCE_LABELS[row.source]) for row in shown],
            "excess": [float(row.excess) for row in shown],
        }
        | ({"value": [float(row.excess_value or 0) for row in shown]} if sees_costs else {})
    )
    columns = {
        "name": text_column(_("Product"), pinned=True),
        "open": link_column(),
        "sku": text_column(_("SKU")),
        "available": quantity_column(_("Available"), places),
        "cover": quantity_column(_("Weeks of cover"), 1),
        "weeks": quantity_column(_("Policy, weeks"), 1),
        "source": text_column(_("Policy of")),
        "excess": quantity_column(_("Too many"), places),
        "value": money_column(_("Excess value")),
    }
    count = ngettext("{count} SKU", "{count} SKUs", len(rows)).format(count=quantity(len(rows)))
    whole = sum(((row.excess_value or ZERO) if sees_costs else row.excess for row in rows), ZERO)
    note = _("{skus} last longer than they are to: {amount} too much.").format(
        skus=count, amount=(MONEY if sees_costs else QUANTITY).full(whole)
    )
    ids = [str(row.product_id) for row in shown]
    more = together(scene, "warehouse")
    return Drawn(table=frame, columns=columns, labels=ids, note=f"{note} {more}".strip())


def clearing(scene: Scene) -> Drawn:
    """Of what does not sell the price that frees most cash, and who gets rid of it until when."""
    with store().viewing(scene.actor) as view:
        found = clearing_prices(
            mirror(),
            view,
            horizon=int(scene.word("horizon")),
            elasticity=Decimal(scene.word("elasticity")),
            products=kept_products(scene),
            most=MOST_PRICED,
        )
        tasks = {row.product_id: row for row in clearings(view, only_open=True)}
    if not found:
        return Drawn(note=_("Nothing lies too long."))
    path = screen_of("stock/clearing").url_path
    best = [each.best for each in found]
    owned = [tasks.get(each.row.product_id) for each in found]
    frame = pd.DataFrame(
        {
            "name": [each.row.name for each in found],
            "open": [f"{path}?product={each.row.product_id}" for each in found],
            "owner": ["" if task is None else f"{task.owner} · {day(task.due_on)}" for task in owned],
            "late": ["!" if task is not None and task.is_overdue else "" for task in owned],
            "on_hand": [float(each.row.on_hand) for each in found],
            "cost": [float(each.row.cost_to_date) for each in found],
            "unit_cost": [float(each.unit_cost) for each in found],
            "price": [float(each.price) if each.price else None for each in found],
            "floor": [float(each.floor) if each.floor else None for each in found],
            "off": [None if step is None else step.off / 100 for step in best],
            "advised": [None if step is None else float(step.price) for step in best],
            "sold": [None if step is None else float(step.sold) for step in best],
            "cash": [None if step is None else float(step.cash) for step in best],
            "gain": [float(each.gain) for each in found],
            "elasticity": [float(each.elasticity) for each in found],
            "known": [each.is_observed for each in found],
        }
    )
    columns = {
        "name": text_column(_("Product"), pinned=True),
        "open": link_column(),
        "owner": text_column(_("Owner, until")),
        "late": text_column(_("Overdue"), width=60),
        "on_hand": quantity_column(_("On hand"), quantity_places([each.row.on_hand for each in found])),
        "cost": money_column(_("Kept so far cost")),
        "unit_cost": price_column(_("Unit cost")),
        "price": price_column(_("Retail price")),
        "floor": price_column(_("Lowest price")),
        "off": percent_column(_("Off")),
        "advised": price_column(_("Price that frees most")),
        "sold": quantity_column(_("Sold"), 1),
        "cash": money_column(_("Cash")),
        "gain": money_column(_("More than now")),
        "elasticity": quantity_column(_("Elasticity"), 2),
        "known": st.column_config.CheckboxColumn(_("Observed")),
    }
    counted = ngettext("{count} product", "{count} products", len(found)).format(count=quantity(len(found)))
    note = _("{products}: {cash} within {days} days, {gain} more than at today's prices.").format(
        products=counted,
        cash=money(sum((step.cash for step in best if step), ZERO)),
        days=scene.word("horizon"),
        gain=money(sum((each.gain for each in found), ZERO)),
    )
    if len(found) == MOST_PRICED:
        note += " " + _("The first {count}; filters and levels show the others.").format(count=MOST_PRICED)
    more = together(scene, "warehouse", "sku")
    return Drawn(
        table=frame,
        columns=columns,
        labels=[str(each.row.product_id) for each in found],
        note=f"{note} {more}".strip(),
    )
