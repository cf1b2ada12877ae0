"""One product: adding it, changing it, retiring and deleting it."""

from decimal import Decimal

import streamlit as st

from core.catalog.models import FOR_SALE, PRODUCT_KIND_LABELS, PRODUCT_STATUS_LABELS, ProductKind
from core.catalog.queries import category_tree, product_card, tags
from core.catalog.rules import FIELD_LABELS, ProductEntry
from core.catalog.service import (
    add_product,
    delete_product,
    edit_product,
    reactivate_product,
    retire_product,
    set_status,
)
from core.db.cards import card_of
from core.fields.models import Subject
from core.fields.queries import custom_fields
from core.security.permissions import P
from core.work.command import may
from core.work.store import View
from pages._shared.custom import custom_boxes, custom_labels, custom_wordings
from pages._shared.formats import percent
from pages._shared.forms import decimal_input, first_field, forget_version, opened_version, quantity_typed
from pages._shared.merging import Merging, keep_opened, show_merging
from pages._shared.records import asked_card, choice_box, save, words_box
from pages._shared.screen import act, goto, link, open_screen, reading
from pages._shared.text import N_, _, escaped
from pages.catalog._kits import edit_parts
from pages.catalog._substitutes import show_substitutes
from pages.catalog._tracking import show_tracking
from pages.catalog._units import show_units
from pages.catalog.card import show_card, show_state

FORM = "product"
USUAL_TAX_RATE = Decimal("0.13")


def stands(view: View, variant_id: int) -> tuple[ProductEntry, int]:
    """What would be typed to make the product what it is now, and its version."""
    found = product_card(view, variant_id)
    return card_of(ProductEntry, found), found.version


actor = open_screen(__file__, titled=False)
can_edit = may(actor, edit_product)
with reading() as view:
    card = asked_card(view, product_card, _("Product"))
    tree = {row.id: row.path for row in category_tree(view)}
    known_tags = tags(view)
    more = custom_fields(view, Subject.PRODUCT)

with st.container(horizontal=True, vertical_alignment="center", key="product.head"):
    if not can_edit:
        st.title(_("Product"), anchor=False)
    elif card is None:
        st.title(_("New product"), anchor=False)
    else:
        st.title(escaped(card.name), anchor=False, width="content")
        show_state(card)
link("catalog/products", _("All products"))

if not can_edit:
    if card is not None:
        show_card(card, more, can_edit=False)
    st.stop()

row_id = card.variant_id if card else 0
version = opened_version(FORM, row_id, card.version if card else 0)
prefix = f"{FORM}.{row_id}.{version}"
merging = Merging(
    form=FORM,
    read=stands,
    edit=edit_product,
    labels={
        **FIELD_LABELS,
        "category_id": N_("Category"),
        "kind": N_("Kind"),
        "barcodes": N_("Barcodes"),
        "tags": N_("Tags"),
        **custom_labels(more),
    },
    words={
        "category_id": lambda each: tree.get(each, ""),
        "kind": lambda each: _(PRODUCT_KIND_LABELS[each]),
        "tax_rate": percent,
        "barcodes": ", ".join,
        "tags": ", ".join,
        **custom_wordings(more),
    },
)
if card is not None:
    keep_opened(merging, row_id, version, card_of(ProductEntry, card))

kinds = list(ProductKind)
if card is not None:
    is_kit = card.kind is ProductKind.KIT
    kinds = [kind for kind in ProductKind if (kind is ProductKind.KIT) == is_kit]

