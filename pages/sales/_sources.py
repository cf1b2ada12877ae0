"""Where the goods of an order come from, and what else was looked at: the answers as sentences."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from core.base.towns import Distance, Same
from core.sales.queries import OrderCard
from core.sales.sources import ChoiceCard, NearnessCard, SourceRow, order_sources
from core.stock.allocation import Because, Decided
from pages._shared.formats import day, language, moment, quantity
from pages._shared.screen import reading
from pages._shared.text import N_, _, escaped, ngettext

WHY = {
    Because.OWN: N_("The order's own warehouse has everything: one parcel."),
    Because.ONE: N_("{houses} has everything: one parcel, where the order's own warehouse would need another."),
    Because.FEWEST: N_("No fewer warehouses have everything: {houses} together do, and that is the fewest parcels."),
    Because.NOT_ENOUGH: N_("All warehouses together have not enough: it takes what there is."),
}

DECIDED = {
    Decided.OWN: N_("The order's own warehouse goes first."),
    Decided.NEAREST: N_("The nearest goes first."),
    Decided.EXPIRY: N_("What expires first goes first."),
    Decided.MOST: N_("The one that has most goes first."),
}


def show_sources(order: OrderCard) -> None:
    """A button that answers why goods come from there, where other warehouses may help; nothing otherwise."""
    with reading() as view:
        sources = order_sources(view, order.id)
    if sources is None:
        return
    with st.popover(_("Why from there?"), icon=":material/warehouse:", key="order.sources"):
        for row in sources.rows:
            st.markdown(_came_from(row))
        for choice in sources.choices:
            st.markdown(f"**{moment(choice.made_at)}**  \n{_sentences(choice)}")
        st.caption(
            _("Of the chosen warehouses the goods that expire first go first, then those of the order's own warehouse.")
        )


def _came_from(row: SourceRow) -> str:
    facts = [f"**{escaped(row.warehouse)}**"]
    if row.place:
        facts.append(escaped(row.place))
    if row.lot:
        facts.append(_("lot {lot}").format(lot=escaped(row.lot)))
    if row.expiry_on:
        facts.append(_("good until {day}").format(day=day(row.expiry_on)))
    facts.append(_("own warehouse") if row.is_own else _("another warehouse helps"))
    if row.is_shipped:
        facts.append(_("shipped"))
    count = f"{quantity(row.quantity)} {row.unit}".strip()
    return f"{escaped(row.sku)} {escaped(row.name)} · {escaped(count)}  \n{' · '.join(facts)}"


def _sentences(choice: ChoiceCard) -> str:
    lines = []
    for looked in choice.looked:
        lacks = _("{houses}: {goods} missing").format(houses=_houses(looked.warehouses), goods=_goods(looked.lacks))
        lines.append(f":gray[:material/close: {lacks}]")
    if choice.more:
        more = ngettext(
            "{count} more combination was looked at.", "{count} more combinations were looked at.", choice.more
        )
        lines.append(f":gray[{more.format(count=choice.more)}]")
    lines.append(f":material/check: {_(WHY[choice.because]).format(houses=_houses(choice.chosen))}")
    if choice.as_few:
        others = "; ".join(_houses(each.warehouses) for each in choice.as_few)
        said = [_("As few parcels would be: {others}.").format(others=others)]
        if choice.decided:
            said.append(_(DECIDED[choice.decided]))
        lines.append(f":gray[{' '.join(said)}]")
    if choice.nearness is not None:
        lines.append(f":gray[:material/distance: {_ways(choice.nearness)}]")
    return "  \n".join(lines)


def _ways(nearness: NearnessCard) -> str:
    """How far each warehouse is, or why nobody asked which is nearest."""
    if not nearness.goes_to:
        return _("Which is nearest was not asked: nobody knows in which city or province the goods go.")
    unknown = [name for name, way in nearness.far if way is None]
    if unknown:
        said = _("Which is nearest was not asked: {houses} has no address that names a city or province.")
        return said.format(houses=_houses(unknown))
    goes_to = nearness.goes_to if language() == "zh_CN" else nearness.goes_to_en
    ways = "; ".join(f"{escaped(name)} {_way(way)}" for name, way in nearness.far if way)
    return _("To {town}: {ways}").format(town=goes_to, ways=ways)


def _way(way: Distance) -> str:
    """Such as: same city; same province, 192 km; 312 km."""
    km = _("{km} km").format(km=quantity(Decimal(way.km)))
    if way.same == Same.CITY:
        return _("same city")
    if way.same == Same.PROVINCE:
        return ", ".join([_("same province"), *([km] if way.km else [])])
    return km


def _houses(names: Sequence[str]) -> str:
    return " + ".join(escaped(name) for name in names)


def _goods(goods: Sequence[tuple[str, Decimal]]) -> str:
    return ", ".join(f"{quantity(count)} × {escaped(sku)}" for sku, count in goods)
