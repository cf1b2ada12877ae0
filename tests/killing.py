"""Processes that are killed at random moments, and what must hold afterwards."""

import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Hashable
from decimal import Decimal
from multiprocessing.connection import Connection
from threading import Event

from sqlalchemy import select

from core.base.settings import Settings
from core.receivables.models import PaymentMethod
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import BusinessState, SalesOrder
from core.sales.pay import pay_order
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_warehouse, goods
from tests.soundness import assert_sound


def kill_at_work(work: Callable[[Connection], None], kills: int, most: int) -> set[Hashable]:
    """Start so many processes, one after the other, and kill each; what all of them acknowledged.

    A process is killed a moment after it has acknowledged up to `most` things that none had before it.
    """
    fork = multiprocessing.get_context("fork")
    moments = random.Random(20260318)
    acknowledged: set[Hashable] = set()
    for _ in range(kills):
        ours, theirs = fork.Pipe(duplex=False)
        process = fork.Process(target=work, args=(theirs,))
        process.start()
        theirs.close()
        acknowledged |= _heard(ours, acknowledged, moments.randint(1, most))
        Event().wait(moments.random() / 50)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        acknowledged |= _heard(ours, acknowledged, None)
        ours.close()
    return acknowledged


def kill_while_orders_are_entered(settings: Settings, kills: int) -> int:
    """Kill so many processes; every acknowledged order must be there and every self-check hold.

    Returns how many orders were acknowledged, at least one for each process.
    """
    head = _shop(settings)
    acknowledged = kill_at_work(lambda parent: _enter_orders(settings, head, parent), kills, most=25)
    store = Store(settings)
    with store.viewing(SYSTEM) as view:
        confirmed = view.session.scalars(
            select(SalesOrder.id).where(SalesOrder.business_state == BusinessState.CONFIRMED)
        ).all()
    assert acknowledged <= set(confirmed)
    assert_sound(store)
    store.engine.dispose()
    return len(acknowledged)


def _shop(settings: Settings) -> dict[str, int]:
    store = Store(settings)
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        head = {
            "customer": a_customer(uow).id,
            "channel": a_channel(uow),
            "warehouse": warehouse,
            "mug": goods(uow, warehouse, 100_000).id,
            "plate": goods(uow, warehouse, 100_000).id,
        }
    store.engine.dispose()
    return head


def _enter_orders(settings: Settings, head: dict[str, int], parent: Connection) -> None:
    store = Store(settings)
    while True:
        order = store.run(
            SYSTEM,
            create_order,
            None,
            customer_id=head["customer"],
            channel_id=head["channel"],
            warehouse_id=head["warehouse"],
            lines=[LineDraft(head["mug"], Decimal(2)), LineDraft(head["plate"], Decimal(1))],
        )
        store.run(SYSTEM, confirm_order, None, order)
        parent.send(order)
        store.run(SYSTEM, pay_order, None, order, amount=Decimal(10), method=PaymentMethod.CASH)
        store.run(SYSTEM, ship_order, None, order)


def _heard(parent: Connection, known: set[Hashable], count: int | None) -> set[Hashable]:
    heard: set[Hashable] = set()
    try:
        while count is None or len(heard) < count:
            if count is None and not parent.poll():
                break
            heard |= {parent.recv()} - known
    except EOFError:
        pass
    return heard
