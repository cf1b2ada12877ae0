"""Calls every query of the product with whatever its parameters can be, for whoever asks."""

import inspect
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import select

from core.base.errors import AppError
from core.db.model import Base
from core.security.actor import SYSTEM, Actor
from core.work.command import QUERIES, Declared
from core.work.naming import IN_ROOM, MEANINGS
from core.work.store import Store
from tests.fences.permissions import matrix

MOST_IDS = 3
TABLES = {
    "alert": "alert",
    "batch": "import_batch",
    "category": "category",
    "channel": "channel",
    "count": "stock_count",
    "incident": "incident",
    "kit": "variant",
    "line": "order_line",
    "link": "view_link",
    "list": "price_list",
    "lot": "lot",
    "origin": "sales_order",
    "product": "product",
    "promotion": "promotion",
    "rule": "alert_rule",
    "subject": "sales_return",
    "supplier": "supplier",
    "user": "app_user",
    "variant": "variant",
    "view": "saved_view",
}
WORDS = {
    "board": ("sales",),
    "channel": ("Shop",),
    "document_type": ("sales_order", "order"),
    "kind": ("sales_return", "stock_transfer"),
    "language": ("en", "zh_CN"),
    "origin_type": ("order", "sales_order", "transfer"),
    "timezone": ("Asia/Shanghai",),
}
# Not called by themselves: what they take comes from another query or from a file, and is looked at there.
BY_HAND = {
    "analytics.figures_file": "writes the tables that it is given",
    "exchange.check_orders": "reads a file of the asker",
    "exchange.read_count_sheet": "reads a file of the asker",
    "catalog.meaning_of": "takes what another query found",
    "ops.tried_place": "writes to the place that it is given",
    "pricing.goods_names": "names of goods, whoever buys them",
    "stock.preview_late_sheet": "takes the draft that another query found",
    "stock.simulated_method": "costs of products, whoever buys them",
    "stock.with_kits": "takes the rows that another query found",
}


@dataclass(frozen=True)
class Heard:
    """What a query said to somebody: rows, or the sentence of its refusal."""

    query: str
    arguments: str
    said: str


def every_query() -> dict[str, Declared]:
    """All that the product declares."""
    matrix()
    return {name: each for name, each in QUERIES.items() if each.function.__module__.startswith("core.")}


def heard(store: Store, actor: Actor, texts: Sequence[str], mirror: Any = None) -> Iterator[Heard]:
    """What everything that the actor may ask answers, to every id there is and to these texts."""
    for name, declared in sorted(every_query().items()):
        if name in BY_HAND or not actor.may(declared.permission):
            continue
        for words in _calls(store, name, declared.function, tuple(texts), mirror):
            try:
                with store.viewing(actor) as view:
                    said = declared.function(view, **words)
                    said = said if not isinstance(said, Iterator) else list(said)
                    yield Heard(name, repr(words)[:200], shown(said))
            except AppError as refusal:
                yield Heard(name, repr(words)[:200], refusal.sentence)


def shown(said: Any) -> str:
    """All that stands in an answer, bytes as far as they are text."""
    if isinstance(said, bytes):
        return said.decode("utf-8", "ignore") + said.decode("gbk", "ignore")
    return repr(said)


def _calls(
    store: Store, name: str, function: Callable[..., Any], texts: tuple[str, ...], mirror: Any
) -> Iterator[dict[str, Any]]:
    plain = inspect.unwrap(function)
    hints = typing.get_type_hints(plain)
    room = name.partition(".")[0]
    wanted = [each for each in list(inspect.signature(plain).parameters.values())[1:]]
    needed = [each.name for each in wanted if each.default is each.empty]
    optional = [each.name for each in wanted if each.default is not each.empty]
    choices = {word: _choices(store, room, word, hints.get(word), texts, mirror) for word in needed}
    unknown = [word for word, chosen in choices.items() if chosen is None]
    assert not unknown, f"{name}: say in tests/leaks/walk.py what {unknown} can be, or why nobody can ask it so"
    longest = max((len(chosen or ()) for chosen in choices.values()), default=1)
    for number in range(longest):
        yield {word: chosen[number % len(chosen)] for word, chosen in choices.items() if chosen}
    first = {word: chosen[0] for word, chosen in choices.items() if chosen}
    for word in optional:
        if word in ("text", "customer_id", "order_id", "warehouse_id", "typed"):
            for each in islice(_choices(store, room, word, hints.get(word), texts, mirror) or (), MOST_IDS):
                yield {**first, word: each}


def _choices(
    store: Store, room: str, word: str, hint: Any, texts: tuple[str, ...], mirror: Any
) -> Sequence[Any] | None:
    """What a parameter can be; None where nobody said."""
    if word == "mirror":
        return [mirror] if mirror is not None else []
    table = IN_ROOM.get((room, word), MEANINGS.get(word)) or TABLES.get(word.removesuffix("_ids").removesuffix("_id"))
    if word in ("ids", "origins"):
        table = "sales_order"
    if table is not None and (word.endswith(("_id", "ids")) or word == "origins"):
        ids = list(_ids(store, table))
        if word == "origins":
            return [[("order", each) for each in ids]]
        return [ids] if word.endswith("ids") else ids or [1]
    if word in WORDS:
        return WORDS[word]
    return _of_type(store, word, hint, texts)


def _of_type(store: Store, word: str, hint: Any, texts: tuple[str, ...]) -> Sequence[Any] | None:
    day = store.clock.now().date()
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(each for each in typing.get_args(hint) if each is not type(None))
    if hint is str:
        return texts
    if hint is bool:
        return (False, True)
    if hint is Decimal:
        return (Decimal(1),)
    if hint is datetime:
        return (datetime(2020, 1, 1, tzinfo=UTC), store.clock.now())
    if hint is timedelta:
        return (timedelta(days=1),)
    if hint is date:
        return (date(2020, 1, 1),) if word == "since" else (day,)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)
    if isinstance(hint, type) and is_dataclass(hint) and _is_empty(hint):
        return [hint()]
    if getattr(hint, "__name__", "") == "OrderCard":
        return _cards(store)
    if word == "lines":
        return [[]]
    return [[]] if typing.get_origin(hint) in (Iterable, Collection, Sequence) else None


def _is_empty(kind: Any) -> bool:
    return all(each.default is not MISSING or each.default_factory is not MISSING for each in fields(kind))


@cache
def _ids(store: Store, table: str) -> tuple[int, ...]:
    known = Base.metadata.tables[table]
    with store.viewing(SYSTEM) as view:
        ids = list(view.session.scalars(select(known.c.id).order_by(known.c.id)))
    return tuple(ids[:: max(len(ids) // MOST_IDS, 1)])


@cache
def _cards(store: Store) -> tuple[Any, ...]:
    order_card = every_query()["sales.order_card"].function
    with store.viewing(SYSTEM) as view:
        return tuple(order_card(view, each) for each in _ids(store, "sales_order")[:5])
