"""One customer: adding it, changing it with its contacts and addresses, taking it out of use."""

import streamlit as st

from core.customers.models import CUSTOMER_KIND_LABELS, CustomerKind
from core.customers.queries import channels, customer_card, customer_tags, owners, similar_customers
from core.customers.rules import FIELD_LABELS, AddressEntry, ContactEntry, CustomerEntry
from core.customers.service import add_customer, deactivate_customer, edit_customer, reactivate_customer
from core.db.cards import card_of
from core.fields.models import Subject
from core.fields.queries import custom_fields
from core.work.command import may
from core.work.store import View
from pages._shared.custom import custom_boxes, custom_labels, custom_wordings
from pages._shared.forms import first_field, forget_version, opened_version
from pages._shared.merging import Merging, keep_opened, show_merging
from pages._shared.records import asked_card, choice_box, rows_box, save, words_box
from pages._shared.screen import act, goto, link, open_screen, reading
from pages._shared.tables import text_column
from pages._shared.text import N_, _, escaped
from pages.customers._account import show_account
from pages.customers._analysed import show_analysed
from pages.customers.card import show_card, show_state
from pages.sales._again import show_customer

FORM = "customer"


def stands(view: View, customer_id: int) -> tuple[CustomerEntry, int]:
    """What would be typed to make the customer what it is now, and its version."""
    found = customer_card(view, customer_id)
    return card_of(CustomerEntry, found), found.version


actor = open_screen(__file__, titled=False)
can_edit = may(actor, edit_customer)
with reading() as view:
    card = asked_card(view, customer_card, _("Customer"))
    channel_names = {row.id: row.name for row in channels(view)}
    owner_names = {row.id: row.name for row in owners(view)}
    known_tags = customer_tags(view)
    more = custom_fields(view, Subject.CUSTOMER)

with st.container(horizontal=True, vertical_alignment="center", key="customer.head"):
    if not can_edit:
        st.title(_("Customer"), anchor=False)
    elif card is None:
        st.title(_("New customer"), anchor=False)
    else:
        st.title(escaped(card.name), anchor=False, width="content")
        show_state(card)
link("customers/customers", _("All customers"))

if card is not None:
    show_account(actor, card.id)
    show_analysed(actor, card.id)
if not can_edit:
    if card is not None:
        show_card(card, more, can_edit=False)
        show_customer(actor, card.id)
    st.stop()

row_id = card.id if card else 0
version = opened_version(FORM, row_id, card.version if card else 0)
prefix = f"{FORM}.{row_id}.{version}"
if card is not None and card.owner_id is not None:
    owner_names.setdefault(card.owner_id, card.owner)

merging = Merging(
    form=FORM,
    read=stands,
    edit=edit_customer,
    labels={
        **FIELD_LABELS,
        "kind": N_("Kind"),
        "channel_id": N_("Channel"),
        "owner_id": N_("Owner"),
        "note": N_("Note"),
        "tags": N_("Tags"),
        "contacts": N_("Contacts"),
        "addresses": N_("Addresses"),
        **custom_labels(more),
    },
    words={
        "kind": lambda each: _(CUSTOMER_KIND_LABELS[each]),
        "channel_id": lambda each: channel_names.get(each, ""),
        "owner_id": lambda each: owner_names.get(each, ""),
        "tags": ", ".join,
        **custom_wordings(more),
    },
)
if card is not None:
    keep_opened(merging, row_id, version, card_of(CustomerEntry, card))

# Name and phone stand outside the form, so that a likely double is seen before the rest is typed.
first, second = st.columns(2, gap="medium")
name = first.text_input(
    _("Customer name"),
    value=card.name if card else "",
    max_chars=200,
    live="400ms",
    key=first_field(FORM, row_id, version),
)
phone = second.text_input(
    _("Phone"), value=card.phone if card else "", max_chars=40, live="400ms", key=f"{prefix}.phone"
)
with reading() as view:
    doubles = similar_customers(view, name, phone, but=card.id if card else None)
