"""The columns of an order file as data, and guessing which column of a file is which."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.base.i18n import N_, _
from core.exchange.errors import AmbiguousColumn, BadMapping, ColumnTwice, MissingColumns, UnknownColumn, UnknownField


@dataclass(frozen=True)
class Field:
    """One field of an order line, and the names that its column has elsewhere, the surest ones first.

    Two columns of the same rank are a tie, which only the user can decide.
    """

    name: str
    label: str
    names: tuple[frozenset[str], ...]
    is_required: bool = False
    length: int = 0


MOST_SHOWN, LONGEST_SHOWN = 40, 40
_PLACE = re.compile(r"#(\d{1,6})", re.ASCII)


def _words(text: str) -> frozenset[str]:
    return frozenset(normal(word) for word in text.split("|"))


def normal(name: str) -> str:
    """The form in which column names are compared: no case, blanks, marks or remarks in brackets."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]", "", re.sub(r"\(.*?\)", "", plain))


FIELDS = {
    each.name: each
    for each in (
        Field(
            "order_number",
            N_("Order number"),
            (
                _words(
                    "order number|order no|order id|invoice no|invoice number|invoice|sales order|order code|"
                    "transaction id|订单编号|订单号|订单id|单号|单据编号|订单编码|交易号|交易编号"
                ),
                _words("order|name|订单"),
            ),
            is_required=True,
            length=64,
        ),
        Field(
            "ordered_at",
            N_("Order time"),
            (
                _words(
                    "order date|order time|ordered at|invoice date|order datetime|created at|order created at|"
                    "purchase date|下单时间|订单创建时间|订单时间|订单日期|下单日期|单据日期|创建时间"
                ),
                _words("date|time|timestamp|日期|时间|交易时间|成交时间"),
            ),
            is_required=True,
        ),
        Field(
            "sku",
            N_("Product code"),
            (
                _words(
                    "sku|stock code|product id|product code|product sku|item code|item no|item number|item id|"
                    "lineitem sku|商品编码|商品编号|商品id|商家编码|货号|条码|产品编码|产品编号|sku编码|商品代码"
                ),
                _words("product|item|code|barcode|编码|商品|产品"),
            ),
            is_required=True,
            length=64,
        ),
        Field(
            "quantity",
            N_("Quantity"),
            (
                _words(
                    "quantity|qty|order quantity|item quantity|lineitem quantity|units|pieces|"
                    "数量|购买数量|商品数量|件数|销售数量|订购数量"
                ),
                _words("count|宝贝总数量"),
            ),
            is_required=True,
        ),
        Field(
            "unit_price",
            N_("Unit price"),
            (
                _words("unit price|item price|lineitem price|单价|商品单价|销售单价|成交单价|售价"),
                _words("price|价格|商品价格"),
            ),
        ),
        Field(
            "amount",
            N_("Amount of the line"),
            (
                _words(
                    "line amount|line total|paid amount|amount paid|net amount|实付金额|实付|实付款|支付金额|"
                    "买家实际支付金额|成交金额|订单金额|商品金额|销售额|销售金额"
                ),
                _words("amount|sales|sales amount|金额"),
                _words("total|revenue|subtotal|总金额|总价|合计|小计"),
            ),
        ),
        Field(
            "discount_rate",
            N_("Discount rate"),
            (_words("discount rate|discount percent|discount pct|折扣率"), _words("discount|折扣")),
        ),
        Field(
            "discount_amount",
            N_("Discount amount"),
            (_words("discount amount|lineitem discount|优惠金额|折扣金额|优惠"),),
        ),
        Field(
            "unit_cost",
            N_("Cost of a unit"),
            (_words("unit cost|cost price|item cost|cost per unit|单位成本|成本单价|成本价"),),
        ),
        Field(
            "cost",
            N_("Cost of the line"),
            (_words("line cost|total cost|cost amount|cogs|成本金额|总成本|销售成本"), _words("cost|成本")),
        ),
        Field(
            "profit",
            N_("Profit of the line"),
            (_words("profit|gross profit|line profit|margin amount|利润|毛利|毛利额|利润额|销售毛利"),),
        ),
        Field(
            "product_name",
            N_("Product name"),
            (
                _words("product name|item name|lineitem name|商品名称|商品标题|宝贝标题|品名|产品名称|商品名"),
                _words("description|product description|title|名称"),
            ),
            length=200,
        ),
        Field(
            "category",
            N_("Category"),
            (_words("category|product category|商品分类|分类|类目|品类|商品类别|类别"),),
            length=80,
        ),
        Field(
            "sub_category",
            N_("Sub-category"),
            (_words("sub category|subcategory|product subcategory|二级分类|子类目|子类别|子分类"),),
            length=80,
        ),
        Field("brand", N_("Brand"), (_words("brand|brand name|品牌|商品品牌"),), length=80),
        Field(
            "customer_code",
            N_("Customer code"),
            (
                _words(
                    "customer id|customer code|customer no|customer number|user id|buyer id|member id|client id|"
                    "客户编码|客户编号|客户id|会员编号|会员号|会员id|用户id|买家会员名"
                ),
                _words("customer|buyer|client|email|客户|买家"),
            ),
            length=64,
        ),
        Field(
            "customer_name",
            N_("Customer name"),
            (
                _words("customer name|buyer name|client name|客户名称|客户姓名|会员名称|买家姓名"),
                _words("收货人姓名|收货人|shipping name|recipient"),
            ),
            length=200,
        ),
        Field(
            "region",
            N_("Region"),
            (
                _words("region|sales region|地区|区域|大区|销售区域"),
                _words("user province name|province|state|省份|省|收货省份"),
                _words("country|国家"),
                _words("shipping city|city|城市|市"),
            ),
            length=80,
        ),
        Field(
            "wanted_on",
            N_("Wished-for day"),
            (
                _words(
                    "wanted on|wanted by|wished for day|requested date|requested delivery date|required date|"
                    "required delivery date|delivery date|deliver by|要货日期|交货日期|要求交货日期|期望交货日期|"
                    "期望发货日期|要求发货日期|送货日期|交期"
                ),
                _words("due date|needed by|到货日期"),
            ),
        ),
        Field("sales_rep", N_("Sales rep"), (_words("sales rep|sales person|salesperson|业务员|销售员|销售代表"),)),
        Field(
            "status",
            N_("Order status"),
            (_words("order status|订单状态|交易状态"), _words("status|financial status|状态")),
        ),
        Field("warehouse", N_("Warehouse"), (_words("warehouse|仓库|发货仓库|出库仓库"),)),
        Field(
            "phone",
            N_("Phone"),
            (_words("phone|mobile|telephone|customer phone|联系手机|手机|手机号|电话"), _words("联系电话")),
            length=40,
        ),
        Field(
            "note",
            N_("Note"),
            (_words("note|notes|remark|remarks|order note|备注|订单备注"), _words("买家留言|comment")),
            length=1000,
        ),
    )
}

