"""Setting the company up: people, warehouses, channels, products, customers, through their own commands."""

import secrets
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from core.accounts.service import add_user
from core.base.errors import AppError
from core.base.i18n import N_
from core.catalog.categories import ensure_categories
from core.catalog.models import Product, ProductKind
from core.catalog.rules import ProductEntry
from core.catalog.service import add_product
from core.customers.models import CustomerKind
from core.customers.rules import AddressEntry, ContactEntry, CustomerEntry
from core.customers.service import add_channel, add_customer
from core.demo.cast import ADDRESSES, CHANNELS, PEOPLE, WAREHOUSES, Buyer, Goods
from core.demo.plan import Plan
from core.receivables.models import TermsKind
from core.receivables.terms import TermsEntry, set_terms
from core.security.actor import Actor, permissions_of
from core.security.models import User
from core.security.permissions import P, Role
from core.stock.ledger import storage_of
from core.stock.models import Warehouse
from core.stock.service import add_warehouse
from core.work.command import Scope, query
from core.work.unit import UnitOfWork

Ids = dict[str, list[int]]


class NotEmpty(AppError):
    """There is a company here already."""

    message = N_("This database holds products or warehouses already. The demo company needs an empty one.")


@dataclass(frozen=True)
class Company:
    """The ids of what the plan names by position; `made` are all of them, as an audit entry keeps them."""

    plan: Plan
    made: Ids
    people: dict[Role, Actor]
    reps: list[int]
    sellers: list[Actor]
    warehouses: list[int]
    storages: list[int]
    channels: list[int]
    variants: list[int]
    customers: list[int]

    def rep_of(self, buyer: Buyer) -> int:
        """The sales representative who looks after a customer."""
        return self.reps[buyer.rep]


@query(P.SYSTEM_OPERATE)
def is_empty(scope: Scope) -> bool:
    """Whether nobody has entered a product or a warehouse yet."""
    return not any(scope.session.scalar(select(each).limit(1)) for each in (Product.id, Warehouse.id))


def set_up(uow: UnitOfWork, plan: Plan) -> Company:
    """Make the company's master data; refuses with `NotEmpty` where there is some already."""
    if not is_empty(uow):
        raise NotEmpty
    users = [_person(uow, username, name, role) for username, name, role in PEOPLE]
    channels = [add_channel(uow, name) for name in CHANNELS]
    reps = [users[n] for n in plan.reps]
    made = {
        "users": users,
        "warehouses": [add_warehouse(uow, code=code, name=name, **ADDRESSES[code]) for code, name in WAREHOUSES],
        "channels": channels,
        "variants": _products(uow, plan.goods),
        "customers": [_customer(uow, each, channels[each.channel], reps[each.rep]) for each in plan.buyers],
    }
    return company_of(uow, plan, made)


def company_of(uow: UnitOfWork, plan: Plan, made: Ids) -> Company:
    """The company whose master data has these ids."""
    users = made["users"]
    actors = [_actor(user_id, name, role) for user_id, (_, name, role) in zip(users, PEOPLE, strict=True)]
    return Company(
        plan=plan,
        made=made,
        people={role: actor for actor, (_, _, role) in reversed(list(zip(actors, PEOPLE, strict=True)))},
        reps=[users[n] for n in plan.reps],
        sellers=[actors[n] for n in plan.reps],
        warehouses=made["warehouses"],
        storages=[storage_of(uow, each) for each in made["warehouses"]],
        channels=made["channels"],
        variants=made["variants"],
        customers=made["customers"],
    )


def _person(uow: UnitOfWork, username: str, name: str, role: Role) -> int:
    """A demo user; one that was added by hand under this name stays as it is."""
    known = uow.session.scalar(select(User.id).where(User.username == username))
    return known or add_user(
        uow, username=username, name=name, password=secrets.token_urlsafe(24), roles=[role], is_demo=True
    )


def _actor(user_id: int, name: str, role: Role) -> Actor:
    roles = frozenset({role})
    return Actor(user_id, name, roles, permissions_of(roles), source="demo")


def _products(uow: UnitOfWork, goods: list[Goods]) -> list[int]:
    categories = ensure_categories(uow, [each.path for each in goods])
    return [
        add_product(
            uow,
            ProductEntry(
                sku=each.sku,
                name=each.name,
                category_id=categories[each.path],
                brand=each.brand,
                kind=ProductKind.SERVICE if each.is_service else ProductKind.STOCKED,
                unit=each.unit,
                tax_rate=Decimal(each.tax).scaleb(-4),
                purchase_price=Decimal(each.purchase).scaleb(-2),
                retail_price=Decimal(each.retail).scaleb(-2),
                wholesale_price=Decimal(each.wholesale).scaleb(-2),
                lowest_price=Decimal(each.lowest).scaleb(-2),
                barcodes=(each.barcode,) if each.barcode else (),
            ),
        )
        for each in goods
    ]


def _customer(uow: UnitOfWork, buyer: Buyer, channel_id: int, owner_id: int) -> int:
    customer_id = _bare_customer(uow, buyer, channel_id, owner_id)
    if buyer.days_to_pay:
        set_terms(uow, customer_id, TermsEntry(kind=TermsKind.NET, days=buyer.days_to_pay), version=0)
    return customer_id


def _bare_customer(uow: UnitOfWork, buyer: Buyer, channel_id: int, owner_id: int) -> int:
    contact = ContactEntry(name=buyer.contact, position=buyer.position, phone=buyer.phone)
    return add_customer(
        uow,
        CustomerEntry(
            name=buyer.name,
            kind=CustomerKind.COMPANY if buyer.is_company else CustomerKind.PERSON,
            region=buyer.region,
            phone=buyer.phone,
            channel_id=channel_id,
            owner_id=owner_id,
            tags=buyer.tags,
            contacts=(contact,) if buyer.is_company else (),
            addresses=(AddressEntry(buyer.street, buyer.region, buyer.contact, buyer.phone),),
        ),
    )
