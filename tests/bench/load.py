"""A team at work: signed-in people over real websockets, two app processes behind nginx on PostgreSQL.

`make bench ONLY=load`, with `USERS` (100), `MINUTES` (5) and `LINES` of the demo company (20000) from the environment.
"""

import asyncio
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, time

import psutil
from sqlalchemy import select

from core.accounts.sessions import sign_in
from core.base.settings import Settings
from core.customers.models import Channel
from core.db.migrate import migrate
from core.demo.service import SEED, make_demo
from core.ops.nightly import look
from core.sales.entry import order_defaults
from core.sales.models import BusinessState, SalesOrder
from core.security import passwords
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.work.store import Store
from tests.bench.people import Failed, Visitor
from tests.bench.table import Figure, at_most, benchmark, reported
from tests.builders import a_customer, a_product
from tests.hosted import Site, hosted, prepare, trusting
from tests.pages.app import PASSWORD, a_user
from tests.postgres import start_postgresql

USERS, MINUTES = int(os.environ.get("USERS") or 100), float(os.environ.get("MINUTES") or 5)
LINES = int((os.environ.get("LINES") or "20000").split(",")[0])
PACE_SECONDS = 5.0
GOODS, ON_SHELF, LINES_OF_AN_ORDER = 40, 1_000_000, 3
STEP_MS, CHART_MS, OPENED_AT_ONCE = 1_000, 2_000, 4


@dataclass
class Work:
    """What people did: how long each step took, what failed, the numbers of orders that were confirmed."""

    until: float = 0.0
    opened: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    charts: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    confirmed: int = 0


@benchmark("load")
def load() -> Iterator[Figure]:
    """So many people, one action each every five seconds: half enter orders, half look at the sales dashboard."""
    program = prepare()
    if program is None:
        raise SystemExit("The load needs nginx.")
    with tempfile.TemporaryDirectory(prefix="salesbook-bench-") as directory, start_postgresql() as url:
        store = Store(Settings(data_dir=Path(directory), database_url=url))
        migrate(store.engine)
        tokens, channel = fill(store)
        before = confirmed_orders(store)
        with hosted(store.settings, Path(directory), program) as site:
            apps = [psutil.Process(process.pid) for process in site.apps.values()]
            work, began, grown, busy = asyncio.run(everybody(site, tokens, channel, apps))
        lost = work.confirmed - (confirmed_orders(store) - before)
        differences = len(look(store, SYSTEM))
        store.engine.dispose()
    facts = {"database": "postgresql", "size": USERS}
    for error in dict.fromkeys(work.errors):
        sys.stdout.write(f"  {work.errors.count(error)} x {error[:300]}\n")
    yield at_most(0, name="load: errors", value=len(work.errors), unit="", **facts)
    yield at_most(STEP_MS, name="load: order entry step, p95", value=p95(work.steps), unit="ms", **facts)
    yield reported(name="load: order entry step, median", value=median(work.steps) * 1000, unit="ms", **facts)
    yield at_most(CHART_MS, name="load: charts after a click, p95", value=p95(work.charts), unit="ms", **facts)
    yield reported(name="load: charts after a click, median", value=median(work.charts) * 1000, unit="ms", **facts)
    yield reported(name="load: screen opened, p95", value=p95(work.opened), unit="ms", **facts)
    yield reported(name="load: actions", value=len(work.steps) + len(work.charts), unit="", **facts)
    yield reported(name="load: orders confirmed", value=work.confirmed, unit="", **facts)
    yield at_most(0, name="load: orders confirmed and lost", value=abs(lost), unit="", **facts)
    yield at_most(0, name="load: differences found by the checks", value=differences, unit="", **facts)
    yield reported(name="load: memory of a process at the beginning", value=began, unit="MB", **facts)
    yield at_most(60, name="load: memory grown in the second half", value=grown, unit="MB", **facts)
    yield reported(name="load: processor of the apps", value=busy * 100, unit="%", **facts)


def fill(store: Store) -> tuple[list[str], str]:
    """The demo company, goods enough for everybody, people who are signed in; their tokens, and a busy channel."""
    make_demo(store, LINES, SEED)
    with store.working(SYSTEM) as uow:
        _, house = order_defaults(uow)
        a_customer(uow, "Load Trading")
        shelf = [Line(a_product(uow, sku=f"LOAD{n:02d}").id, Decimal(ON_SHELF)) for n in range(GOODS)]
        receive_goods(uow, warehouse_id=house, lines=shelf)
        channel = uow.session.scalars(select(Channel.name).order_by(Channel.id)).first()
    passwords.ROUNDS = 4
    tokens = []
    for number in range(USERS):
        a_user(store, Role.MANAGER, username=f"load{number}")
        tokens.append(sign_in(store, f"load{number}", PASSWORD))
    return tokens, channel or ""