Columns = dict[str, int]
"""Field → position of its column in the file."""


def recognised(cells: Sequence[str]) -> int:
    """How many fields these cells could be the header of."""
    known = {normal(cell) for cell in cells}
    return sum(any(known & rank for rank in field.names) for field in FIELDS.values())


def read_choice(options: Iterable[str]) -> dict[str, str]:
    """What `field=column` options say; an empty column means that the field is not in the file."""
    chosen = {}
    for option in options:
        name, equals, column = option.partition("=")
        if not equals:
            raise BadMapping(text=option)
        chosen[name.strip()] = column.strip()
    return chosen


def match_columns(
    header: Sequence[str], chosen: Mapping[str, str] | None = None, remembered: Mapping[str, str] | None = None
) -> Columns:
    """Which column is which: as chosen, else as remembered, else as guessed.

    Refuses what is missing, tied, unknown or used twice.
    """
    columns = {name: at for name, at in _guess(header, chosen or {}, remembered or {}).items() if at is not None}
    missing = [field for field in FIELDS.values() if field.is_required and field.name not in columns]
    if "unit_price" not in columns and "amount" not in columns:
        missing.append(FIELDS["unit_price"])
    if missing:
        raise MissingColumns(
            fields=", ".join(f"{_(field.label)} ({field.name})" for field in missing),
            columns=_listed(header),
            example=f'{missing[0].name}="{next((name for name in column_names(header) if name), "")}"',
        )
    return columns


