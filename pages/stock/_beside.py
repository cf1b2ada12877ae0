"""Below the stock levels: what lies in warehouses without being for sale, by kind of place."""

import streamlit as st

from core.stock.models import LOCATION_KIND_LABELS
from core.stock.queries import goods_beside_storage
from pages._shared.screen import reading
from pages._shared.tables import quantity_column, quantity_places, text_column
from pages._shared.text import _

MOST = 200


def show_beside(warehouse_id: int | None) -> None:
    """Read once it is opened; says so where nothing lies there."""
    box = st.expander(
        _("Not for sale"), icon=":material/production_quantity_limits:", key="levels.beside", on_change="rerun"
    )
    with box:
        if not box.open:
            return
        with reading() as view:
            rows = goods_beside_storage(view, warehouse_id=warehouse_id, limit=MOST)
        if not rows:
            st.caption(_("All of it lies in storage; what is unavailable there is expired or blocked."))
            return
        st.dataframe(
            {
                "sku": [row.sku for row in rows],
                "name": [row.name for row in rows],
                "warehouse": [row.warehouse for row in rows],
                "kind": [_(LOCATION_KIND_LABELS[row.kind]) for row in rows],
                "on_hand": [float(row.on_hand) for row in rows],
            },
            key=f"levels.beside.{warehouse_id}",
            hide_index=True,
            height="content" if len(rows) < 15 else 440,
            column_config={
                "sku": text_column(_("Code"), width=58),
                "name": text_column(_("Product name"), width=166),
                "warehouse": text_column(_("Warehouse"), width=90),
                "kind": text_column(_("Kind"), width=110),
                "on_hand": quantity_column(_("On hand"), quantity_places([row.on_hand for row in rows]), width=66),
            },
        )
