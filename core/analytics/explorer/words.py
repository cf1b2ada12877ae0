"""Finding measures and dimensions by the words people use for them, in Chinese and English alike."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol

from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.measures import MEASURES
from core.base.i18n import LANGUAGES, said_in
from core.base.search import folded, initials_of

# What people say for these, beside their names.
ALSO: Mapping[str, str] = {
    "net_sales": "revenue turnover income 销售额 营业额 业绩 收入 流水",
    "gross_sales": "revenue with tax 含税销售额 价税合计",
    "tax": "vat 税额 增值税",
    "quantity": "units pieces volume 销量 件数 卖了多少",
    "orders": "order count 单量 订单数 笔数",
    "customers": "buyers clients 客户数 买家",
    "average_order": "basket aov ticket 客单价 笔单价",
    "discount": "rebate 折让 优惠 让利",
    "returns": "refunds 退款 退货额",
    "return_rate": "refund rate 退货率",
    "cost": "成本",
    "margin": "profit gross profit 毛利 利润 赚了多少",
    "margin_rate": "profit margin gross margin percent 毛利率 利润率",
    "collected": "cash received payments 回款 收款 到账",
    "collection_rate": "cash rate 回款率",
    "fill_rate": "service level on time 满足率 准时率 履约",
    "on_hand": "stock inventory 库存 结存",
    "stock_value": "inventory value 库存金额 占用资金",
    "turns": "turnover rotation 周转 周转率",
    "days_on_hand": "days of inventory 周转天数",
    "gmroi": "return on inventory 库存回报",
    "sell_through": "动销率 售罄率",
    "weeks_of_cover": "cover 可售周数 够卖多久",
    "stock_out_days": "out of stock 缺货 断货",
    "day": "date daily 日期 每天 按天",
    "week": "weekly 每周 按周",
    "month": "monthly 每月 按月",
    "quarter": "quarterly 季度",
    "year": "yearly annual 每年 年度",
    "hour": "time of day 时段 几点",
    "weekday": "day of week 周几 星期几",
    "product": "goods article 商品 货品",
    "sku": "variant 规格 货号",
    "category": "class 品类 类目",
    "customer": "client buyer 买家 往来客户",
    "region": "province city 省份 城市 地域",
    "channel": "shop store platform 店铺 平台",
    "warehouse": "store house 仓",
    "sales_rep": "salesperson seller 业务员 销售员",
    "segment": "rfm group 人群 分层",
}


class Named(Protocol):
    """What has a name, a label and a sentence."""

    @property
    def label(self) -> str:
        """What it is called."""
        ...

    @property
    def sentence(self) -> str:
        """What it means."""
        ...


def find_measures(typed: str, among: Iterable[str] | None = None) -> list[str]:
    """The measures that the words stand for, the nearest first; all of them where nothing was typed."""
    return _found(typed, MEASURES, among)


def find_dimensions(typed: str, among: Iterable[str] | None = None) -> list[str]:
    """The dimensions that the words stand for, the nearest first."""
    return _found(typed, DIMENSIONS, among)


def _found(typed: str, known: Mapping[str, Named], among: Iterable[str] | None) -> list[str]:
    names = list(known if among is None else among)
    words = folded(typed).split()
    if not words:
        return names
    near = {name: _nearness(name, known[name], tuple(words)) for name in names}
    return sorted((name for name in names if near[name]), key=lambda name: -near[name])


def _nearness(name: str, named: Named, words: tuple[str, ...]) -> int:
    """Nought unless every word is found; a name weighs more than a synonym, that more than a sentence."""
    called, also, told = _texts(name, named.label, named.sentence)
    weights = []
    for word in words:
        if word in called:
            weights.append(8)
        elif any(text.startswith(word) for text in called):
            weights.append(6)
        elif any(word in text for text in (*called, also)):
            weights.append(4)
        elif word in told:
            weights.append(1)
        else:
            return 0
    return sum(weights)


@cache
def _texts(name: str, label: str, sentence: str) -> tuple[tuple[str, ...], str, str]:
    labels = [said_in(language, label) for language in LANGUAGES]
    called = tuple(dict.fromkeys([*map(folded, labels), folded(name.replace("_", " ")), *map(initials_of, labels)]))
    return called, folded(ALSO.get(name, "")), folded(" ".join(said_in(language, sentence) for language in LANGUAGES))
