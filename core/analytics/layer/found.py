"""What is found behind a figure, and what a family is given to find it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import duckdb

from core.analytics.layer.ask import Period
from core.analytics.layer.compose import Filter, Known, Want, rendered
from core.analytics.layer.terms import Measure
from core.base.i18n import N_


class DocumentKind(StrEnum):
    """What sort of document a figure comes from."""

    ORDER = "order"
    RETURN = "return"
    PAYMENT = "payment"
    STOCK = "stock"
    TRANSFER = "transfer"
    COUNT = "count"
    OTHER = "other"


DOCUMENT_KIND_LABELS = {
    DocumentKind.ORDER: N_("Order"),
    DocumentKind.RETURN: N_("Return"),
    DocumentKind.PAYMENT: N_("Payment"),
    DocumentKind.STOCK: N_("Stock document"),
    DocumentKind.TRANSFER: N_("Transfer"),
    DocumentKind.COUNT: N_("Stocktake"),
    DocumentKind.OTHER: N_("Other change"),
}


@dataclass(frozen=True)
class DocumentRow:
    """One document and what it adds to the figure."""

    kind: DocumentKind
    document_id: int
    number: str
    day: date
    customer: str | None
    amount: Decimal

    @property
    def is_return(self) -> bool:
        """Whether it takes back what an order added."""
        return self.kind is DocumentKind.RETURN


@dataclass(frozen=True)
class Documents:
    """One page of the documents behind a figure, newest first; how many there are, and their sum."""

    rows: tuple[DocumentRow, ...]
    count: int
    total: Decimal


@dataclass(frozen=True)
class Behind:
    """What is looked for: the documents that add up to a figure, one page of them."""

    duck: duckdb.DuckDBPyConnection
    measure: Measure
    period: Period
    filters: tuple[Filter, ...]
    known: Known
    today: date
    limit: int
    offset: int

    @property
    def want(self) -> Want:
        """What each document adds, as its family is asked for it."""
        component = self.measure.behind
        family = component.family
        return Want(family, self.period, (component,), (), self.filters, family.sources, self.today)

    def fetched(self, statement: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        text, parameters = rendered(statement)
        return self.duck.execute(text, parameters).fetchall()