async def everybody(
    site: Site, tokens: list[str], channel: str, apps: list[psutil.Process]
) -> tuple[Work, float, float, float]:
    """Let everybody come and work; what they did, memory at first and what it grew by, and how busy the apps were."""
    work, trust, door = Work(), trusting(), asyncio.Semaphore(OPENED_AT_ONCE)
    people = [
        Visitor(site.address, token, "dashboard" if number % 2 else "new-order") for number, token in enumerate(tokens)
    ]

    async def come(visitor: Visitor) -> None:
        async with door:
            try:
                work.opened.append(await visitor.open(trust))
            except (Failed, OSError, TimeoutError) as failed:
                work.errors.append(f"{type(failed).__name__} {failed} while {visitor.page} was opened")

    await asyncio.gather(*map(come, people))
    work.until = perf_counter() + MINUTES * 60
    spent, began = sum(map(cpu, apps)), perf_counter()
    working = [
        asyncio.create_task(look_around(each, work, channel) if number % 2 else enter_orders(each, work))
        for number, each in enumerate(people)
    ]
    first = memory(apps)
    await asyncio.sleep(MINUTES * 30)
    half = memory(apps)
    await asyncio.gather(*working)
    grown = memory(apps) - half
    busy = (sum(map(cpu, apps)) - spent) / (perf_counter() - began)
    await asyncio.gather(*(visitor.close() for visitor in people))
    return work, first, grown, busy


async def enter_orders(visitor: Visitor, work: Work) -> None:
    """Order after order of three lines, a step each five seconds."""
    chance, count, lines = random.Random(visitor.token), 0, 0
    async for _ in beats(work, chance):
        try:
            if visitor.has("new_order.customer"):
                spent = await visitor.tell("new_order.customer", queue=[entry("load trading", count)])
                visitor.widgets.pop("new_order.customer")
                lines = 0
            elif lines < LINES_OF_AN_ORDER:
                typed = f"LOAD{chance.randrange(GOODS):02d}*{chance.randint(1, 9)}"
                spent = await visitor.tell("new_order.product", queue=[entry(typed, count)])
                if not visitor.says("LOAD"):
                    raise Failed(f"{typed} was not added")
                lines += 1
            else:
                spent = await visitor.press("new_order.confirm")
                if not visitor.says("is confirmed"):
                    raise Failed(f"an order was not confirmed: {' '.join(visitor.texts)}")
                work.confirmed += 1
            work.steps.append(spent)
        except (Failed, OSError, TimeoutError) as failed:
            work.errors.append(f"{type(failed).__name__} {failed}")
        count += 1


async def look_around(visitor: Visitor, work: Work, channel: str) -> None:
    """Click the same mark on and off: every panel is drawn again each time."""
    chance, made = random.Random(visitor.token), list[dict[str, object]]()
    async for _ in beats(work, chance):
        made.append({"at": time() * 1000, "panel": "channel", "dimension": "channel", "label": channel, "how": "only"})
        before = visitor.charts
        try:
            spent = await visitor.tell("dashboard.clicks", clicks=made[-1:])
            if visitor.charts == before:
                raise Failed("no chart was drawn")
            work.charts.append(spent)
        except (Failed, OSError, TimeoutError) as failed:
            work.errors.append(f"{type(failed).__name__} {failed}")


async def beats(work: Work, chance: random.Random) -> AsyncIterator[None]:
    """A beat each five seconds until the time is over; who was late goes on at once."""
    due = perf_counter() + chance.random() * PACE_SECONDS
    while due < work.until:
        await asyncio.sleep(max(due - perf_counter(), 0))
        yield None
        due = max(due + PACE_SECONDS, perf_counter())


def entry(typed: str, number: int) -> dict[str, str]:
    """What the line to type into sends."""
    return {"id": f"load-{number}-{random.getrandbits(40):x}", "text": typed}


def confirmed_orders(store: Store) -> int:
    """How many orders stand confirmed or further."""
    with store.viewing(SYSTEM) as view:
        states = view.session.scalars(select(SalesOrder.business_state)).all()
    return sum(state in {BusinessState.CONFIRMED, BusinessState.COMPLETED} for state in states)


def p95(seconds: list[float]) -> float:
    """Within so many milliseconds were 95 of 100."""
    return (quantiles(seconds, n=20)[-1] if len(seconds) > 1 else sum(seconds)) * 1000


def cpu(process: psutil.Process) -> float:
    """Seconds of processor that it took so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def memory(processes: list[psutil.Process]) -> float:
    """The largest of them in MB."""
    return max(process.memory_info().rss for process in processes) / 1e6
