"""The screens of price lists and promotions, coupons at order entry, and why a line costs what it does."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.catalog.categories import add_category
from core.jobs.queue import take_due
from core.jobs.runner import JOB_RUNNER, carry_out
from core.pricing.models import OfferState, PriceListRule, PromotionOffer
from core.pricing.promotions import add_promotion, issue_coupons
from core.pricing.queries import price_lists, promotions
from core.pricing.rules.promotions import Items, Kind, Off, Part, Promotion, Step
from core.sales.queries import order_card
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_customer, a_draft, a_product, a_promotion, a_sale, a_warehouse, goods
from tests.pages.app import open_app, visit


def texts(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption))


def test_a_price_list_is_begun_filled_and_published(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_product(uow, sku="MUG", retail_price=10)
    app = open_app(store, Role.MANAGER, "pricing/price_lists")
    app.text_input(key="price_lists.new.name").set_value("Retail").run()
    app.button(key="price_lists.new.save").click().run()
    assert not app.exception
    visit(app, "pricing/price_list", id="1")
    app.toggle(key="price_list.rule.0.by_formula").set_value(True).run()
    app.text_input(key="price_list.rule.0.formula").set_value("list_price * 0.9").run()
    app.button(key="price_list.rule.0.save").click().run()
    visit(app, "pricing/price_list", id="1")
    app.button(key="price_list.publish").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert [(row.name, row.state, row.rules) for row in price_lists(view)] == [("Retail", OfferState.PUBLISHED, 1)]
    visit(app, "pricing/price_lists")
    app.text_input(key="price_ask.product").set_value("MUG").run()
    assert [metric.value for metric in app.metric] == ["¥9.00"]
    assert "**Retail** ¥9.00 · This price was taken." in texts(app)


def test_a_rule_of_equal_rank_is_refused_with_a_sentence(store: Store) -> None:
    app = open_app(store, Role.MANAGER, "pricing/price_lists")
    app.text_input(key="price_lists.new.name").set_value("Retail").run()
    app.button(key="price_lists.new.save").click().run()
    visit(app, "pricing/price_list", id="1")
    for price in (9, 8):
        app.number_input(key="price_list.rule.0.price").set_value(price).run()
        app.button(key="price_list.rule.0.save").click().run()
    assert "would have the same rank" in app.error[0].value
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(PriceListRule.price)).all() == [9]


def test_a_promotion_is_drafted_tried_and_goes_live(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_sale(uow, house := a_warehouse(uow), [(goods(uow, house, 9, retail_price=60), 2)])
    app = open_app(store, Role.MANAGER, "pricing/promotions")
    app.button(key="promotions.new.item").click().run()
    assert not app.exception
    visit(app, "pricing/promotion", kind="item")
    app.text_input(key="promotion.0.item.name").set_value("A tenth").run()
    app.number_input(key="promotion.0.item.off.percent").set_value(10).run()
    app.button(key="promotion.save").click().run()
    visit(app, "pricing/promotion", id="1")
    assert not app.exception
    app.date_input(key="promotion.trial.days").set_value((view_day(store), view_day(store))).run()
    app.button(key="promotion.trial.run").click().run()
    assert {metric.label: metric.value for metric in app.metric} == {
        "Orders touched": "1 / 1",
        "Net sales": "¥108.00",
        "Margin": "¥108.00",
    }
    app.button(key="promotion.publish").click().run()
    with store.viewing(SYSTEM) as view:
        offer = promotions(view)[0]
        assert (offer.promotion.name, offer.promotion.off.percent, offer.state) == ("A tenth", 10, OfferState.PUBLISHED)


def test_a_long_trial_goes_on_beside_the_screen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.working(SYSTEM) as uow:
        a_sale(uow, house := a_warehouse(uow), [(goods(uow, house, 9, retail_price=60), 2)])
        made = add_promotion(uow, Promotion(0, Kind.ITEM, name="Tenth", off=Off(percent=Decimal(10))))
    monkeypatch.setattr("pages.pricing._trial.AT_ONCE", 0)
    app = open_app(store, Role.MANAGER)
    visit(app, "pricing/promotion", id=str(made))
    app.date_input(key="promotion.trial.days").set_value((view_day(store), view_day(store))).run()
    app.button(key="promotion.trial.run").click().run()
    assert not app.exception
    assert [metric.value for metric in app.metric] == []
    taken = store.run(JOB_RUNNER, take_due)
    assert taken is not None
    carry_out(store, taken)
    visit(app, "pricing/promotion", id=str(made))
    assert [metric.value for metric in app.metric] == ["1 / 1", "¥108.00", "¥108.00"]
    assert "Orders from 18 Mar 2026 to 18 Mar 2026" in texts(app)


def view_day(store: Store):
    with store.viewing(SYSTEM) as view:
        return view.today


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_opened_changed_and_saved_as_it_was(store: Store, kind: Kind) -> None:
    with store.working(SYSTEM) as uow:
        mug, pen = a_product(uow, sku="MUG").id, a_product(uow, sku="PEN").id
        own = {
            Kind.ITEM: {"off": Off(price=Decimal(8)), "items": Items(variants=frozenset({mug}))},
            Kind.NTH: {"nth": 2, "off": Off(percent=Decimal(50))},
            Kind.BUY_GET: {
                "buy_quantity": Decimal(2),
                "adds_variant": pen,
                "repeats": True,
                "most": 3,
                "off": Off(percent=Decimal(100)),
            },
            Kind.BUNDLE: {
                "off": Off(price=Decimal(15)),
                "parts": tuple(Part(Items(variants=frozenset({each})), Decimal(1)) for each in (mug, pen)),
            },
            Kind.LADDER: {"steps": (Step(Decimal(100), Off(amount=Decimal(10))),), "repeats": True},
            Kind.COUPON: {"off": Off(amount=Decimal(5)), "min_order": Decimal(50), "total_uses": 9},
        }
        made = add_promotion(uow, Promotion(0, kind, name="Spring", **own[kind]))
    with store.viewing(SYSTEM) as view:
        before = promotions(view)[0].promotion
        version = promotions(view)[0].version
    app = open_app(store, Role.MANAGER)
    visit(app, "pricing/promotion", id=str(made))
    assert not app.exception
    app.text_input(key=f"promotion.{made}.{version}.name").set_value("Spring sale").run()
    app.button(key="promotion.save").click().run()
    assert not app.exception
    assert [each.value for each in app.error] == []
    with store.viewing(SYSTEM) as view:
        after = promotions(view)[0].promotion
    assert after == type(before)(**{**vars(before), "name": "Spring sale"})


def test_goods_and_customers_of_a_promotion_are_found_by_searching(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug, tea = a_product(uow, sku="MUG", name="Blue mug"), add_category(uow, "Tea")
        lotus = a_customer(uow, "Lotus").id
    app = open_app(store, Role.MANAGER)
    visit(app, "pricing/promotion", kind="bundle")
    key = "promotion.0.bundle"
    app.text_input(key=f"{key}.name").set_value("Set").run()
    app.text_input(key=f"{key}.parts.search").set_value("mug").run()
    app.multiselect(key=f"{key}.parts").set_value([f"v{mug.id}", f"p{mug.product_id}"]).run()
    app.text_input(key=f"{key}.parts.search").set_value("tea").run()
    app.multiselect(key=f"{key}.parts").set_value([f"v{mug.id}", f"p{mug.product_id}", f"c{tea}"]).run()
    app.number_input(key=f"{key}.part.c{tea}").set_value(3).run()
    app.number_input(key=f"{key}.price").set_value(20).run()
    app.text_input(key=f"{key}.customers.search").set_value("nobody").run()
    assert "Nothing is called “nobody”." in texts(app)
    app.text_input(key=f"{key}.customers.search").set_value("lotus").run()
    app.multiselect(key=f"{key}.customers").set_value([str(lotus)]).run()
    app.button(key="promotion.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        made = promotions(view)[0].promotion
    assert made.customers == {lotus}
    assert made.parts == (
        Part(Items(variants=frozenset({mug.id})), Decimal(1)),
        Part(Items(products=frozenset({mug.product_id})), Decimal(1)),
        Part(Items(categories=frozenset({tea})), Decimal(3)),
    )
    visit(app, "pricing/promotion", id=str(made.id))
    assert "Only for Lotus" in texts(app)
    assert "1 × Blue mug, all variants" in texts(app)


def test_coupons_are_issued_on_their_promotion(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        made = a_promotion(uow, Kind.COUPON, off=Off(amount=Decimal(5)))
    app = open_app(store, Role.MANAGER)
    visit(app, "pricing/promotion", id=str(made))
    app.text_area(key=f"promotion.{made}.coupons.codes").set_value("spring-1 spring-2")
    app.button(key=f"promotion.{made}.coupons.save").click().run()
    assert not app.exception
    visit(app, "pricing/promotion", id=str(made))
    frame = next(each.value for each in app.dataframe if "code" in each.value)
    assert list(frame["code"]) == ["SPRING-1", "SPRING-2"]


def test_a_coupon_at_order_entry_takes_off_and_the_line_says_why(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        made = a_promotion(uow, Kind.COUPON, off=Off(amount=Decimal(5)), name="Spring")
        issue_coupons(uow, made, ["SPRING"])
        house = a_warehouse(uow)
        order = a_draft(uow, house, [(goods(uow, house, 9, retail_price=60), 1)])
    app = open_app(store, Role.SALES)
    app.session_state["new_order.order"] = order
    visit(app, "sales/new_order")
    app.text_input(key="new_order.coupon").set_value("nobody").run()
    assert "There is no coupon with the code NOBODY" in app.error[0].value
    app.text_input(key="new_order.coupon").set_value("spring").run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert order_card(view, order).gross_amount == 55
    visit(app, "sales/order", id=str(order))
    assert "promotions take off ¥5.00" in texts(app)
    assert "**Spring** · takes off ¥5.00 here" in texts(app)


def test_who_may_not_edit_prices_finds_no_such_screens(store: Store) -> None:
    app = open_app(store, Role.SALES)
    for path in ("pricing/price_lists", "pricing/promotions"):
        with pytest.raises(ValueError, match="page"):
            visit(app, path)
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(PromotionOffer.id)).all() == []
