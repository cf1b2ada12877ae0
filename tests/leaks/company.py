"""A company full of documents in which everything that a restricted user may not see carries a mark."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select, update

from core.accounts.placing import place_user
from core.accounts.roles import add_role, change_role, roles
from core.accounts.service import change_user
from core.base.clock import FixedClock
from core.base.settings import Settings
from core.customers.models import Address, Contact, Customer, CustomerWord
from core.db.words import index_again
from core.demo.service import make_demo
from core.sales.models import SalesOrder
from core.security.actor import SYSTEM, Actor
from core.security.models import User
from core.security.permissions import Role
from core.security.roles import acting, held_by
from core.security.sees import Reach
from core.security.shows import Sight
from core.stock.models import Location, Warehouse
from core.work.store import Store
from tests.moments import NOON

LINES, SEED, UNTIL = 60, 7, date(2026, 3, 17)
SELLER = "sales"
# A text that finds marks without being one itself.
TYPED = ("HIDDEN", "1390000", "SO-20")
_MARK = re.compile(r"HIDDEN[a-z]+\d*|1390000\d{4}|SO-\d+-\d+")


@dataclass(frozen=True)
class Company:
    """A store, somebody who sees a part of it, and the numbers of the orders that are not seen."""

    store: Store
    actor: Actor
    numbers: frozenset[str]

    def marks(self, said: str) -> set[str]:
        """What of the hidden part stands in a text."""
        return {each for each in _MARK.findall(said) if not each.startswith("SO-") or each in self.numbers}


def a_demo(template: Path, folder: Path) -> Path:
    """The file of a small demo company."""
    file = Path(shutil.copy(template, folder / "demo.db"))
    store = _store(file)
    make_demo(store, LINES, SEED, until=UNTIL)
    store.engine.dispose()
    return file


def of_own_customers(demo: Path, file: Path) -> Company:
    """Its seller may do what a manager may, and sees own customers; all others are marked."""
    store = _store(Path(shutil.copy(demo, file)))
    with store.working(SYSTEM) as uow:
        me = _limited(store, uow, customers=Reach.OWN)
        others = uow.session.scalars(select(Customer).where(Customer.owner_id.is_distinct_from(me))).all()
        for each in others:
            each.name, each.phone, each.note = f"HIDDENname{each.id}", f"1390000{each.id:04d}", f"HIDDENnote{each.id}"
            each.search_text = f"{each.search_text} hiddenname{each.id} {each.phone}"
        uow.session.flush()
        ids = [each.id for each in others]
        _mark(uow, update(Address).where(Address.customer_id.in_(ids)).values(street="HIDDENstreet"))
        _mark(
            uow, update(Contact).where(Contact.customer_id.in_(ids)).values(name="HIDDENcontact", phone="13900009999")
        )
        numbers = uow.session.scalars(select(SalesOrder.number).where(SalesOrder.customer_id.in_(ids))).all()
        uow.audit("customer.edited", None)
    return Company(store, _actor(store), frozenset(numbers))


def of_own_warehouse(demo: Path, file: Path) -> Company:
    """Its seller may do what a manager may, and sees one warehouse; the others are marked."""
    store = _store(Path(shutil.copy(demo, file)))
    with store.working(SYSTEM) as uow:
        me = _limited(store, uow, warehouses=Reach.OWN)
        own, *others = uow.session.scalars(select(Warehouse).order_by(Warehouse.id)).all()
        place_user(uow, me, team="", warehouse_ids=[own.id])
        for each in others:
            each.name, each.code, each.street = f"HIDDENhouse{each.id}", f"HIDDENcode{each.id}", "HIDDENstreet"
        ids = [each.id for each in others]
        _mark(uow, update(Location).where(Location.warehouse_id.in_(ids)).values(name="HIDDENplace"))
        numbers = uow.session.scalars(select(SalesOrder.number).where(SalesOrder.warehouse_id.in_(ids))).all()
        uow.audit("warehouse.edited", None)
    return Company(store, _actor(store), frozenset(numbers))


def of_masked_fields(demo: Path, file: Path) -> Company:
    """Its seller may do what a manager may, and sees all rows, phones masked and no addresses."""
    store = _store(Path(shutil.copy(demo, file)))
    with store.working(SYSTEM) as uow:
        _limited(store, uow, phone=Sight.MASKED, address=Sight.HIDDEN)
        customers = uow.session.scalars(select(Customer)).all()
        for each in customers:
            each.phone = f"1390000{each.id:04d}"
            each.search_text = f"{each.search_text} {each.phone}"
        uow.session.flush()
        _mark(uow, update(Address).values(street="HIDDENstreet1", phone="13900000001"))
        _mark(uow, update(Contact).values(phone="13900000002", email="HIDDENmail@example.com"))
        for each in customers:
            index_again(uow.session, CustomerWord, each.id, each.search_text)
        uow.audit("customer.edited", None)
    return Company(store, _actor(store), frozenset())


def _store(file: Path) -> Store:
    return Store(Settings(data_dir=file.parent, database_url=f"sqlite:///{file}"), FixedClock(NOON))


def _limited(store: Store, uow, **reach: Reach | Sight) -> int:
    role = add_role(uow, "Part", like=Role.MANAGER)
    change_role(uow, role, **reach)
    code = next(each.code for each in roles(uow) if each.id == role)
    me = uow.session.scalars(select(User.id).where(User.username == SELLER)).one()
    return change_user(uow, me, roles={code})


def _actor(store: Store) -> Actor:
    with store.viewing(SYSTEM) as view:
        user = view.session.scalars(select(User).where(User.username == SELLER)).one()
        return acting(view.session, user, held_by(view.session, user.id), "en")


def _mark(uow, statement) -> None:
    uow.session.execute(statement, execution_options={"synchronize_session": False})


def told(found: Iterable[tuple[str, str, set[str]]]) -> str:
    """What leaked, for the reader of a failed test."""
    return "\n".join(f"{query} {arguments}: {sorted(marks)[:4]}" for query, arguments, marks in found)
