"""Entering orders in processes that are killed at random moments, and what must hold afterwards."""

import multiprocessing
import os
import random
import signal
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


def kill_while_orders_are_entered(settings: Settings, kills: int) -> int:
    """Kill so many processes; every acknowledged order must be there and every self-check hold.

    Returns how many orders were acknowledged, at least one for each process.
    """
    head = _shop(settings)
    fork = multiprocessing.get_context("fork")
    moments = random.Random(20260318)
    acknowledged: set[int] = set()
    for _ in range(kills):
        ours, theirs = fork.Pipe(duplex=False)
        process = fork.Process(target=_enter_orders, args=(settings, head, theirs))
        process.start()
        theirs.close()
        acknowledged |= _heard(ours, moments.randint(1, 25))
        Event().wait(moments.random() / 50)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        acknowledged |= _heard(ours, None)
        ours.close()
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


def _heard(parent: Connection, count: int | None) -> set[int]:
    heard: set[int] = set()
    try:
        while count is None or len(heard) < count:
            if count is None and not parent.poll():
                break
            heard.add(parent.recv())
    except EOFError:
        pass
    return heard
