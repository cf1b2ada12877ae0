"""Customers: entered, changed, found, warned about when entered twice, and created by the thousand."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base.errors import AppError, InvalidInput, NotFound, StaleVersion
from core.customers.errors import ChannelTaken, CodeTaken
from core.customers.models import CustomerKind
from core.customers.queries import (
    CustomerCard,
    channels,
    count_customers,
    customer_card,
    customer_tags,
    find_customers,
    owners,
    similar_customers,
)
from core.customers.rules import AddressEntry, ContactEntry, CustomerDraft, CustomerEntry
from core.customers.service import (
    add_channel,
    add_customer,
    deactivate_customer,
    edit_customer,
    ensure_channel,
    ensure_customers,
    reactivate_customer,
    rename_channel,
)
from core.security.actor import SYSTEM, Actor, NotAllowed
from core.security.models import User
from core.work.store import Store
from tests.builders import a_customer
from tests.traces import everything, refusal_of

LOTUS = CustomerEntry(
    name=" 上海莲花贸易有限公司 ",
    code="lotus",
    region="上海",
    phone="021-6288 0000",
    tags=("vip",),
    contacts=(ContactEntry("王芳", "采购", "+86 138 0013 8000", "wang@lotus.cn"), ContactEntry("")),
    addresses=(AddressEntry("南京西路 1 号", "上海", "王芳"), AddressEntry("")),
)


def card(store: Store, customer_id: int) -> CustomerCard:
    with store.viewing(SYSTEM) as view:
        return customer_card(view, customer_id)


def refused(store: Store, refusal: type[AppError], command: Any, *args: Any, **kwargs: Any) -> str:
    """The sentence of a refusal that changed nothing."""
    return refusal_of(store, refusal, store.run, SYSTEM, command, None, *args, **kwargs).sentence


def found(store: Store, text: str, **chosen: Any) -> list[str]:
    with store.viewing(SYSTEM) as view:
        return [row.code for row in find_customers(view, text, **chosen)]


def test_a_customer_is_kept_with_contacts_and_addresses_and_empty_rows_are_left_out(any_store: Store) -> None:
    lotus = any_store.run(SYSTEM, add_customer, None, LOTUS)

    kept = card(any_store, lotus)
    assert (kept.name, kept.code, kept.version, kept.is_active) == ("上海莲花贸易有限公司", "lotus", 1, True)
    assert kept.contacts == (ContactEntry("王芳", "采购", "+86 138 0013 8000", "wang@lotus.cn"),)
    assert kept.addresses == (AddressEntry("南京西路 1 号", "上海", "王芳"),)
    assert kept.tags == ("vip",)


def test_a_customer_without_a_code_gets_the_next_free_one(any_store: Store) -> None:
    any_store.run(SYSTEM, add_customer, None, CustomerEntry(name="A", code="c-2026-00001"))

    made = any_store.run(SYSTEM, add_customer, None, CustomerEntry(name="B"))

    assert card(any_store, made).code == "C-2026-00002"


def test_two_customers_never_share_a_code_whatever_its_case(any_store: Store) -> None:
    any_store.run(SYSTEM, add_customer, None, LOTUS)

    sentence = refused(any_store, CodeTaken, add_customer, CustomerEntry(name="Other", code="LOTUS"))

    assert sentence == (
        "The code LOTUS already belongs to 上海莲花贸易有限公司. Choose another code, or leave it empty to get one."
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Customer name: must not be empty. Enter it and try again."),
        ({"phone": "1" * 41}, "Phone: is too long."),
        ({"contacts": (ContactEntry("", phone="1"),)}, "Contacts: A contact needs a name."),
        (
            {"contacts": (ContactEntry("W", email="w.lotus.cn"),)},
            "Contacts: An e-mail address needs an @ between name and host.",
        ),
        ({"addresses": (AddressEntry("", region="上海"),)}, "Addresses: An address needs a street."),
    ],
)
def test_a_customer_that_cannot_be_is_refused_with_its_field(
    store: Store, wrong: dict[str, Any], sentence: str
) -> None:
    assert refused(store, InvalidInput, add_customer, replace(LOTUS, **wrong)) == sentence


def test_a_channel_or_owner_that_is_not_there_is_refused(store: Store) -> None:
    refused(store, NotFound, add_customer, replace(LOTUS, channel_id=99))
    refused(store, NotFound, add_customer, replace(LOTUS, owner_id=99))


def test_an_edit_changes_everything_and_says_before_and_after(any_store: Store) -> None:
    lotus = any_store.run(SYSTEM, add_customer, None, LOTUS)

    changed = replace(LOTUS, code="", region="杭州", contacts=(ContactEntry("李雷"),), addresses=(), tags=())
    any_store.run(SYSTEM, edit_customer, None, lotus, changed, version=1)

    kept = card(any_store, lotus)
    assert (kept.code, kept.region, kept.version) == ("lotus", "杭州", 2)
    assert (kept.contacts, kept.addresses, kept.tags) == ((ContactEntry("李雷"),), (), ())
    assert [len(everything(any_store)[name]) for name in ("customer", "contact", "address")] == [1, 1, 0]
    with any_store.viewing(SYSTEM) as view:
        facts = view.session.scalars(select(AuditEntry.facts).where(AuditEntry.tag == "customer.edited")).one()
    assert facts["changed"]["region"] == ["上海", "杭州"]
    assert facts["tags"] == [["vip"], []]
    assert [each["name"] for each in facts["contacts"][1]] == ["李雷"]


def test_an_edit_of_what_somebody_else_changed_meanwhile_is_refused(any_store: Store) -> None:
    lotus = any_store.run(SYSTEM, add_customer, None, LOTUS)
    any_store.run(SYSTEM, edit_customer, None, lotus, replace(LOTUS, contacts=()), version=1)

    refused(any_store, StaleVersion, edit_customer, lotus, replace(LOTUS, region="北京"), version=1)

    assert card(any_store, lotus).region == "上海"


def test_an_inactive_customer_is_out_of_the_list_until_reactivated(store: Store) -> None:
    lotus = store.run(SYSTEM, add_customer, None, LOTUS)

    store.run(SYSTEM, deactivate_customer, None, lotus)
    assert (found(store, "lotus"), found(store, "lotus", is_active=None)) == ([], ["lotus"])
    store.run(SYSTEM, reactivate_customer, None, lotus)
    assert found(store, "lotus") == ["lotus"]


def test_customers_are_found_by_code_name_pinyin_contact_and_phone(any_store: Store) -> None:
    any_store.run(SYSTEM, add_customer, None, LOTUS)
    any_store.run(SYSTEM, add_customer, None, CustomerEntry(name="Lotus flower shop", code="L2"))

    assert found(any_store, "lotus") == ["lotus", "L2"]
    typed = ("莲花", "shlh", "lianhua", "王芳", "13800138000", "138 0013 8000", "021-6288-0000", "LOTUS 上海")
    assert [found(any_store, each) for each in typed] == [["lotus"]] * len(typed)
    assert [found(any_store, each) for each in ("%", "_", "nobody")] == [[], [], []]


def test_customers_are_filtered_by_channel_owner_and_tag_and_counted(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        shop = ensure_channel(uow, "Shop")
        user = uow.add(
            User(username="wang", name="Wang", password_hash="x", created_at=uow.now, password_changed_at=uow.now)
        )
        a_customer(uow, "A", code="A", channel_id=shop, owner_id=user.id, tags=("vip",))
        a_customer(uow, "B", code="B", channel_id=shop)
        a_customer(uow, "C", code="C")

    assert found(any_store, "", channel_id=shop) == ["A", "B"]
    assert found(any_store, "", owner_id=user.id) == ["A"]
    assert found(any_store, "", tag="vip") == ["A"]
    assert found(any_store, "", limit=1, offset=1) == ["B"]
    with any_store.viewing(SYSTEM) as view:
        assert count_customers(view, channel_id=shop) == 2
        assert [each.name for each in owners(view)] == ["Wang"]
        assert [(each.id, each.name) for each in channels(view)] == [(shop, "Shop")]
        assert customer_tags(view) == ["vip"]
        assert find_customers(view, "a")[0].owner == "Wang"


def test_somebody_entered_a_second_time_is_noticed(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        lotus = a_customer(uow, "上海莲花贸易有限公司", code="1", phone="138-0013-8000")
        acme = a_customer(uow, "ACME Co., Ltd.", code="2")
        a_customer(uow, "ACME Tools", code="3")
        a_customer(uow, "Other", code="acme")

    def similar(name: str, phone: str = "", but: int | None = None) -> list[str]:
        with any_store.viewing(SYSTEM) as view:
            return [row.code for row in similar_customers(view, name, phone, but=but)]

    assert similar("上海 莲花贸易") == ["1"]
    assert similar("acme limited") == ["2"]
    assert similar("Somebody", "+86 138 0013 8000") == ["1"]
    assert similar("Acme", "13800138000") == ["1", "2"]
    assert similar("Acme", but=acme.id) == []
    assert similar("", "") == []
    assert similar("公司") == []
    assert lotus.version == 1


def test_channels_have_names_of_their_own(any_store: Store) -> None:
    any_store.run(SYSTEM, add_channel, None, " Tmall ")

    sentence = refused(any_store, ChannelTaken, add_channel, "TMALL")

    assert sentence == "There is already a channel TMALL. Choose another name."
    refused(any_store, InvalidInput, add_channel, " ")
    with any_store.working(SYSTEM) as uow:
        assert ensure_channel(uow, "tmall") == ensure_channel(uow, "Tmall")


def test_a_channel_gets_another_name_that_no_other_channel_has(any_store: Store) -> None:
    tmall = any_store.run(SYSTEM, add_channel, None, "Tmall")
    any_store.run(SYSTEM, add_channel, None, "Shop")

    any_store.run(SYSTEM, rename_channel, None, tmall, "tmall ")
    any_store.run(SYSTEM, rename_channel, None, tmall, " 天猫旗舰店")

    assert refused(any_store, ChannelTaken, rename_channel, tmall, "SHOP") == (
        "There is already a channel SHOP. Choose another name."
    )
    refused(any_store, InvalidInput, rename_channel, tmall, " ")
    refused(any_store, NotFound, rename_channel, 99, "Fair")
    with any_store.viewing(SYSTEM) as view:
        assert {each.id: each.name for each in channels(view)}[tmall] == "天猫旗舰店"
        last = view.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (last.tag, last.facts["name"]) == ("channel.renamed", ["tmall", "天猫旗舰店"])


def test_many_customers_are_created_at_once_and_only_where_missing(any_store: Store) -> None:
    lotus = any_store.run(SYSTEM, add_customer, None, LOTUS)
    drafts = [
        CustomerDraft("LOTUS", "Other name"),
        CustomerDraft("17850", "Customer 17850", region="United Kingdom"),
        CustomerDraft("c1", "陈晨", kind=CustomerKind.PERSON, phone="13900000001"),
        CustomerDraft("C1", "Somebody else"),
    ]

    with any_store.working(SYSTEM) as uow:
        made = ensure_customers(uow, drafts)
        again = ensure_customers(uow, drafts)
        uow.audit("test.arranged", None)

    assert made == again
    assert made["LOTUS"] == lotus
    assert made["c1"] == made["C1"]
    assert card(any_store, made["17850"]).region == "United Kingdom"
    assert card(any_store, made["c1"]).kind is CustomerKind.PERSON
    assert found(any_store, "cc") == ["c1"]


def test_customers_are_only_for_those_who_may_see_them(store: Store) -> None:
    nobody = Actor(None, "nobody", frozenset(), frozenset())

    with store.viewing(nobody) as view, pytest.raises(NotAllowed):
        find_customers(view)
    with pytest.raises(NotAllowed):
        store.run(nobody, add_customer, None, LOTUS)
