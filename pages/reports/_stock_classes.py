"""ABC and XYZ: the matrix of both, who went from one class to another, and the products in each."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analytics.export.sheet import Field, Kind, Sheet
from core.analytics.stock.classes import Classes, ClassRow, product_classes
from core.analytics.stock.kept import products_kept, variants_of
from core.base.exact import ZERO
from core.stock.counts.models import AbcClass
from core.stock.cover.models import XyzClass
from core.stock.cover.policies import ClassPolicy, class_policies
from pages._shared.board import asking
from pages._shared.board.board import BETWEEN, Drawn, Scene
from pages._shared.board.classes import ABC, XYZ
from pages._shared.board.figures.grids import heat_map
from pages._shared.board.figures.numbers import MONEY
from pages._shared.company import store
from pages._shared.formats import percent, quantity
from pages._shared.mirror import mirror
from pages._shared.screens import screen_of
from pages._shared.tables import money_column, percent_column, quantity_column, text_column
from pages._shared.text import N_, _, ngettext
from pages.reports._stock_panels import together

MOST_ROWS = 500
NOT_KNOWN = N_("Nothing was sold in the twelve whole months before this one.")
BESIDE = ("warehouse", "sku")


def matrix(scene: Scene) -> Drawn:
    """How many products each pair of classes has, and what they come to."""
    rows = _rows(scene, ABC, XYZ)
    if not rows:
        return Drawn(note=_(NOT_KNOWN))
    found = Classes(tuple(rows), *_span(scene)).matrix
    with store().viewing(scene.actor) as view:
        kept = class_policies(view)
    whole = sum((amount for _count, amount in found.values() if amount > 0), ZERO)
    texts = [
        [
            "<br>".join(
                (
                    ngettext("{count} product", "{count} products", found[abc, xyz][0]).format(
                        count=quantity(found[abc, xyz][0])
                    ),
                    MONEY.short(found[abc, xyz][1]),
                    percent(found[abc, xyz][1] / whole, 0) if whole and found[abc, xyz][1] > 0 else "",
                    _policy(kept[abc, xyz]),
                )
            )
            for xyz in XyzClass
        ]
        for abc in AbcClass
    ]
    marks = {
        f"{abc}{BETWEEN}{xyz}": f"{abc}{xyz}".upper() + f" · {MONEY.full(found[abc, xyz][1])}" for abc, xyz in found
    }
    chart = heat_map(
        [abc.upper() for abc in AbcClass],
        [xyz.upper() for xyz in XyzClass],
        [[found[abc, xyz][1] for xyz in XyzClass] for abc in AbcClass],
        [[f"{abc}{BETWEEN}{xyz}" for xyz in XyzClass] for abc in AbcClass],
        scene.counts,
        texts=texts,
        row_height=92,
    )
    titles = (_("Class"), _("Products"), _("Amount"))
    fields = tuple(map(Field, titles, (Kind.TEXT, Kind.COUNT, Kind.MONEY)))
    lines = [(f"{abc}{xyz}".upper(), *found[abc, xyz]) for abc in AbcClass for xyz in XyzClass]
    return Drawn(chart, together(scene, *BESIDE), marks, sheet=Sheet(_(scene.panel.title), fields, lines))


def migration(scene: Scene) -> Drawn:
    """Products that are in another class than a month ago."""
    rows = [row for row in _rows(scene) if _before(row) != _now(row)]
    if not rows:
        return Drawn(note=_("No product changed its class within the last month."))
    shown = rows[:MOST_ROWS]
    frame = pd.DataFrame(
        {
            "name": [row.name for row in shown],
            "was": [_before(row) or _("new") for row in shown],
            "now": [_now(row) for row in shown],
            "amount": [float(row.amount) for row in shown],
        }
    )
    columns = {
        "name": text_column(_("Product"), pinned=True),
        "was": text_column(_("A month ago")),
        "now": text_column(_("Now")),
        "amount": money_column(_("Amount")),
    }
    moves = Classes(tuple(rows), *_span(scene)).migration.most_common(4)
    note = "; ".join(
        ngettext("{was} → {now}: {count} product", "{was} → {now}: {count} products", count).format(
            was=was.upper() or _("new"), now=now.upper(), count=count
        )
        for (was, now), count in moves
    )
    return Drawn(table=frame, columns=columns, labels=[str(row.product_id) for row in shown], note=note)


def products(scene: Scene) -> Drawn:
    """Every product with its classes; what is picked in the matrix alone."""
    rows = _rows(scene)
    if not rows:
        return Drawn(note=_(NOT_KNOWN))
    shown = rows[:MOST_ROWS]
    frame = pd.DataFrame(
        {
            "name": [row.name for row in shown],
            "open": product_links(scene, [row.product_id for row in shown]),
            "class": [_now(row) for row in shown],
            "was": [_before(row) for row in shown],
            "amount": [float(row.amount) for row in shown],
            "share": [float(row.share) for row in shown],
            "upto": [float(row.upto) for row in shown],
            "variation": [None if row.variation is None else float(row.variation) for row in shown],
            "seasonal": [row.is_seasonal for row in shown],
        }
    )
    columns = {
        "name": text_column(_("Product"), pinned=True),
        "open": link_column(),
        "class": text_column(_("Class")),
        "was": text_column(_("A month ago")),
        "amount": money_column(_("Amount")),
        "share": percent_column(_("Share")),
        "upto": percent_column(_("With all before it")),
        "variation": quantity_column(_("Variation"), 2),
        "seasonal": st.column_config.CheckboxColumn(_("Freed of seasons")),
    }
    count = ngettext("{count} product", "{count} products", len(rows)).format(count=quantity(len(rows)))
    come_to = _("{products}, together {amount}").format(
        products=count, amount=MONEY.full(sum((row.amount for row in rows), ZERO))
    )
    return Drawn(table=frame, columns=columns, labels=[str(row.product_id) for row in shown], note=come_to)


def kept_products(scene: Scene, *but: str) -> frozenset[int] | None:
    """The products that the filters let through, except those in `but` and on the panel's own dimension."""
    where, exclude = asking.choices_of(scene.look, (*but, scene.dimension))
    return products_kept(mirror(), scene.actor, where, exclude)


def product_links(scene: Scene, products: Sequence[int]) -> list[str]:
    """Where each of these products is opened."""
    found = variants_of(mirror(), scene.actor, products)
    path = screen_of("catalog/product").url_path
    return [f"{path}?id={found[each][0]}" if each in found else "" for each in products]


def link_column() -> object:
    """The column that opens what a row is about."""
    return st.column_config.LinkColumn("", display_text=":material/open_in_new:", width=40)


def _policy(policy: ClassPolicy) -> str:
    """Service level, review and weeks of a class in a few signs."""
    words = [percent(policy.service_level), _("every {days} d").format(days=policy.review_days)]
    if policy.weeks is not None:
        words.append(_("{weeks} wk").format(weeks=quantity(policy.weeks)))
    return " · ".join(words)


def _rows(scene: Scene, *but: str) -> Sequence[ClassRow]:
    kept = kept_products(scene, *but)
    rows = product_classes(mirror(), scene.actor).rows
    return rows if kept is None else [row for row in rows if row.product_id in kept]


def _span(scene: Scene):  # noqa: ANN202
    found = product_classes(mirror(), scene.actor)
    return found.since, found.until, found.as_of


def _now(row: ClassRow) -> str:
    return f"{row.abc}{row.xyz}".upper()


def _before(row: ClassRow) -> str:
    return f"{row.abc_before or ''}{row.xyz_before or ''}".upper()
