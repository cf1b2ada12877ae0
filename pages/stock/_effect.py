"""What a change of cost does, said before it is made."""

import streamlit as st

from core.stock.costs.effects import Bridge, Effect
from pages._shared.charts import show, waterfall
from pages._shared.formats import local_time, money
from pages._shared.tables import moment_column, money_column, quantity_column, quantity_places, text_column
from pages._shared.text import _, escaped, ngettext

SHOWN = 100


def say_late_effect(effect: Effect) -> None:
    """What an entry of the past does to what left since, in a sentence."""
    if not effect.issues:
        st.caption(_("No issue since then changes its cost."))
        return
    said = ngettext(
        "This changes the cost of {count} issue since then, by {amount}.",
        "This changes the cost of {count} issues since then, by {amount}.",
        effect.issues,
    )
    st.warning(said.format(count=effect.issues, amount=escaped(money(effect.cost_of_sales))))


def _show_bridge(bridge: Bridge, key: str) -> None:
    """From what it cost before to what it costs then, by where the difference goes."""
    steps = [
        (_("Cost before"), bridge.before),
        (_("Goods on hand"), bridge.on_hand),
        (_("Goods that were sold"), bridge.sold),
        (_("Elsewhere"), bridge.elsewhere),
        (_("Cost after"), bridge.after),
    ]
    amounts = [amount for _name, amount in steps]
    words = [
        money(amount) if place in {0, len(steps) - 1} else f"{'+' if amount > 0 else ''}{money(amount)}"
        for place, amount in enumerate(amounts)
    ]
    show(waterfall([name for name, _amount in steps], amounts, words), key)
    st.caption(_("Elsewhere: scrapped, lost, issued without an order or sent back, less what was found."))


def show_effect(effect: Effect, key: str) -> None:
    """In a sentence: so many issues, so much cost of sales, so much stock; and the issues themselves."""
    said = ngettext(
        "This changes {count} issue: cost of sales {cost}, stock {stock}.",
        "This changes {count} issues: cost of sales {cost}, stock {stock}.",
        effect.issues,
    )
    words = {"cost": money(effect.cost_of_sales), "stock": money(effect.stock)}
    st.info(said.format(count=effect.issues, **{name: escaped(word) for name, word in words.items()}))
    if effect.bridge is not None and effect.bridge.after != effect.bridge.before:
        _show_bridge(effect.bridge, f"{key}.bridge")
    if not effect.moves:
        return
    moves = effect.moves[:SHOWN]
    with st.expander(_("The issues"), key=f"{key}.moves"):
        st.dataframe(
            {
                "at": [local_time(each.at) for each in moves],
                "sku": [each.sku for each in moves],
                "quantity": [float(each.quantity) for each in moves],
                "amount": [float(each.amount) for each in moves],
            },
            key=f"{key}.table",
            hide_index=True,
            height="content" if len(moves) < 12 else 400,
            column_config={
                "at": moment_column(_("When"), width=120),
                "sku": text_column(_("Code"), width=90),
                "quantity": quantity_column(
                    _("Quantity"), quantity_places([each.quantity for each in moves]), width=80
                ),
                "amount": money_column(_("Costs more by"), width=110),
            },
        )
        if len(effect.moves) > SHOWN:
            st.caption(_("The first {count} are shown.").format(count=SHOWN))
