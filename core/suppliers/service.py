"""Adding, changing, retiring and deleting suppliers."""

from dataclasses import asdict

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.base.errors import NotFound, StaleVersion
from core.base.i18n import N_
from core.base.search import search_text_of
from core.security.permissions import P
from core.suppliers.errors import SupplierCodeTaken, SupplierRetired, SupplierUsed
from core.suppliers.models import Supplier
from core.suppliers.rules import SupplierEntry, checked
from core.work.command import command
from core.work.unit import UnitOfWork

CODE_SERIES = "S"


@command(P.SUPPLIER_EDIT)
def add_supplier(uow: UnitOfWork, entry: SupplierEntry) -> int:
    """Add a supplier. Refuses a code that is taken; without one it gets the next."""
    entry = checked(entry)
    code = entry.code or _next_code(uow)
    _refuse_taken(uow, code, but=None)
    supplier = Supplier(created_at=uow.now)
    _fill(supplier, entry, code)
    try:
        with uow.session.begin_nested():
            uow.add(supplier)
    except IntegrityError as error:
        raise SupplierCodeTaken(code=code, name=N_("another supplier")) from error
    uow.audit("supplier.added", supplier, code=code, name=supplier.name)
    return supplier.id


@command(P.SUPPLIER_EDIT)
def edit_supplier(uow: UnitOfWork, supplier_id: int, entry: SupplierEntry, *, version: int) -> int:
    """Change a supplier. Refuses when somebody else changed it since `version` was read."""
    supplier = _supplier(uow, supplier_id)
    if supplier.version != version:
        raise StaleVersion(what=f"{supplier.code} {supplier.name}")
    entry = checked(entry)
    code = entry.code or supplier.code
    _refuse_taken(uow, code, but=supplier.id)
    _fill(supplier, entry, code)
    uow.audit("supplier.edited", supplier, code=code)
    return supplier.id


@command(P.SUPPLIER_EDIT)
def set_supplier_active(uow: UnitOfWork, supplier_id: int, *, is_active: bool) -> int:
    """Offer a supplier for receipts, or no longer; documents keep it. Doing it twice is no harm."""
    supplier = _supplier(uow, supplier_id)
    supplier.is_active = is_active
    uow.audit("supplier.activated" if is_active else "supplier.retired", supplier, code=supplier.code)
    return supplier.id


@command(P.SUPPLIER_EDIT)
def delete_supplier(uow: UnitOfWork, supplier_id: int) -> int:
    """Delete a supplier entered by mistake. Refuses once any document or draft names it."""
    supplier = _supplier(uow, supplier_id)
    code, name = supplier.code, supplier.name
    try:
        with uow.session.begin_nested():
            uow.session.delete(supplier)
            uow.session.flush()
    except IntegrityError as error:
        raise SupplierUsed(name=name) from error
    uow.audit("supplier.deleted", supplier, code=code, name=name)
    return supplier_id


def refuse_retired(uow: UnitOfWork, supplier_id: int | None) -> None:
    """Refuse a supplier that is not there or out of use; None is nobody and passes."""
    if supplier_id is None:
        return
    supplier = uow.session.get(Supplier, supplier_id)
    if supplier is None:
        raise NotFound(what=N_("The supplier"))
    if not supplier.is_active:
        raise SupplierRetired(name=supplier.name)


def _supplier(uow: UnitOfWork, supplier_id: int) -> Supplier:
    supplier = uow.session.get(Supplier, supplier_id, with_for_update=True, populate_existing=True)
    if supplier is None:
        raise NotFound(what=N_("The supplier"))
    return supplier


def _fill(supplier: Supplier, entry: SupplierEntry, code: str) -> None:
    for name, typed in asdict(entry).items():
        setattr(supplier, name, typed)
    supplier.code = code
    digits = "".join(sign for sign in entry.phone if sign.isdigit())
    supplier.search_text = search_text_of(entry.name, [code, entry.contact, digits, entry.tax_number])


def _next_code(uow: UnitOfWork) -> str:
    """The next of the series that nobody typed by hand before."""
    while True:
        code = uow.number(CODE_SERIES)
        if uow.session.scalar(select(Supplier.id).where(func.lower(Supplier.code) == func.lower(code))) is None:
            return code


def _refuse_taken(uow: UnitOfWork, code: str, but: int | None) -> None:
    taken = uow.session.scalar(
        select(Supplier.name).where(func.lower(Supplier.code) == func.lower(code), Supplier.id.is_distinct_from(but))
    )
    if taken is not None:
        raise SupplierCodeTaken(code=code, name=taken)
