"""On a customer's page: segment and grade, worth, traits with their orders, what to offer next, who buys alike."""

from decimal import Decimal

import streamlit as st

from core.analytics.customers.lifetime import CustomerWorth, lifetime
from core.analytics.customers.next_product import next_best
from core.analytics.customers.rules.traits import DEFINITIONS, TRAIT_LABELS, Stands, Trait
from core.analytics.customers.traits import TraitRow, alike, traits
from core.base.errors import AppError
from core.care.queries import grade_of
from core.security.actor import Actor
from core.security.permissions import P
from pages._shared.formats import compact_money, day, money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.screen import link, reading
from pages._shared.standing import show_standing
from pages._shared.text import N_, _, escaped

STANDS = {Stands.MORE: N_("much more than others"), Stands.LESS: N_("much less than others"), Stands.USUAL: ""}


def show_analysed(actor: Actor, customer_id: int) -> None:
    """What the orders say about a customer; nothing for who may not analyse sales or before the figures are there."""
    if not actor.may(P.SALES_ANALYSE) or not mirror().is_ready:
        return
    with st.expander(
        _("What the orders say"), icon=":material/insights:", key="customer.analysed", on_change="rerun"
    ) as box:
        if not box.open or not show_standing():
            return
        with reading() as view:
            grade = grade_of(view, customer_id)
            found = traits(mirror(), view, customer_id)
            offers = next_best(mirror(), view, customer_id)
        if grade is not None:
            st.markdown(_("Grade **{grade}** since {day}").format(grade=escaped(grade[0]), day=day(grade[1])))
        worth = _worth(actor, customer_id)
        if worth is not None:
            st.markdown(
                _("Worth **{amount}** in the next 12 months ({low} – {high}); still buys: {active}.").format(
                    amount=money(worth.amount),
                    low=compact_money(worth.low),
                    high=compact_money(worth.high),
                    active=percent(worth.active, 0),
                )
            )
        if not found:
            st.caption(_("With fewer than three orders in two years there is little to tell."))
        for row in found:
            _show(row)
        if offers:
            st.markdown(_("**Offer next**"))
            for offer in offers:
                reason = _(
                    "{share} of {count} orders with {because} have it too, {lift} times as often as usual "
                    "(at least {lowest}); {available} available"
                ).format(
                    share=percent(offer.together.confidence, 0),
                    count=quantity(offer.together.with_first),
                    because=escaped(offer.because),
                    lift=f"{offer.together.lift:.2f}",
                    lowest=f"{offer.together.lowest_lift:.2f}",
                    available=quantity(offer.available),
                )
                st.markdown(f"{escaped(offer.name)} · {money(offer.price)}  \n:gray[{reason}]")
        near = alike(mirror(), actor, customer_id)
        if near:
            st.markdown(_("**Customers alike**"))
            with st.container(horizontal=True):
                for each in near:
                    link("customers/customer", escaped(each.name), id=each.customer_id)


def _worth(actor: Actor, customer_id: int) -> CustomerWorth | None:
    try:
        return lifetime(mirror(), actor).of_customer(customer_id)
    except AppError:
        return None


def _show(row: TraitRow) -> None:
    beside = "" if row.of_all is None else _("others {figure}").format(figure=_figure(row.trait, row.of_all))
    stands = _(STANDS[row.stands]) if row.stands is not Stands.USUAL else ""
    said = " · ".join(each for each in (_told(row), beside, stands) if each)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"customer.trait.{row.trait}"):
        st.markdown(f"**{_(TRAIT_LABELS[row.trait])}** {said}", width="content", help=_(DEFINITIONS[row.trait]))
        for each in row.evidence[:3]:
            if not each.is_return:
                link("sales/order", each.number, id=each.document_id)


def _told(row: TraitRow) -> str:
    own = _figure(row.trait, row.own)
    if row.trait is Trait.CHANNEL:
        return f"{escaped(row.word)} {own}"
    if row.trait is Trait.SEASON:
        return _("quarter {quarter}: {share}").format(quarter=row.word, share=own)
    return own


def _figure(trait: Trait, amount: Decimal | None) -> str:
    if amount is None:
        return "–"
    if trait is Trait.BASKET:
        return money(amount)
    if trait in (Trait.RHYTHM, Trait.PAYMENT):
        return _("{days} days").format(days=quantity(amount))
    return percent(amount)
