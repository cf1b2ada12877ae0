"""Importing orders, and taking an import back."""

import json
from datetime import datetime

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.i18n import N_, _
from core.customers.models import Channel
from core.customers.rules import channel_name
from core.customers.service import ensure_channel
from core.db.bulk import bulk_insert
from core.db.upsert import upsert
from core.exchange.booking import Told, book
from core.exchange.errors import BatchReversed, ChannelMissing
from core.exchange.models import ImportBatch, ImportProblem, RememberedMapping
from core.exchange.parse import OrderFile
from core.exchange.plan import FIRST_WAREHOUSE, Plan, make_plan
from core.exchange.receipt import Receipt, make_receipt
from core.exchange.reversal import reverse_documents
from core.notify.events import IMPORT_DONE
from core.notify.tell import tell
from core.security.permissions import P
from core.stock.models import Location, LocationKind, Warehouse
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

NAME_LENGTH = 200
FIRST_CODE = "MAIN"


@query(P.ORDER_IMPORT)
def check_orders(scope: Scope, file: OrderFile, *, channel: str, is_history: bool) -> tuple[Plan, Receipt]:
    """What importing the file would do, with the same numbers; nothing is written."""
    plan = make_plan(scope, file, _named(channel), is_history=is_history)
    return plan, make_receipt(plan, _named(channel))


@command(P.ORDER_IMPORT)
def import_orders(uow: UnitOfWork, file: OrderFile, *, channel: str, is_history: bool, told: Told | None = None) -> int:
    """Book the orders and returns of a file in this one transaction; the id of the batch.

    As history they count in sales as shipped and paid and leave today's stock alone; otherwise each
    order is confirmed with its reservation, and an order that cannot reserve is refused while the
    others are booked. What was imported before is left alone; past orders get the lines that they lack.
    """
    channel_id = ensure_channel(uow, _named(channel))
    name = uow.session.scalars(select(Channel.name).where(Channel.id == channel_id).with_for_update()).one()
    _ensure_warehouse(uow)
    plan = make_plan(uow, file, name, is_history=is_history, locks=True)
    receipt = make_receipt(plan, name)
    batch = uow.add(
        ImportBatch(
            channel_id=channel_id,
            file_name=file.name[-NAME_LENGTH:],
            file_hash=file.hash,
            is_history=is_history,
            mapping=file.mapping,
            receipt=receipt.facts(),
            created_by=uow.actor.id,
            created_at=uow.now,
        )
    )
    book(uow, plan, name, channel_id, batch.id, told or (lambda _done, _total, _sentence: None))
    _keep_problems(uow, batch.id, plan)
    remember = upsert(uow.session, RememberedMapping).values(channel_id=channel_id, mapping=file.mapping)
    uow.session.execute(
        remember.on_conflict_do_update(index_elements=["channel_id"], set_={"mapping": remember.excluded.mapping})
    )
    told_of = {"file": batch.file_name, "orders": receipt.orders, "problems": receipt.refused}
    tell(uow, IMPORT_DONE, str(batch.id), told_of, to=[uow.actor.id], also_me=True)
    uow.audit("orders.imported", batch, channel=name, file=file.name, is_history=is_history, receipt=receipt.facts())
    return batch.id


@command(P.ORDER_IMPORT)
def reverse_batch(uow: UnitOfWork, batch_id: int) -> int:
    """Take an import back: its orders and returns are cancelled, its goods and money move back.

    Lines that it added to documents of earlier imports leave them again. Refused where something was
    done since with any of them, or a later import added to them. Afterwards the file can be imported again.
    """
    batch = uow.session.scalars(select(ImportBatch).where(ImportBatch.id == batch_id).with_for_update()).one_or_none()
    if batch is None:
        raise NotFound(what=N_("The import"))
    if batch.reversed_at is not None:
        raise BatchReversed(file=batch.file_name, on=_day(batch.reversed_at))
    uow.session.execute(select(Channel.id).where(Channel.id == batch.channel_id).with_for_update())
    taken_back = reverse_documents(uow, batch)
    batch.reversed_at = uow.now
    uow.audit("orders.import_reversed", batch, **taken_back._asdict())
    return batch.id


def _named(channel: str) -> str:
    if not channel.strip():
        raise ChannelMissing
    return channel_name(channel)


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _ensure_warehouse(uow: UnitOfWork) -> None:
    """A company that begins with an import gets its first warehouse with it."""
    if uow.session.scalar(select(Warehouse.id).where(Warehouse.is_active).limit(1)) is None:
        name = _(FIRST_WAREHOUSE)
        warehouse = uow.add(Warehouse(code=FIRST_CODE, name=name))
        uow.add(Location(warehouse_id=warehouse.id, kind=LocationKind.STORAGE, name=name, is_default=True))


def _keep_problems(uow: UnitOfWork, batch_id: int, plan: Plan) -> None:
    rows = (
        (
            batch_id,
            problem.line,
            problem.column[:80],
            problem.kind,
            json.dumps(problem.facts, ensure_ascii=False),
            str(problem.amount),
        )
        for problem in plan.problems
    )
    bulk_insert(uow.session, ImportProblem, ["batch_id", "line", "column", "kind", "facts", "amount"], rows)
