"""Price lists and promotions of the demo company."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from core.catalog.models import Category
from core.customers.models import CustomerTag
from core.demo.cast import TMALL, WECHAT, WHOLESALE
from core.demo.stage import Stage
from core.demo.supply import BANK, CABLE, CHARGER
from core.pricing.lists import PriceListEntry, PriceRuleEntry, add_price_list, add_price_rules, publish_price_list
from core.pricing.promotions import add_promotion, issue_coupons, publish_promotion
from core.pricing.rules.prices import Audience, Target
from core.pricing.rules.promotions import Items, Kind, Off, Promotion, Step
from core.security.permissions import Role


def make_offers(stage: Stage) -> None:
    """Lists for key customers, for large quantities and for one channel, one for later; promotions live and drafted."""
    stage.go_to(stage.plan.ends_at)
    with stage.looking() as view:
        tag_id = view.session.scalars(select(CustomerTag.id).where(CustomerTag.name == "重点客户")).one()
        categories = {each.name: each.id for each in view.session.scalars(select(Category))}
    channels = stage.company.channels
    begins, digital = stage.until - timedelta(days=20), categories["数码配件"]

    by_tag = PriceListEntry("重点客户协议价", Audience.TAG, tag_id, note="年度框架协议")
    _list(
        stage,
        "tag",
        by_tag,
        [
            PriceRuleEntry(formula="wholesale_price * 0.97"),
            PriceRuleEntry(Target.CATEGORY, digital, formula="wholesale_price * 0.95"),
        ],
    )
    _list(
        stage,
        "steps",
        PriceListEntry("批发阶梯价", Audience.CHANNEL, channels[WHOLESALE], since=begins),
        [
            PriceRuleEntry(
                Target.VARIANT, stage.variant(name), _price(stage, name, percent), min_quantity=Decimal(quantity)
            )
            for name in (CHARGER, BANK, CABLE)
            for quantity, percent in ((50, 97), (100, 94))
        ],
    )
    _list(
        stage,
        "tmall",
        PriceListEntry(
            "天猫双十二预热价",
            Audience.CHANNEL,
            channels[TMALL],
            since=begins,
            until=stage.until + timedelta(days=24),
        ),
        [PriceRuleEntry(Target.CATEGORY, digital, formula="list_price * 0.92")],
    )
    later = PriceListEntry("年货节预备价", since=stage.until + timedelta(days=40))
    _list(stage, "later", later, [PriceRuleEntry(formula="list_price * 0.9")], is_published=False)
    _promote(stage, categories)


def _list(
    stage: Stage, word: str, entry: PriceListEntry, rules: list[PriceRuleEntry], *, is_published: bool = True
) -> None:
    list_id = stage.act(f"list.{word}", Role.MANAGER, add_price_list, entry)
    stage.act(f"list.{word}.rules", Role.MANAGER, add_price_rules, list_id, rules)
    if is_published:
        stage.act(f"list.{word}.published", Role.MANAGER, publish_price_list, list_id)


def _promote(stage: Stage, categories: dict[str, int]) -> None:
    ends = stage.until + timedelta(days=21)
    mini = frozenset({stage.company.channels[WECHAT]})
    live = Promotion(
        0,
        Kind.LADDER,
        "小程序满减",
        channels=mini,
        since=stage.until - timedelta(days=7),
        until=ends,
        steps=(Step(Decimal(300), Off(amount=Decimal(30))), Step(Decimal(500), Off(amount=Decimal(60)))),
    )
    coupon = Promotion(
        0,
        Kind.COUPON,
        "新客立减 20 元",
        until=ends,
        min_order=Decimal(100),
        off=Off(amount=Decimal(20)),
        uses_per_customer=1,
    )
    back = Promotion(
        0,
        Kind.COUPON,
        "老客回访券 15 元",
        since=stage.until - timedelta(days=7),
        until=ends,
        min_order=Decimal(80),
        off=Off(amount=Decimal(15)),
        held_out=Decimal("0.2"),
    )
    draft = Promotion(
        0,
        Kind.NTH,
        "洗护第二件半价",
        items=Items(categories=frozenset({categories["洗发沐浴"]})),
        nth=2,
        off=Off(percent=Decimal(50)),
    )
    for word, promotion in (("live", live), ("coupon", coupon), ("back", back), ("draft", draft)):
        made = stage.act(f"promotion.{word}", Role.MANAGER, add_promotion, promotion)
        if promotion is coupon:
            codes = [f"XK{stage.until:%y%m}{n:02d}" for n in range(1, 6)]
            stage.act("promotion.coupon.codes", Role.MANAGER, issue_coupons, made, codes)
        if promotion is back:
            code = [f"HF{stage.until:%y%m}"]
            stage.act("promotion.back.codes", Role.MANAGER, issue_coupons, made, code, most_uses=None)
        if promotion is not draft:
            stage.act(f"promotion.{word}.published", Role.MANAGER, publish_promotion, made)


def _price(stage: Stage, name: str, percent: int) -> Decimal:
    return Decimal(stage.plan.goods[stage.goods(name)].wholesale * percent).scaleb(-4)
