"""The receipt of an import: where every row and every cent of a file went."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from decimal import Decimal, localcontext
from typing import Any

from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import ProductKind
from core.exchange.parse import PRECISION
from core.exchange.plan import Plan, new_customer_codes, new_skus, terms_at

SALE, FREE, SERVICE, RETURN, SERVICE_RETURN = "sale", "free", "service", "return", "service_return"
BOOKED_KINDS = {
    SALE: N_("Goods sold"),
    FREE: N_("Goods given free"),
    SERVICE: N_("Services and charges"),
    RETURN: N_("Goods returned"),
    SERVICE_RETURN: N_("Services and charges taken back"),
}
NOTES = {
    "added": N_("Lines added to orders and returns that were imported before"),
    "walk_in": N_("Lines without a customer, booked on the channel's walk-in customer"),
    "repeated": N_("Exactly repeated lines, booked as often as they stand in the file"),
    "kits": N_("Rows that name a kit, booked as its parts"),
    "unknown_sales_rep": N_("Lines whose sales rep is no user, booked without one"),
}
UNCHANGED = N_("Already imported, unchanged")


@dataclass
class Tally:
    """So many rows and so much money."""

    rows: int = 0
    amount: Decimal = ZERO


@dataclass
class Receipt:
    """Where every row and every cent of the file went: the totals add up to the file's, exactly."""

    rows_read: int
    booked: int
    refused: int
    unchanged: int
    file_total: Decimal
    booked_total: Decimal
    refused_total: Decimal
    unchanged_total: Decimal
    rounding: Decimal
    orders: int
    returns: int
    new_products: int
    new_customers: int
    booked_kinds: dict[str, Tally]
    refused_kinds: dict[str, Tally]
    notes: dict[str, int]

    def facts(self) -> dict[str, Any]:
        """Plain words and numbers for JSON."""
        return {name: _plain(fact) for name, fact in asdict(self).items()}


def make_receipt(plan: Plan, channel: str) -> Receipt:
    """Add everything up, exactly; whatever rounding to cents changed is what remains."""
    with localcontext(prec=PRECISION):
        return _receipt(plan, channel)


def _receipt(plan: Plan, channel: str) -> Receipt:
    file = plan.file
    booked_kinds: dict[str, Tally] = {}
    repeated = 0
    booked = plan.booked
    services = {sku for sku in file.spelling if plan.kind(sku) == ProductKind.SERVICE}
    for document in booked:
        rows = document.rows
        for row in rows:
            terms = terms_at(file, row)
            if file.skus[row] in services:
                kind = SERVICE_RETURN if document.is_return else SERVICE
            else:
                kind = RETURN if document.is_return else FREE if terms.is_free else SALE
            tally = booked_kinds.get(kind) or booked_kinds.setdefault(kind, Tally())
            tally.rows += 1
            tally.amount += terms.amount
        repeated += len(rows) - len({(file.skus[row], file.priced[row].terms) for row in rows})
    refused_kinds: dict[str, Tally] = defaultdict(Tally)
    for problem in plan.problems:
        refused_kinds[problem.kind].rows += 1
        refused_kinds[problem.kind].amount += problem.amount
    unchanged_rows = [row for document in plan.unchanged for row in document.rows]
    booked_total = sum((tally.amount for tally in booked_kinds.values()), ZERO)
    refused_total = sum((tally.amount for tally in refused_kinds.values()), ZERO)
    unchanged_total = sum((terms_at(file, row).amount for row in unchanged_rows), ZERO)
    notes = {
        "added": sum(len(addition.document.rows) for addition in plan.additions),
        "walk_in": sum(len(document.rows) for document in booked if not document.customer),
        "repeated": repeated,
        "kits": sum(row in plan.kits for document in booked for row in document.rows) if plan.kits else 0,
        "unknown_sales_rep": sum(
            len(document.rows)
            for document in booked
            if document.texts.get("sales_rep") and plan.rep_of(document) is None
        ),
    }
    return Receipt(
        rows_read=file.rows_read,
        booked=sum(tally.rows for tally in booked_kinds.values()),
        refused=len(plan.problems),
        unchanged=len(unchanged_rows),
        file_total=file.file_total,
        booked_total=booked_total,
        refused_total=refused_total,
        unchanged_total=unchanged_total,
        rounding=file.file_total - booked_total - refused_total - unchanged_total,
        orders=sum(not document.is_return for document in plan.documents),
        returns=sum(document.is_return for document in plan.documents),
        new_products=len(new_skus(plan)),
        new_customers=len(new_customer_codes(plan, channel)),
        booked_kinds={kind: booked_kinds[kind] for kind in BOOKED_KINDS if kind in booked_kinds},
        refused_kinds=dict(refused_kinds),
        notes={name: count for name, count in notes.items() if count},
    )


def plain_number(number: Decimal) -> str:
    """A number as receipts spell it: exact, without an exponent and without trailing zeros."""
    with localcontext(prec=PRECISION):
        return f"{number.normalize():f}" if number else "0"


def _plain(fact: Any) -> Any:
    if isinstance(fact, Decimal):
        return plain_number(fact)
    if isinstance(fact, dict):
        return {name: _plain(each) for name, each in fact.items()}
    return fact