def column_names(header: Sequence[str]) -> list[str]:
    """A name for each column that no other one has: its header, with its place where that says too little."""
    counted = Counter(header)
    return [
        name if name and counted[name] == 1 else f"{name} #{place}".strip()
        for place, name in enumerate(header, start=1)
    ]


def guess_columns(header: Sequence[str], remembered: Mapping[str, str] | None = None) -> Columns:
    """The guesses that are sure, for a screen that asks about the rest."""
    columns: Columns = {}
    for name in FIELDS:
        try:
            at = _guess(header, {}, remembered or {}, only=name)[name]
        except AmbiguousColumn:
            continue
        if at is not None and at not in columns.values():
            columns[name] = at
    return columns


def _guess(
    header: Sequence[str], chosen: Mapping[str, str], remembered: Mapping[str, str], only: str | None = None
) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name, column in chosen.items():
        if name not in FIELDS:
            raise UnknownField(field=name, fields=", ".join(FIELDS))
        found[name] = _position(header, column, name) if column else None
    own = column_names(header)
    if all(column in own for column in remembered.values()):
        for name, column in remembered.items():
            if name in FIELDS and name not in found:
                found[name] = own.index(column)
    taken: dict[int, str] = {}
    for name, at in found.items():
        if at is not None and at in taken:
            raise ColumnTwice(column=own[at], first=FIELDS[taken[at]].label, second=FIELDS[name].label)
        if at is not None:
            taken[at] = name
    names = [normal(column) for column in header]
    for name in [only] if only else FIELDS:
        if name not in found:
            free = [at for at in range(len(header)) if at not in taken]
            found[name] = _best(FIELDS[name], header, names, free)
    return found


def _best(field: Field, header: Sequence[str], names: Sequence[str], free: Sequence[int]) -> int | None:
    for rank in field.names:
        fitting = [at for at in free if names[at] in rank]
        if len(fitting) > 1:
            raise _tie(field, header, fitting)
        if fitting:
            return fitting[0]
    return None


def _position(header: Sequence[str], column: str, field: str) -> int:
    own = column_names(header)
    if column in own:
        return own.index(column)
    place = _PLACE.fullmatch(column)
    if place and 1 <= int(place[1]) <= len(header):
        return int(place[1]) - 1
    fitting = [at for at, name in enumerate(header) if name == column] or [
        at for at, name in enumerate(header) if name and normal(name) == normal(column)
    ]
    if not fitting:
        raise UnknownColumn(column=column, columns=_listed(header))
    if len(fitting) > 1:
        raise _tie(FIELDS[field], header, fitting)
    return fitting[0]


def _listed(header: Sequence[str]) -> str:
    names = [
        name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}…"
        for name, plain in zip(column_names(header), header, strict=True)
        if plain
    ]
    return ", ".join(names[:MOST_SHOWN]) + (", …" if len(names) > MOST_SHOWN else "")


def _tie(field: Field, header: Sequence[str], fitting: Sequence[int]) -> AmbiguousColumn:
    own = column_names(header)
    first, second = own[fitting[0]], own[fitting[1]]
    example = f'"{first}"' if header[fitting[0]] == first else f"#{fitting[0] + 1}"
    return AmbiguousColumn(first=first, second=second, field=field.label, example=f"{field.name}={example}")
