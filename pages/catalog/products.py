"""Products: finding them while typing, and one of them in full beside the list."""

import streamlit as st

from core.catalog.models import PRODUCT_STATUS_LABELS, ProductStatus
from core.catalog.queries import PAGE, category_tree, count_products, find_products, product_card
from core.catalog.service import add_product, edit_product
from core.security.permissions import P
from core.work.command import may
from pages._shared.beside import list_and_card
from pages._shared.formats import quantity
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import nothing_here, price_column, table, text_column
from pages._shared.text import _, ngettext
from pages.catalog.card import show_card

actor = open_screen(__file__)

with reading() as view:
    tree = {row.id: row.path for row in category_tree(view)}

with st.container(horizontal=True, vertical_alignment="center", key="products.bar", gap="xsmall"):
    typed = st.text_input(
        _("Search"),
        type="search",
        live="150ms",
        icon=":material/search:",
        placeholder=_("Code, name, pinyin or barcode"),
        key="products.search",
        label_visibility="collapsed",
        width=340,
        bind="query-params",
        persist_state="session",
    )
    category_id = st.selectbox(
        _("Category"),
        list(tree),
        index=None,
        format_func=lambda each: tree.get(each, ""),
        placeholder=_("All categories"),
        key="products.category",
        label_visibility="collapsed",
        width=170,
        persist_state="session",
    )
    status = st.segmented_control(
        _("Status"),
        list(ProductStatus),
        format_func=lambda each: _(PRODUCT_STATUS_LABELS[each]),
        default=ProductStatus.ACTIVE,
        key="products.status",
        label_visibility="collapsed",
        persist_state="session",
    )
    if may(actor, add_product):
        if st.button(_("Add product"), key="products.add", type="primary", icon=":material/add:"):
            goto("catalog/product")
        if st.button(_("Categories"), key="products.categories", icon=":material/account_tree:"):
            goto("catalog/categories")

with reading() as view:
    count = count_products(view, typed, category_id=category_id, status=status)
    pages = max(1, -(-count // PAGE))
    page = min(st.session_state.get("products.page", 1), pages)
    rows = find_products(view, typed, category_id=category_id, status=status, offset=(page - 1) * PAGE)

if not rows:
    if typed or category_id or status is not ProductStatus.ACTIVE:
        nothing_here(_("No product matches. Try fewer letters, or another category or status."))
    else:
        nothing_here(
            _("There are no products yet. Add the first one, or import orders to create them."),
            _("Import orders"),
            "sales/import_orders",
        )
    st.stop()

columns = ["sku", "name", "retail_price", "unit", "category", "wholesale_price"]
if actor.may(P.COST_READ):
    columns.append("purchase_price")
place = f"products.table.{typed}.{category_id}.{status}.{page}"
usual = 0 if rows[0].is_exact else None
left, right, chosen = list_and_card(place, rows, usual)
with left:
    st.dataframe(
        table(rows, columns),
        key=place,
        column_order=columns if chosen is None else columns[:4],
        hide_index=True,
        height="content" if len(rows) < 15 else 560,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [usual]}} if usual is not None else None,
        column_config={
            "sku": text_column(_("Code"), width=70),
            "name": text_column(_("Product name"), width=164),
            "retail_price": price_column(_("Retail"), width=84),
            "unit": text_column(_("Unit"), width=52),
            "category": text_column(_("Category"), width=84),
            "wholesale_price": price_column(_("Wholesale"), width=84),
            "purchase_price": price_column(_("Purchase"), width=84),
        },
        placeholder="",
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        counted = ngettext("{count} product", "{count} products", count).format(count=quantity(count))
        st.caption(counted + " · " + _("Choose a row to see a product in full."))
        if pages > 1:
            st.pagination(pages, key="products.page", max_visible_pages=5, width=260, persist_state="session")

if chosen is not None:
    with reading() as view:
        card = product_card(view, chosen.variant_id)
    with right:
        show_card(card, can_edit=may(actor, edit_product))
