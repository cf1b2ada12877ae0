"""What goes together, for whom it is the next offer, and how such offers came true."""

import streamlit as st

from core.analytics.customers.next_product import pairs_of, tried
from core.analytics.customers.rules.affinity import DEFINITION
from core.catalog.queries import get_products
from core.security.actor import Actor
from pages._shared.formats import day, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.screen import reading
from pages._shared.tables import nothing_here, percent_column, quantity_column, text_column
from pages._shared.text import _

SHOWN = 100


def show_next_product(actor: Actor) -> None:
    """The rules that offers follow from, and their hit rate on the last 90 days."""
    st.subheader(_("Next best product"), anchor=False, help=_(DEFINITION))
    pairs = pairs_of(mirror(), actor, limit=SHOWN)
    if not pairs:
        nothing_here(_("No two products were bought together often enough in the last 12 months."))
        return
    found = tried(mirror(), actor)
    if found is not None:
        st.markdown(
            _(
                "Tried on {since} to {until}: of {offered} offers to {customers} customers, {rate} were bought; "
                "plain best sellers: {other}."
            ).format(
                since=day(found.since),
                until=day(found.until),
                offered=quantity(found.offers.predicted),
                customers=quantity(found.offers.orders),
                rate=percent(found.offers.right),
                other=percent(found.best_sellers.right),
            )
        )
    with reading() as view:
        names = {
            each: row.name
            for each, row in get_products(view, [i for pair in pairs for i in (pair.first_id, pair.second_id)]).items()
        }
    st.dataframe(
        {
            "first": [names.get(pair.first_id, "") for pair in pairs],
            "second": [names.get(pair.second_id, "") for pair in pairs],
            "both": [pair.together.with_both for pair in pairs],
            "confidence": [pair.together.confidence for pair in pairs],
            "lift": [pair.together.lift for pair in pairs],
            "lowest": [pair.together.lowest_lift for pair in pairs],
        },
        key="customers.pairs",
        hide_index=True,
        height="content" if len(pairs) < 15 else 420,
        column_config={
            "first": text_column(_("Who buys"), width=170, pinned=True),
            "second": text_column(_("also buys"), width=170),
            "both": quantity_column(_("Orders with both"), width=110),
            "confidence": percent_column(_("Share"), width=70),
            "lift": quantity_column(_("Lift"), 2, width=64),
            "lowest": quantity_column(_("At least"), 2, width=80),
        },
    )
    st.caption(_("What to offer one customer stands on the customer's page, with the reason and what is in stock."))
