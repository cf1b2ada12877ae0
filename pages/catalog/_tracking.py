"""On the card of a product: whether it is tracked by lot or serial number, and how long it lasts."""

import streamlit as st

from core.catalog.models import TRACKING_LABELS, Tracking
from core.catalog.queries import ProductCard
from core.catalog.tracking import track_product, tracking_of
from pages._shared.screen import act, reading
from pages._shared.text import _, escaped


def show_tracking(card: ProductCard) -> None:
    """A form of its own, since it changes how goods are received and shipped."""
    with reading() as view:
        known = tracking_of(view, [card.variant_id])[card.variant_id]
    prefix = f"tracking.{card.product_id}"
    with st.expander(_("Lots and shelf life"), icon=":material/qr_code_2:"), st.form(prefix, border=False):
        tracking = st.segmented_control(
            _("Tracking"),
            list(Tracking),
            format_func=lambda each: _(TRACKING_LABELS[each]),
            default=known.tracking,
            required=True,
            key=f"{prefix}.kind",
            help=_("Tracked goods name their lot or serial number when they come in and before they leave."),
        )
        with st.container(horizontal=True):
            days = st.number_input(
                _("Shelf life (days)"), min_value=0, value=known.shelf_life_days or 0, key=f"{prefix}.days"
            )
            best = st.number_input(
                _("Best before, days earlier"), min_value=0, value=known.best_before_days, key=f"{prefix}.best"
            )
            removal = st.number_input(
                _("Removed, days earlier"), min_value=0, value=known.removal_days, key=f"{prefix}.removal"
            )
        if st.form_submit_button(_("Save"), key=f"{prefix}.save"):
            act(
                track_product,
                card.product_id,
                tracking=tracking,
                shelf_life_days=int(days) or None,
                best_before_days=int(best),
                removal_days=int(removal),
                done=_("{name} was saved.").format(name=escaped(card.name)),
            )