if doubles:
    st.warning(_("Is this somebody you already have? Same name or phone:"), icon=":material/group:")
    with st.container(horizontal=True):
        for double in doubles:
            link("customers/customer", escaped(f"{double.code} {double.name}"), id=double.id)

with st.form(f"{prefix}.form", border=True):
    first, second = st.columns(2, gap="medium")
    with first:
        kind = st.segmented_control(
            _("Kind"),
            list(CustomerKind),
            format_func=lambda each: _(CUSTOMER_KIND_LABELS[each]),
            default=card.kind if card else CustomerKind.COMPANY,
            required=True,
            key=f"{prefix}.kind",
        )
        code = st.text_input(
            _("Code"),
            value=card.code if card else "",
            max_chars=64,
            key=f"{prefix}.code",
            placeholder=_("Leave empty for the next number"),
        )
        region = st.text_input(_("Region"), value=card.region if card else "", max_chars=80, key=f"{prefix}.region")
        tax_number = st.text_input(
            _("Tax number"), value=card.tax_number if card else "", max_chars=40, key=f"{prefix}.tax_number"
        )
    with second:
        channel_id = choice_box(
            _("Channel"), channel_names, card.channel_id if card else None, _("No channel"), key=f"{prefix}.channel"
        )
        owner_id = choice_box(
            _("Owner"),
            owner_names,
            card.owner_id if card else None,
            _("Nobody"),
            key=f"{prefix}.owner",
            help=_("Who looks after this customer."),
        )
        tagged = words_box(
            _("Tags"), known_tags, card.tags if card else (), _("Choose or type new ones"), key=f"{prefix}.tags"
        )
        note = st.text_area(_("Note"), value=card.note if card else "", max_chars=2000, height=90, key=f"{prefix}.note")
    custom = custom_boxes(more, card.custom if card else (), prefix)
    st.markdown(f"**{_('Contacts')}**")
    contacts = rows_box(
        card.contacts if card else (),
        {
            "name": text_column(_("Name")),
            "position": text_column(_("Position")),
            "phone": text_column(_("Phone")),
            "email": text_column(_("E-mail")),
        },
        key=f"{prefix}.contacts",
    )
    st.markdown(f"**{_('Addresses')}**")
    addresses = rows_box(
        card.addresses if card else (),
        {
            "region": text_column(_("Region")),
            "street": text_column(_("Street and number"), width="large"),
            "recipient": text_column(_("Recipient")),
            "phone": text_column(_("Phone")),
        },
        key=f"{prefix}.addresses",
    )
    saved = st.form_submit_button(
        _("Save") if card else _("Add customer"),
        type="primary",
        key=f"{prefix}.save",
        icon=":material/check:",
        shortcut="Ctrl+Enter",
    )

if saved:
    entry = CustomerEntry(
        name=name,
        code=code,
        kind=kind,
        region=region,
        phone=phone,
        tax_number=tax_number,
        channel_id=channel_id,
        owner_id=owner_id,
        note=note,
        tags=tuple(tagged),
        contacts=tuple(ContactEntry(**row) for row in contacts),
        addresses=tuple(AddressEntry(**row) for row in addresses),
        custom=custom,
    )
    done = _("{name} was saved.") if card else _("{name} was added.")
    save(
        "customers/customer",
        entry,
        form=FORM,
        row_id=row_id,
        version=version,
        add=add_customer,
        merging=merging,
        done=done.format(name=escaped(name)),
    )
show_merging(merging, row_id, lambda made: goto("customers/customer", id=made))

if card is not None:
    if card.is_active:
        if st.button(
            _("Take out of use"),
            key="customer.deactivate",
            icon=":material/archive:",
            help=_("It is no longer offered in order entry."),
        ):
            forget_version(FORM, row_id)
            act(deactivate_customer, card.id, done=_("{name} is out of use.").format(name=escaped(card.name)))
    elif st.button(_("Use again"), key="customer.reactivate", icon=":material/unarchive:"):
        forget_version(FORM, row_id)
        act(reactivate_customer, card.id, done=_("{name} is in use again.").format(name=escaped(card.name)))
    show_customer(actor, card.id)
