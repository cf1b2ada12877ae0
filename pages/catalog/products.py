"""Products: finding them while typing, and one of them in full beside the list."""

import streamlit as st

from core.catalog.models import FOR_SALE, PRODUCT_STATUS_LABELS, ProductKind, ProductStatus
from core.catalog.queries import PAGE, category_tree, count_products, find_products, product_card
from core.catalog.service import add_product, edit_product
from core.exchange.product_file import product_file
from core.fields.models import Subject
from core.fields.queries import custom_fields
from core.security.permissions import P
from core.stock.kits import with_kits
from core.work.command import may
from pages._shared.custom import custom_filter
from pages._shared.fetched import when_fetched
from pages._shared.formats import quantity
from pages._shared.preferring import choose_columns
from pages._shared.records import filter_box, page_of, search_box, show_list
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import nothing_here, price_column, quantity_column, text_column
from pages._shared.text import _, ngettext
from pages.catalog.card import show_card, status_column

actor = open_screen(__file__)

with reading() as view:
    tree = {row.id: row.path for row in category_tree(view)}
    more = custom_fields(view, Subject.PRODUCT)

with st.container(horizontal=True, vertical_alignment="center", key="products.bar", gap="xsmall"):
    typed = search_box(
        _("Search"),
        _("Code, name, pinyin or barcode"),
        key="products.search",
        width=250,
        label_visibility="collapsed",
    )
    category_id = filter_box(
        _("Category"),
        tree,
        _("All categories"),
        key="products.category",
        width=150,
        label_visibility="collapsed",
    )
    status = st.segmented_control(
        _("Status"),
        list(ProductStatus),
        format_func=lambda each: _(PRODUCT_STATUS_LABELS[each]),
        selection_mode="multi",
        default=FOR_SALE,
        key="products.status",
        label_visibility="collapsed",
        persist_state="session",
    )
    custom = custom_filter(more, "products.custom")
    if may(actor, add_product):
        if st.button(_("Add product"), key="products.add", type="primary", icon=":material/add:"):
            goto("catalog/product")
        if st.button(_("Categories"), key="products.categories", icon=":material/account_tree:"):
            goto("catalog/categories")

with reading() as view:
    count = count_products(view, typed, category_id=category_id, status=status or None, custom=custom)
    page = page_of("products.page", count, PAGE)
    rows = find_products(view, typed, category_id=category_id, status=status or None, custom=custom, offset=page.offset)

if not rows:
    if typed or category_id or custom or set(status) != set(FOR_SALE):
        nothing_here(_("No product matches. Try fewer letters, or another category or status."))
    else:
        nothing_here(
            _("There are no products yet. Add the first one, or import orders to create them."),
            _("Import orders"),
            "sales/import_orders",
        )
    st.stop()

if may(actor, with_kits) and any(row.kind is ProductKind.KIT for row in rows):
    with reading() as view:
        rows = with_kits(view, rows)
columns = {
    "sku": text_column(_("Code"), width=70),
    "name": text_column(_("Product name"), width=164),
    "retail_price": price_column(_("Retail"), width=84),
    "unit": text_column(_("Unit"), width=52),
    "category": text_column(_("Category"), width=84),
    "wholesale_price": price_column(_("Wholesale"), width=84),
}
if actor.may(P.COST_READ):
    columns["purchase_price"] = price_column(_("Purchase"), width=84)
if any(row.buildable is not None for row in rows):
    columns["buildable"] = quantity_column(_("Kits available"), width=84)
if any(row.status is not ProductStatus.ACTIVE for row in rows):
    columns["status"] = status_column(_("Status"))
counted = ngettext("{count} product", "{count} products", count).format(count=quantity(count))
said = counted + " · " + _("Choose a row to see a product in full.")
place = f"products.table.{typed}.{category_id}.{'-'.join(sorted(status))}.{hash(custom)}.{page.number}"
right, chosen = show_list(rows, columns, 4, page, said, key=place, of="products")

with st.container(horizontal=True, vertical_alignment="center"):
    choose_columns("products")
    st.download_button(
        _("Download CSV"),
        when_fetched(product_file, typed, category_id, tuple(status), custom),
        file_name="products.csv",
        mime="text/csv",
        icon=":material/download:",
        key="products.file",
        on_click="ignore",
    )

if chosen is not None:
    with reading() as view:
        card = product_card(view, chosen.variant_id)
    with right:
        show_card(card, more, can_edit=may(actor, edit_product))
