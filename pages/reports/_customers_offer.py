"""What goes together, for whom it is the next offer, and how such offers came true."""

import pandas as pd

from core.analytics.customers.next_product import pairs_of, tried
from core.analytics.layer.answer import answer
from core.analytics.layer.names import names_of
from core.analytics.layer.terms import Unit
from pages._shared.board import asking
from pages._shared.board.board import Drawn, Scene
from pages._shared.board.figures.bars import Bar, ranked
from pages._shared.board.figures.numbers import Numbers
from pages._shared.formats import day, quantity
from pages._shared.mirror import mirror
from pages._shared.tables import percent_column, quantity_column, text_column
from pages._shared.text import _
from pages.reports._customers_among import chosen_by

SHOWN = 100
OF_PRODUCTS = {"product", "sku", "category", "top_category", "category_2", "category_3", "brand", "product_tag"}


def rules(scene: Scene) -> Drawn:
    """The rules that offers follow from, the surest first."""
    chosen = chosen_by(scene.actor, scene.look)
    pairs = pairs_of(mirror(), scene.actor, chosen=chosen, goods=_goods(scene), limit=SHOWN)
    if not pairs:
        return Drawn(note=_("No two products were bought together often enough in the last 12 months."))
    ids = [each for pair in pairs for each in (pair.first_id, pair.second_id)]
    names = names_of(mirror(), scene.actor, "sku", ids)
    frame = pd.DataFrame(
        {
            "first": [names.get(pair.first_id, "") for pair in pairs],
            "second": [names.get(pair.second_id, "") for pair in pairs],
            "both": [pair.together.with_both for pair in pairs],
            "confidence": [pair.together.confidence for pair in pairs],
            "lift": [pair.together.lift for pair in pairs],
            "lowest": [pair.together.lowest_lift for pair in pairs],
        }
    )
    columns = {
        "first": text_column(_("Who buys"), width=170, pinned=True),
        "second": text_column(_("also buys"), width=170),
        "both": quantity_column(_("Orders with both"), width=110),
        "confidence": percent_column(_("Share"), width=70),
        "lift": quantity_column(_("Lift"), 2, width=64),
        "lowest": quantity_column(_("At least"), 2, width=80),
    }
    note = _("What to offer one customer stands on the customer's page, with the reason and what is in stock.")
    return Drawn(note=note, table=frame, columns=columns)


def _goods(scene: Scene) -> set[int] | None:
    """The goods that chips on products mean; None where there are none and all are."""
    if not OF_PRODUCTS & {*scene.look.where, *scene.look.without}:
        return None
    found = answer(mirror(), scene.actor, asking.ask(scene.look, (asking.SALES,), by=("sku",)))
    return {int(str(key[0])) for key in found.keys}


def hits(scene: Scene) -> Drawn:
    """How many of the offers of the last weeks were bought, beside plain best sellers."""
    found = tried(mirror(), scene.actor, chosen_by(scene.actor, scene.look))
    if found is None:
        return Drawn(note=_("Nothing could have been offered 90 days ago: too little was known."))
    bars = [
        Bar("offers", _("Next best products"), found.offers.right, None, None),
        Bar("best", _("Plain best sellers"), found.best_sellers.right, None, None),
    ]
    note = _(
        "Tried on {since} to {until}: of {offered} offers to {customers} customers, {hits} were bought; of as many "
        "best sellers {other}."
    ).format(
        since=day(found.since),
        until=day(found.until),
        offered=quantity(found.offers.predicted),
        customers=quantity(found.offers.orders),
        hits=quantity(found.offers.hits),
        other=quantity(found.best_sellers.hits),
    )
    return Drawn(ranked(bars, scene.counts, Numbers(Unit.RATE)), note)
