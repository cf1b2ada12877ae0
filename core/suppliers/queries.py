"""Reads of suppliers: finding them, and one in full."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.base.search import search_words
from core.security.permissions import P
from core.suppliers.models import Supplier
from core.work.command import Scope, query

PAGE = 100


@dataclass(frozen=True)
class SupplierRow:
    """A supplier in a list."""

    id: int
    code: str
    name: str
    contact: str
    phone: str
    is_active: bool

    @property
    def label(self) -> str:
        """Name and code, as lists to choose from show them."""
        return f"{self.name}  {self.code}"


@dataclass(frozen=True)
class SupplierCard:
    """Everything about one supplier."""

    id: int
    version: int
    code: str
    name: str
    contact: str
    phone: str
    email: str
    tax_number: str
    terms: str
    note: str
    is_active: bool


@query(P.SUPPLIER_READ)
def find_suppliers(
    scope: Scope, text: str = "", *, is_active: bool | None = True, limit: int = PAGE, offset: int = 0
) -> list[SupplierRow]:
    """Suppliers by code, name, pinyin, initials, contact, phone or tax number; in the order of their codes."""
    columns = (Supplier.id, Supplier.code, Supplier.name, Supplier.contact, Supplier.phone, Supplier.is_active)
    chosen = _matching(select(*columns), text, is_active).order_by(func.lower(Supplier.code))
    return [SupplierRow(*found) for found in scope.session.execute(chosen.limit(limit).offset(offset))]


@query(P.SUPPLIER_READ)
def count_suppliers(scope: Scope, text: str = "", *, is_active: bool | None = True) -> int:
    """How many suppliers `find_suppliers` goes through."""
    counted = _matching(select(func.count()).select_from(Supplier), text, is_active)
    return int(scope.session.scalar(counted) or 0)


@query(P.SUPPLIER_READ)
def supplier_card(scope: Scope, supplier_id: int) -> SupplierCard:
    """One supplier in full; `NotFound` where it is not there."""
    supplier = scope.session.get(Supplier, supplier_id)
    if supplier is None:
        raise NotFound(what=N_("The supplier"))
    return SupplierCard(
        id=supplier.id,
        version=supplier.version,
        code=supplier.code,
        name=supplier.name,
        contact=supplier.contact,
        phone=supplier.phone,
        email=supplier.email,
        tax_number=supplier.tax_number,
        terms=supplier.terms,
        note=supplier.note,
        is_active=supplier.is_active,
    )


def _matching(chosen: Select[*tuple[Any, ...]], text: str, is_active: bool | None) -> Select[*tuple[Any, ...]]:
    chosen = chosen.where(*(Supplier.search_text.contains(word, autoescape=True) for word in search_words(text)))
    return chosen if is_active is None else chosen.where(Supplier.is_active == is_active)
