"""Who and what the demo company deals with: products, customers, warehouses, channels, people."""

import csv
import json
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from core.base.settings import PROJECT_DIR
from core.security.permissions import Role

SEED_DIR = PROJECT_DIR / "data" / "seed"
SERVICES = "服务"
CUSTOMERS = 300

WAREHOUSES = (("SH", "上海总仓"), ("GZ", "广州仓"), ("CD", "成都仓"))
ADDRESSES = {
    "SH": {"province": "上海", "city": "上海", "street": "青浦区华新镇华腾路 1288 号"},
    "GZ": {"province": "广东", "city": "广州", "street": "白云区太和镇物流园 3 号库"},
    "CD": {"province": "四川", "city": "成都", "street": "新都区物流大道 66 号"},
}
WHOLESALE, SHOP, TMALL, JD, WECHAT = range(5)
CHANNELS = ("批发大客户", "门店零售", "天猫旗舰店", "京东旗舰店", "微信小程序")
PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("admin", "王建国", Role.ADMINISTRATOR),
    ("manager", "陈静", Role.MANAGER),
    ("sales", "李娜", Role.SALES),
    ("zhangwei", "张伟", Role.SALES),
    ("liuyang", "刘洋", Role.SALES),
    ("zhaomin", "赵敏", Role.SALES),
    ("service", "周婷婷", Role.SERVICE),
    ("warehouse", "孙强", Role.WAREHOUSE),
    ("buyer", "吴文博", Role.BUYER),
    ("finance", "郑丽", Role.FINANCE),
)


@dataclass(frozen=True)
class Goods:
    """A product with its prices in fen, how well it sells, and from when to when (0 to 1 of the period)."""

    sku: str
    name: str
    path: tuple[str, ...]
    brand: str
    unit: str
    barcode: str
    tax: int
    retail: int
    wholesale: int
    purchase: int
    lowest: int
    is_service: bool
    popularity: float
    since: float
    until: float
    cover: float


@dataclass(frozen=True)
class Buyer:
    """A customer: where it is, who looks after it, how often it buys, and how late it pays."""

    name: str
    is_company: bool
    region: str
    city: str
    street: str
    phone: str
    contact: str
    position: str
    tags: tuple[str, ...]
    channel: int
    warehouse: int
    rep: int
    loyalty: float
    since: float
    until: float
    days_to_pay: int


def the_goods(random: Random) -> list[Goods]:
    """The assortment of data/seed/products.csv: a few sell very well, most sell now and then."""
    with (SEED_DIR / "products.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    ranks = random.sample(range(len(rows)), len(rows))
    serials: dict[str, int] = {}
    goods = []
    for n, (row, rank) in enumerate(zip(rows, ranks, strict=True)):
        serials[row["code"]] = serials.get(row["code"], 0) + 1
        retail = int(Decimal(row["price"]) * 100)
        is_service = row["category"] == SERVICES
        launched_late, leaves = random.random() < 0.12, random.random() < 0.04
        goods.append(
            Goods(
                sku=f"{row['code']}{serials[row['code']]:03d}",
                name=row["name"],
                path=(row["category"],) if is_service else (row["category"], row["group"]),
                brand=row["brand"],
                unit=row["unit"],
                barcode="" if is_service else _ean13(690_100_000_000 + 1_000 * (n // 25) + n * 7),
                tax=int(Decimal(row["tax"]) * 10_000),
                retail=retail,
                wholesale=retail if is_service else _rounded(retail * random.uniform(0.78, 0.86)),
                purchase=0 if is_service else _rounded(retail * random.uniform(0.52, 0.66)),
                lowest=0 if is_service else _rounded(retail * 0.7),
                is_service=is_service,
                popularity=0.02 if is_service else 1 / (rank + 4) ** 0.85 * (1.4 if retail < 10_000 else 0.8),
                since=random.uniform(0.15, 0.85) if launched_late else 0.0,
                until=0.9 if leaves and not launched_late else 1.0,
                cover=random.choice((0.0, 0.1, 0.3, 0.5)),
            )
        )
    return goods


def the_buyers(random: Random, reps: int) -> list[Buyer]:
    """Companies and persons of real provinces; most were there from the start, some came, a few left."""
    names = json.loads((SEED_DIR / "names.json").read_text(encoding="utf-8"))
    with (SEED_DIR / "regions.csv").open(encoding="utf-8", newline="") as stream:
        regions = list(csv.DictReader(stream))
    codes = [code for code, _ in WAREHOUSES]
    weights = [int(row["weight"]) for row in regions]
    ranks = random.sample(range(CUSTOMERS), CUSTOMERS)
    taken: set[str] = set()
    buyers = []
    for rank in ranks:
        channel = random.choices(range(len(CHANNELS)), (48, 12, 16, 13, 11))[0]
        region = random.choices(regions, weights)[0]
        city = random.choice(region["cities"].split())
        is_company = channel == WHOLESALE or (channel == SHOP and random.random() < 0.5)
        person = _person(names, random)
        name = _company(names, city, random) if is_company else person
        while name in taken:
            name = _company(names, city, random) if is_company else _person(names, random)
        taken.add(name)
        buyers.append(
            Buyer(
                name=name,
                is_company=is_company,
                region=region["region"],
                city=city,
                street=f"{city}市{random.choice(names['streets'])}{random.randint(1, 899)}号",
                phone=f"1{random.choice((38, 39, 58, 59, 86, 88))}{random.randint(0, 99_999_999):08d}",
                contact=person,
                position=random.choice(names["positions"]) if is_company else "",
                tags=("重点客户",) if is_company and rank < 30 else (),
                channel=channel,
                warehouse=codes.index(region["warehouse"]),
                rep=random.randrange(reps),
                loyalty=1 / (rank + 5) ** 0.7,
                since=0.0 if random.random() < 0.6 else random.uniform(0.0, 0.9),
                until=1.0 if random.random() < 0.88 else random.uniform(0.5, 0.95),
                days_to_pay=random.choice((3, 7, 15, 30, 30, 45, 60)) if channel == WHOLESALE else 0,
            )
        )
    return buyers


def _person(names: dict[str, Any], random: Random) -> str:
    return f"{random.choice(names['surnames'])}{random.choice(names['given'])}"


def _company(names: dict[str, Any], city: str, random: Random) -> str:
    return f"{city}{random.choice(names['company_words'])}{random.choice(names['company_kinds'])}"


def _rounded(fen: float) -> int:
    """A price as a shop would write it: whole jiao, above 100 yuan whole yuan."""
    step = 100 if fen >= 10_000 else 10
    return int(fen / step) * step


def _ean13(twelve: int) -> str:
    digits = [int(sign) for sign in f"{twelve:012d}"]
    total = sum(even + 3 * odd for even, odd in zip(digits[::2], digits[1::2], strict=True))
    return f"{twelve:012d}{-total % 10}"
