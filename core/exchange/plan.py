"""What importing a file would do: which documents are new, known, completed, changed or impossible."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import func, select

from core.base.exact import ZERO
from core.base.i18n import N_, _
from core.base.search import folded
from core.catalog.models import Product, ProductKind, Variant
from core.customers.models import Channel, Customer
from core.customers.rules import walk_in_code
from core.exchange.kit_rows import KitPart, PartOfKit, kit_ids_in, parts_in, split
from core.exchange.known import AT_ONCE, Content, Known, Past, known_documents, past_orders, past_returns, rows_to_add
from core.exchange.parse import Document, OrderFile
from core.exchange.problems import Bad, Problem
from core.exchange.rules import Terms, kind_of
from core.security.models import User
from core.stock.errors import NotEnoughStock
from core.stock.models import Location, Lot, StockLevel, Warehouse
from core.stock.shelves import for_sale
from core.work.command import Scope

Inside = Mapping[str, Sequence[PartOfKit]]
"""What the kits of a file hold, by their codes."""

CODE_LENGTH = 64
NO_WAREHOUSE = 0
FIRST_WAREHOUSE = N_("Main warehouse")


@dataclass(frozen=True)
class Addition:
    """Lines that a document booked as history lacks; `document` has only their rows."""

    document: Document
    document_id: int
    first_line: int
    former_hash: str


@dataclass
class Plan:
    """Documents to book, and everything that booking them needs to know.

    `kits` are the rows that name one, with the parts that they are booked as.
    """

    file: OrderFile
    is_history: bool
    channel_id: int | None
    warehouses: dict[str, int]
    reps: dict[str, int]
    products: dict[str, tuple[int, ProductKind]]
    known_customers: dict[str, int | None]
    kits: dict[int, list[KitPart]] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)
    unchanged: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def booked(self) -> list[Document]:
        """Whatever is booked, new documents and additions alike."""
        return [*self.documents, *(addition.document for addition in self.additions)]

    def goods_of(self, row: int) -> list[tuple[str, Terms]]:
        """The code and the terms of a row; of one that names a kit, those of its parts."""
        if row in self.kits:
            return [(part.sku, part.terms) for part in self.kits[row]]
        return [(self.file.skus[row], terms_at(self.file, row))]

    def kind(self, sku: str) -> ProductKind:
        """Whether a code is goods or a service; what the catalogue says comes before our table."""
        known = self.products.get(sku)
        return known[1] if known else kind_of(sku)

    def customer_code(self, customer: str, channel: str) -> str:
        """The code of a customer of this channel: its own where nobody of another channel has it already."""
        if not customer:
            return walk_in_code(self.channel_id) if self.channel_id else ""
        code = self.file.customers[customer]["code"]
        belongs_to = self.known_customers.get(folded(code), self.channel_id)
        if belongs_to is None or belongs_to == self.channel_id:
            return code
        return f"{code[: CODE_LENGTH - len(channel) - 1]}@{channel}"[:CODE_LENGTH]

    def warehouse_of(self, document: Document) -> int:
        """The warehouse that a document names, else the first one."""
        return self.warehouses[folded(document.texts.get("warehouse", ""))]

    def rep_of(self, document: Document) -> int | None:
        """The user whom a document names as its sales rep."""
        return self.reps.get(folded(document.texts.get("sales_rep", "")))


def make_plan(scope: Scope, file: OrderFile, channel: str, *, is_history: bool, locks: bool = False) -> Plan:
    """Compare a file with what is stored; writes nothing. `locks` keeps the stock that it decided by."""
    session = scope.session
    channel_id = session.scalar(select(Channel.id).where(func.lower(Channel.name) == channel.lower()))
    plan = Plan(
        file=file,
        is_history=is_history,
        channel_id=channel_id,
        warehouses=_warehouses(scope),
        reps=_reps(scope),
        products=_products(scope),
        known_customers={
            folded(code): belongs_to for code, belongs_to in session.execute(select(Customer.code, Customer.channel_id))
        },
        problems=list(file.problems),
    )
    known = known_documents(scope, channel_id, file.documents)
    kit_ids = kit_ids_in(file, plan.products)
    held = parts_in(scope, list(kit_ids.values())) if kit_ids else {}
    inside = {sku: held.get(kit_id, ()) for sku, kit_id in kit_ids.items()}
    changed: list[tuple[Document, Known]] = []
    for document in file.documents:
        booked = known.get(document.key)
        if document.unreadable and not is_history:
            _refuse_incomplete(plan, document)
        elif booked is not None and booked.content_hash == document.content_hash:
            plan.unchanged.append(document)
        elif booked is not None:
            changed.append((document, booked))
        elif folded(document.texts.get("warehouse", "")) not in plan.warehouses:
            column = file.mapping["warehouse"]
            _refuse(plan, document, column, Bad("unknown_warehouse", {"text": document.texts["warehouse"]}))
        elif (bad := _unpack(plan, inside, document.rows)) is not None:
            _refuse(plan, document, file.mapping["sku"], bad)
        else:
            plan.documents.append(document)
    _compare(scope, plan, channel, changed, inside)
    if not is_history:
        _refuse_short(scope, plan, inside, locks=locks)
    plan.problems.sort(key=lambda problem: problem.line)
    return plan


def new_skus(plan: Plan) -> list[str]:
    """Codes that the catalogue does not have yet, as they first appear."""
    file = plan.file
    asked = dict.fromkeys(file.skus[row] for document in plan.booked for row in document.rows)
    return [sku for sku in asked if sku not in plan.products]


def new_customer_codes(plan: Plan, channel: str) -> set[str]:
    """Customers of the documents to book that there are none of yet."""
    asked = {document.customer for document in plan.booked if document.customer}
    codes = {plan.customer_code(customer, channel) for customer in asked}
    return {code for code in codes if folded(code) not in plan.known_customers}


def gross_of(file: OrderFile, document: Document) -> Decimal:
    """What the rows of a document add up to as they are booked; negative for a return."""
    return sum((terms_at(file, row).amount for row in document.rows), ZERO)


def terms_at(file: OrderFile, row: int) -> Terms:
    """The terms of a row that is in a document."""
    terms = file.priced[row].terms
    if terms is None:
        raise AssertionError(row)
    return terms


def _refuse(plan: Plan, document: Document, column: str, bad: Bad) -> None:
    plan.problems += [plan.file.problem(row, column, bad.kind, bad.facts) for row in document.rows]


def _unpack(plan: Plan, inside: Inside, rows: Sequence[int]) -> Bad | None:
    """Let rows that name kits be booked as their parts; why they cannot, where one of them cannot."""
    found: dict[int, list[KitPart]] = {}
    for row in rows if inside else ():
        sku = plan.file.skus[row]
        if sku in inside:
            parts = split(plan.file.spelling[sku], terms_at(plan.file, row), inside[sku])
            if isinstance(parts, Bad):
                return parts
            found[row] = parts
    plan.kits |= found
    return None


def _refuse_incomplete(plan: Plan, document: Document) -> None:
    """An order of today is a promise: half of it is not reserved."""
    facts = {"number": document.number, "line": str(plan.file.lines[document.unreadable[0]])}
    _refuse(plan, document, plan.file.number_column, Bad("order_incomplete", facts))


def _compare(scope: Scope, plan: Plan, channel: str, changed: Sequence[tuple[Document, Known]], inside: Inside) -> None:
    """Past documents whose booked lines all stand in the file get the others; the rest is refused as changed."""
    past: dict[tuple[bool, int], Past] = {}
    if plan.is_history:
        orders = [booked.id for document, booked in changed if not document.is_return]
        returns = [booked.id for document, booked in changed if document.is_return]
        past |= {(False, document_id): each for document_id, each in past_orders(scope, orders)}
        past |= {(True, document_id): each for document_id, each in past_returns(scope, returns)}
    for document, booked in changed:
        stands = past.get((document.is_return, booked.id))
        added = _rows_to_add(plan, channel, document, stands) if stands else None
        if stands is None or added is None:
            _refuse(plan, document, plan.file.number_column, Bad("order_changed", {"number": document.number}))
            continue
        if (bad := _unpack(plan, inside, added)) is not None:
            _refuse(plan, document, plan.file.mapping["sku"], bad)
            continue
        if added:
            addition = replace(document, rows=added)
            plan.additions.append(Addition(addition, booked.id, stands.last_line + 1, booked.content_hash))
        fresh = set(added)
        plan.unchanged.append(replace(document, rows=[row for row in document.rows if row not in fresh]))


def _rows_to_add(plan: Plan, channel: str, document: Document, past: Past) -> list[int] | None:
    file = plan.file

    def content_of(row: int) -> Content:
        terms = terms_at(file, row)
        variant_id, _kind = plan.products.get(file.skus[row], (None, None))
        return variant_id, abs(terms.quantity), terms.unit_price, abs(terms.amount)

    warehouse = document.texts.get("warehouse")
    is_same = (
        folded(plan.customer_code(document.customer, channel)) == folded(past.customer_code)
        and document.texts.get("region", "") == past.region
        and (not warehouse or plan.warehouses.get(folded(warehouse)) == past.warehouse_id)
    )
    return rows_to_add(file, document, past, content_of) if is_same else None


def _warehouses(scope: Scope) -> dict[str, int]:
    found = scope.session.execute(
        select(Warehouse.id, Warehouse.code, Warehouse.name).where(Warehouse.is_active).order_by(Warehouse.id)
    ).all()
    names = {folded(word): each.id for each in reversed(found) for word in (each.code, each.name)}
    return names | {"": found[0].id if found else NO_WAREHOUSE}


def _reps(scope: Scope) -> dict[str, int]:
    found = scope.session.execute(select(User.id, User.username, User.name).order_by(User.id.desc()))
    return {folded(word): user_id for user_id, *words in found for word in words if word}


def _products(scope: Scope) -> dict[str, tuple[int, ProductKind]]:
    found = scope.session.execute(
        select(Variant.sku, Variant.id, Product.kind).join(Product, Product.id == Variant.product_id)
    )
    return {folded(sku): (variant_id, kind) for sku, variant_id, kind in found}


def _refuse_short(scope: Scope, plan: Plan, inside: Inside, *, locks: bool) -> None:
    """Let the orders reserve in the file's order; those that cannot are refused, the others go on."""
    session, file = scope.session, plan.file
    levels = (
        select(Location.warehouse_id, StockLevel.variant_id, StockLevel.on_hand, StockLevel.reserved)
        .join(Location, Location.id == StockLevel.location_id)
        .outerjoin(Lot, Lot.id == StockLevel.lot_id)
        .where(for_sale(scope.today))
        .order_by(StockLevel.variant_id, StockLevel.location_id, func.coalesce(StockLevel.lot_id, 0))
    )
    parts = {part.sku for each in plan.kits.values() for part in each}
    asked_for = [plan.products[sku][0] for sku in {*file.spelling, *parts} if sku in plan.products]
    if len(asked_for) <= AT_ONCE:
        levels = levels.where(StockLevel.variant_id.in_(asked_for))
    found = session.execute(levels.with_for_update(of=StockLevel) if locks else levels)
    available: dict[tuple[int, str], Decimal] = defaultdict(lambda: ZERO)
    by_id = {variant_id: sku for sku, (variant_id, _kind) in plan.products.items()}
    for warehouse_id, variant_id, on_hand, reserved in found:
        available[int(warehouse_id or 0), by_id[variant_id]] += on_hand - reserved
    names = {NO_WAREHOUSE: _(FIRST_WAREHOUSE)}
    names |= {warehouse_id: name for warehouse_id, name in session.execute(select(Warehouse.id, Warehouse.name))}
    called = {folded(part.sku): part for each in inside.values() for part in each}
    fitting = []
    for document in plan.documents:
        warehouse_id = plan.warehouse_of(document)
        asked: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for row in document.rows:
            for sku, terms in plan.goods_of(row):
                if plan.kind(sku) == ProductKind.STOCKED:
                    asked[sku] += terms.quantity
        short = [
            NotEnoughStock(
                sku=file.spelling.get(sku) or called[sku].sku,
                name=file.products.get(sku, {}).get("product_name") or (called[sku].name if sku in called else ""),
                warehouse=names[warehouse_id],
                available=available[warehouse_id, sku],
                asked=quantity,
            )
            for sku, quantity in asked.items()
            if quantity > max(available[warehouse_id, sku], ZERO)
        ]
        if short:
            reason = "\n".join(each.sentence for each in short)
            _refuse(plan, document, file.mapping["quantity"], Bad("cannot_reserve", {"reason": reason}))
            continue
        for sku, quantity in asked.items():
            available[warehouse_id, sku] -= quantity
        fitting.append(document)
    plan.documents = fitting
