"""Finding products by whatever somebody types or scans."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.search import initials_of, one_line
from core.catalog.categories import ensure_categories
from core.catalog.models import ProductStatus
from core.catalog.queries import count_products, find_products, find_variant, get_products, product_card, resolve_typed
from core.catalog.rules import barcode_of
from core.catalog.service import retire_product
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_product
from tests.examples import drawn

SALES = Actor(None, "sales", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))
NOBODY = Actor(None, "nobody", frozenset(), frozenset())

WORDS = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.sampled_from("abcABCxyz019-_%.'\\ äßΣ"),
    ),
    min_size=1,
    max_size=30,
).filter(lambda text: one_line(text) != "")


def skus(store: Store, text: str = "", **chosen: object) -> list[str]:
    with store.viewing(SYSTEM) as view:
        return [row.sku for row in find_products(view, text, **chosen)]  # type: ignore[arg-type]


@pytest.fixture
def shelf(any_store: Store) -> Store:
    """Four products, one of them retired."""
    with any_store.working(SYSTEM) as uow:
        tea, green = (ensure_categories(uow, [path])[path] for path in (("茶",), ("茶", "绿茶")))
        a_product(uow, sku="T-100", name="龙井茶", category_id=green, tags=("春",), barcodes=("6900000000017",))
        a_product(uow, sku="T-1", name="重庆沱茶", category_id=tea)
        a_product(uow, sku="MUG", name="Tea mug T-1", barcodes=("T-100X",))
        old = a_product(uow, sku="OLD", name="Old T-1 box")
        retire_product(uow, old.id)
    return any_store


def test_an_exact_code_comes_first_then_beginnings_then_the_rest(shelf: Store) -> None:
    assert skus(shelf, "t-1") == ["T-1", "T-100", "MUG"]
    assert skus(shelf, "t-1", status=None) == ["T-1", "T-100", "MUG", "OLD"]


def test_a_scanned_barcode_finds_its_product_before_codes_that_look_like_it(shelf: Store) -> None:
    assert skus(shelf, "t-100x") == ["MUG"]
    with shelf.viewing(SYSTEM) as view:
        assert [(row.sku, row.is_exact) for row in resolve_typed(view, "6900000000017")] == [("T-100", True)]
        assert [(row.sku, row.is_exact) for row in resolve_typed(view, "lj")] == [("T-100", False)]


def test_pinyin_initials_and_either_reading_find_a_name(shelf: Store) -> None:
    assert [skus(shelf, typed) for typed in ("ljc", "longjing", "cqtc", "zqtc", "long jing", "重庆")] == [
        ["T-100"],
        ["T-100"],
        ["T-1"],
        ["T-1"],
        ["T-100"],
        ["T-1"],
    ]


def test_a_category_includes_all_below_it(shelf: Store) -> None:
    with shelf.working(SYSTEM) as uow:
        ends = ensure_categories(uow, [("茶",), ("茶", "绿茶")])

    assert skus(shelf, category_id=ends[("茶",)]) == ["T-1", "T-100"]
    assert skus(shelf, category_id=ends[("茶", "绿茶")]) == ["T-100"]
    assert skus(shelf, tag="春") == ["T-100"]


def test_lists_come_in_pages_and_are_counted_whole(shelf: Store) -> None:
    assert skus(shelf, limit=2) == ["MUG", "T-1"]
    assert skus(shelf, limit=2, offset=2) == ["T-100"]
    with shelf.viewing(SYSTEM) as view:
        assert count_products(view) == 3
        assert count_products(view, "tea") == 1
        assert count_products(view, status=ProductStatus.RETIRED) == 1


def test_order_entry_is_offered_nothing_for_nothing_and_nothing_retired(shelf: Store) -> None:
    with shelf.viewing(SYSTEM) as view:
        assert resolve_typed(view, "  ") == []
        assert resolve_typed(view, "old") == []
        retired = find_variant(view, "old")
        assert retired is not None
        assert retired.status is ProductStatus.RETIRED
        assert find_variant(view, "ol") is None
        assert get_products(view, [retired.variant_id])[retired.variant_id].name == "Old T-1 box"


def test_signs_that_databases_treat_specially_are_only_signs(shelf: Store) -> None:
    assert [skus(shelf, typed) for typed in ("%", "_", "\\", "'", "t%1")] == [[], [], [], [], []]


def test_costs_are_absent_for_those_who_may_not_see_them(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, sku="MUG", purchase_price=Decimal(4))

    with store.viewing(SALES) as view:
        assert find_products(view)[0].purchase_price is None
        assert product_card(view, mug.id).purchase_price is None
    with store.viewing(SYSTEM) as view:
        assert find_products(view)[0].purchase_price == Decimal(4)
    with store.viewing(NOBODY) as view, pytest.raises(NotAllowed):
        find_products(view)


@settings(max_examples=drawn(20), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=WORDS, sku=WORDS, barcode=st.none() | WORDS)
def test_a_product_is_found_by_its_code_name_initials_and_barcode(
    uow: UnitOfWork, name: str, sku: str, barcode: str | None
) -> None:
    with uow.session.begin_nested() as savepoint:
        product = a_product(uow, sku=sku, name=name, barcodes=() if barcode is None else (barcode,))

        typed = [sku, sku.upper(), name, initials_of(name), *([barcode_of(barcode)] if barcode else [])]
        found = [[row.variant_id for row in find_products(uow, each)] for each in typed]

        savepoint.rollback()
    assert found == [[product.id]] * len(typed)