# A scanner ends each code with Enter, which must not save half a product.
with st.form(f"{prefix}.form", enter_to_submit=False):
    first, second = st.columns(2, gap="medium")
    with first:
        sku = st.text_input(
            _("Code"), value=card.sku if card else "", max_chars=64, key=first_field(FORM, row_id, version)
        )
        name = st.text_input(_("Product name"), value=card.name if card else "", max_chars=200, key=f"{prefix}.name")
        category_id = choice_box(
            _("Category"), tree, card.category_id if card else None, _("No category"), key=f"{prefix}.category"
        )
        brand = st.text_input(_("Brand"), value=card.brand if card else "", max_chars=80, key=f"{prefix}.brand")
        pair = st.columns(2)
        model = pair[0].text_input(_("Model"), value=card.model if card else "", max_chars=80, key=f"{prefix}.model")
        specification = pair[1].text_input(
            _("Specification"), value=card.specification if card else "", max_chars=120, key=f"{prefix}.specification"
        )
        kind = st.segmented_control(
            _("Kind"),
            kinds,
            format_func=lambda each: _(PRODUCT_KIND_LABELS[each]),
            default=card.kind if card else ProductKind.STOCKED,
            required=True,
            key=f"{prefix}.kind",
            help=_("Services are sold without stock. A kit is sold as one and leaves the shelf as its parts."),
        )
        coded = card.barcodes if card else ()
        barcodes = words_box(_("Barcodes"), coded, coded, _("Scan or type, then Enter"), key=f"{prefix}.barcodes")
        tagged = words_box(
            _("Tags"), known_tags, card.tags if card else (), _("Choose or type new ones"), key=f"{prefix}.tags"
        )
    with second:
        pair = st.columns(2)
        with pair[0]:
            retail = decimal_input(_("Retail price"), card.retail_price if card else Decimal(0), key=f"{prefix}.retail")
            lowest = decimal_input(
                _("Lowest price"),
                card.lowest_price if card else Decimal(0),
                key=f"{prefix}.lowest",
                help=_("Nobody sells below it; 0 means no limit."),
            )
            weight = st.number_input(
                _("Weight (kg)"),
                min_value=0.0,
                value=None if card is None or card.weight is None else float(card.weight),
                step=0.1,
                format="%.3f",
                key=f"{prefix}.weight",
                help=_("Of one unit."),
            )
            unit = st.text_input(
                _("Unit"), value=card.unit if card else "", max_chars=20, key=f"{prefix}.unit", placeholder=_("pcs")
            )
        with pair[1]:
            wholesale = decimal_input(
                _("Wholesale price"), card.wholesale_price if card else Decimal(0), key=f"{prefix}.wholesale"
            )
            purchase = None
            if actor.may(P.COST_READ) and kinds != [ProductKind.KIT]:
                recorded = card.purchase_price if card else None
                purchase = decimal_input(_("Purchase price"), recorded or Decimal(0), key=f"{prefix}.purchase")
            tax = decimal_input(
                _("Tax rate (%)"),
                (card.tax_rate if card else USUAL_TAX_RATE) * 100,
                most=100.0,
                key=f"{prefix}.tax",
            )
        note = st.text_area(
            _("Note"), value=card.note if card else "", max_chars=2000, height=132, key=f"{prefix}.note"
        )
    custom = custom_boxes(more, card.custom if card else (), prefix)
    saved = st.form_submit_button(
        _("Save") if card else _("Add product"),
        type="primary",
        key=f"{prefix}.save",
        icon=":material/check:",
        shortcut="Ctrl+Enter",
    )

if saved:
    entry = ProductEntry(
        sku=sku,
        name=name,
        category_id=category_id,
        brand=brand,
        kind=kind,
        unit=unit,
        tax_rate=tax / 100,
        purchase_price=purchase,
        retail_price=retail,
        wholesale_price=wholesale,
        lowest_price=lowest,
        barcodes=tuple(barcodes),
        tags=tuple(tagged),
        note=note,
        model=model,
        specification=specification,
        weight=None if weight is None else quantity_typed(weight),
        custom=custom,
    )
    done = _("{name} was saved.") if card else _("{name} was added.")
    save(
        "catalog/product",
        entry,
        form=FORM,
        row_id=row_id,
        version=version,
        add=add_product,
        merging=merging,
        done=done.format(name=escaped(name)),
    )
show_merging(merging, row_id, lambda made: goto("catalog/product", id=made))

if card is not None:
    if card.kind is ProductKind.KIT:
        edit_parts(card)
    elif card.kind is ProductKind.STOCKED:
        show_tracking(card)
        show_substitutes(card)
    show_units(card)
    with st.container(horizontal=True, vertical_alignment="center"):
        if card.status in FOR_SALE:
            stage = st.segmented_control(
                _("Status"),
                FOR_SALE,
                format_func=lambda each: _(PRODUCT_STATUS_LABELS[each]),
                default=card.status,
                required=True,
                key=f"product.status.{row_id}.{card.version}",
                label_visibility="collapsed",
                help=_("New arrivals and clearance are sold, too; what is cleared is not to be received again."),
            )
            if stage is not card.status:
                forget_version(FORM, row_id)
                said = _("{name}: {status}").format(name=escaped(card.name), status=_(PRODUCT_STATUS_LABELS[stage]))
                act(set_status, card.variant_id, stage, done=said)
            if st.button(
                _("Retire"),
                key="product.retire",
                icon=":material/archive:",
                help=_("It is no longer offered for sale."),
            ):
                forget_version(FORM, row_id)
                act(retire_product, card.variant_id, done=_("{name} is retired.").format(name=escaped(card.name)))
        elif st.button(_("Sell again"), key="product.reactivate", icon=":material/unarchive:"):
            forget_version(FORM, row_id)
            act(
                reactivate_product, card.variant_id, done=_("{name} is for sale again.").format(name=escaped(card.name))
            )
        with st.popover(_("Delete"), icon=":material/delete:"):
            st.markdown(_("Only a product that no order and no stock movement refers to can be deleted."))
            is_deleted = st.button(_("Delete for good"), key="product.delete", type="primary")
    if is_deleted:
        done = _("{name} was deleted.").format(name=escaped(card.name))
        if act(delete_product, card.variant_id, done=done, rerun=False) is not None:
            goto("catalog/products")
