"""Suppliers: finding, adding, changing, retiring and deleting them."""

import streamlit as st

from core.db.cards import card_of
from core.suppliers.queries import PAGE, SupplierCard, count_suppliers, find_suppliers, supplier_card
from core.suppliers.rules import FIELD_LABELS, SupplierEntry
from core.suppliers.service import add_supplier, delete_supplier, edit_supplier, set_supplier_active
from core.work.command import may
from core.work.store import View
from pages._shared.facts import show_facts
from pages._shared.formats import quantity
from pages._shared.forms import first_field, forget_version, opened_version
from pages._shared.merging import Merging, keep_opened, save_or_merge, show_merging
from pages._shared.records import page_of, search_box, show_pages
from pages._shared.screen import act, form_key, open_screen, reading
from pages._shared.tables import chosen_row, nothing_here, table, text_column
from pages._shared.text import N_, _, escaped, ngettext

FORM = "suppliers.edit"


def stands(view: View, supplier_id: int) -> tuple[SupplierEntry, int]:
    """What would be typed to make the supplier what it is now, and its version."""
    found = supplier_card(view, supplier_id)
    return card_of(SupplierEntry, found), found.version


MERGING = Merging(FORM, stands, edit_supplier, {**FIELD_LABELS, "note": N_("Note")}, {})


def edit(card: SupplierCard) -> None:
    """Change a supplier; where somebody else did meanwhile, both changes are merged."""
    version = opened_version(FORM, card.id, card.version)
    keep_opened(MERGING, card.id, version, card_of(SupplierEntry, card))
    name = f"edit.{card.id}.{version}"
    entry = form(name, card, first=first_field(FORM, card.id, version))
    if entry is not None:
        done = _("{name} was saved.").format(name=escaped(entry.name))
        if save_or_merge(MERGING, card.id, version, entry, done=done, key=form_key(f"suppliers.{name}")) is not None:
            leave(card.id)
    show_merging(MERGING, card.id, leave)


def leave(supplier_id: int) -> None:
    """Show the supplier as it is on record now."""
    forget_version(FORM, supplier_id)
    st.rerun()


def form(name: str, given: SupplierCard | None, *, first: str = "") -> SupplierEntry | None:
    """The fields of a supplier; what was typed once it is to be saved. `first` is the key of the first field."""
    with st.form(f"suppliers.{name}"):
        st.markdown("**" + (escaped(given.name) if given else _("New supplier")) + "**")
        left, right = st.columns(2)
        typed = {
            "name": left.text_input(
                _("Supplier name"), given.name if given else "", max_chars=200, key=first or f"{name}.name"
            ),
            "code": right.text_input(
                _("Code"),
                given.code if given else "",
                max_chars=64,
                key=f"{name}.code",
                placeholder=_("Empty: the next number"),
            ),
            "contact": left.text_input(_("Contact"), given.contact if given else "", max_chars=80, key=f"{name}.who"),
            "phone": right.text_input(_("Phone"), given.phone if given else "", max_chars=40, key=f"{name}.phone"),
            "email": left.text_input(_("E-mail"), given.email if given else "", max_chars=120, key=f"{name}.email"),
            "tax_number": right.text_input(
                _("Tax number"), given.tax_number if given else "", max_chars=40, key=f"{name}.tax"
            ),
            "terms": st.text_input(
                _("Terms of payment"),
                given.terms if given else "",
                max_chars=200,
                key=f"{name}.terms",
                placeholder=_("Such as: 30 days after the invoice"),
            ),
            "note": st.text_area(_("Note"), given.note if given else "", max_chars=2000, key=f"{name}.note", height=80),
        }
        label = _("Save") if given else _("Add supplier")
        if st.form_submit_button(label, type="primary", key=f"suppliers.{name}.save"):
            return SupplierEntry(**typed)
    return None


actor = open_screen(__file__)
can_edit = may(actor, edit_supplier)

with st.container(horizontal=True, vertical_alignment="center", key="suppliers.bar"):
    typed = search_box(
        _("Search"), _("Code, name, pinyin or phone"), key="suppliers.search", width=260, label_visibility="collapsed"
    )
    is_active = st.segmented_control(
        _("Status"),
        [True, False],
        format_func=lambda each: _("In use") if each else _("Out of use"),
        default=True,
        key="suppliers.status",
        label_visibility="collapsed",
        persist_state="session",
    )

with reading() as view:
    count = count_suppliers(view, typed, is_active=is_active)
    page = page_of("suppliers.page", count, PAGE)
    rows = find_suppliers(view, typed, is_active=is_active, offset=page.offset)

left, right = st.columns([5, 4], gap="medium")
picked = None
with left:
    if rows:
        picked = st.dataframe(
            table(rows, ["code", "name", "contact", "phone"]),
            key=f"suppliers.table.{typed}.{is_active}.{page.number}",
            hide_index=True,
            height="content" if len(rows) < 15 else 520,
            on_select="rerun",
            selection_mode="single-row",
            placeholder="",
            column_config={
                "code": text_column(_("Code"), width=100),
                "name": text_column(_("Supplier name"), width=180),
                "contact": text_column(_("Contact"), width=80),
                "phone": text_column(_("Phone"), width=100),
            },
        )
        counted = ngettext("{count} supplier", "{count} suppliers", count).format(count=quantity(count))
        show_pages(page, counted + " · " + _("Choose a row to see a supplier in full."))
    elif typed or is_active is not True:
        nothing_here(_("No supplier matches. Try fewer letters, or the others."))
    else:
        nothing_here(_("There are no suppliers yet. Add the first one, and name it on goods receipts."))

chosen = chosen_row(picked, rows)
with right:
    if chosen is not None:
        with reading() as view:
            card = supplier_card(view, chosen.id)
        if can_edit:
            edit(card)
            with st.container(horizontal=True):
                if st.button(
                    _("Take out of use") if card.is_active else _("Take into use"), key=f"suppliers.active.{card.id}"
                ):
                    act(
                        set_supplier_active,
                        card.id,
                        is_active=not card.is_active,
                        done=_("{name} was saved.").format(name=escaped(card.name)),
                    )
                with st.popover(_("Delete"), icon=":material/delete:", key=f"suppliers.delete.{card.id}"):
                    st.markdown(_("Only a supplier that stands on no document can be deleted."))
                    if st.button(_("Delete the supplier"), type="primary", key=f"suppliers.delete_now.{card.id}"):
                        act(delete_supplier, card.id, done=_("{name} was deleted.").format(name=escaped(card.name)))
        else:
            with st.container(border=True):
                st.markdown(f"#### {escaped(card.name)}")
                show_facts(
                    {
                        _("Code"): card.code,
                        _("Contact"): card.contact,
                        _("Phone"): card.phone,
                        _("E-mail"): card.email,
                        _("Tax number"): card.tax_number,
                        _("Terms of payment"): card.terms,
                        _("Note"): card.note,
                    }
                )
    elif may(actor, add_supplier):
        entry = form(f"new.{count}", None)
        if entry is not None:
            done = _("{name} was added.").format(name=escaped(entry.name))
            act(add_supplier, entry, done=done, key=form_key("suppliers.new"))
