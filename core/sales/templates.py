"""A customer's lists of usual goods: made by hand or from an order, edited, retired, put on a draft."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from core.base.errors import InvalidInput, NotFound, StaleVersion
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import FOR_SALE, Product, Variant
from core.customers.models import Customer
from core.sales.amend_errors import EmptyTemplate, ListOfOther, NothingToCopy, TemplateExists, TemplateRetired
from core.sales.draft import LineDraft, add_lines
from core.sales.kits import bought
from core.sales.models import SalesOrder
from core.sales.template_models import OrderTemplate, OrderTemplateLine
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

LIST = N_("The list")
NAME_LENGTH = 80


@command(P.ORDER_EDIT)
def add_template(
    uow: UnitOfWork, customer_id: int, *, name: str, lines: Sequence[tuple[int, Decimal]] = (), order_id: int = 0
) -> int:
    """Keep a list (variant, quantity) for a customer, or what an order of this customer holds; quantities add up."""
    if uow.session.get(Customer, customer_id) is None:
        raise NotFound(what=N_("The customer"))
    if order_id:
        lines = _lines_of(uow, customer_id, order_id)
    template = OrderTemplate(customer_id=customer_id, created_at=uow.now, created_by=uow.actor.id)
    _write(uow, template, name, lines)
    uow.add(template)
    uow.audit("template.added", template, name=template.name, customer=customer_id, lines=len(template.lines))
    return template.id


@command(P.ORDER_EDIT)
def edit_template(
    uow: UnitOfWork, template_id: int, *, version: int, name: str, lines: Sequence[tuple[int, Decimal]]
) -> int:
    """Change name and lines of a list; `StaleVersion` where somebody else did meanwhile."""
    template = _template(uow, template_id)
    if template.version != version:
        raise StaleVersion(what=LIST)
    template.lines.clear()
    uow.session.flush()
    _write(uow, template, name, lines)
    flag_modified(template, "created_at")
    uow.audit("template.edited", template, name=template.name, lines=len(template.lines))
    return template.id


@command(P.ORDER_EDIT)
def retire_template(uow: UnitOfWork, template_id: int) -> None:
    """Offer a list no longer."""
    template = _template(uow, template_id)
    template.is_active = False
    uow.audit("template.retired", template, name=template.name)


@command(P.ORDER_EDIT)
def restore_template(uow: UnitOfWork, template_id: int) -> None:
    """Offer a list again."""
    template = _template(uow, template_id)
    template.is_active = True
    uow.audit("template.restored", template, name=template.name)


@command(P.ORDER_EDIT)
def apply_template(uow: UnitOfWork, order_id: int, template_id: int) -> None:
    """Put what a list names on a draft of its customer, at today's prices; retired products are left out."""
    template = _template(uow, template_id)
    if not template.is_active:
        raise TemplateRetired(name=template.name)
    customer_id = uow.session.scalar(select(SalesOrder.customer_id).where(SalesOrder.id == order_id))
    if customer_id is not None and customer_id != template.customer_id:
        raise ListOfOther(name=template.name)
    on_sale = set(
        uow.session.scalars(
            select(Variant.id)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id.in_([line.variant_id for line in template.lines]))
            .where(Product.status.in_(FOR_SALE))
        )
    )
    lines = [LineDraft(line.variant_id, line.quantity) for line in template.lines if line.variant_id in on_sale]
    if not lines:
        raise NothingToCopy
    add_lines(uow, order_id, lines)


def _template(uow: UnitOfWork, template_id: int) -> OrderTemplate:
    template = uow.session.scalars(
        select(OrderTemplate)
        .where(OrderTemplate.id == template_id)
        .options(selectinload(OrderTemplate.lines))
        .with_for_update()
    ).one_or_none()
    if template is None:
        raise NotFound(what=LIST)
    return template


def _lines_of(uow: UnitOfWork, customer_id: int, order_id: int) -> list[tuple[int, Decimal]]:
    order = uow.session.get(SalesOrder, order_id)
    if order is None or order.customer_id != customer_id:
        return []
    return [(row.variant_id, row.quantity) for row in bought(uow.session, order_id)]


def _write(uow: UnitOfWork, template: OrderTemplate, name: str, lines: Sequence[tuple[int, Decimal]]) -> None:
    name = name.strip()
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput(field=N_("Name"), reason=N_("enter a name of at most 80 signs."))
    same = select(OrderTemplate.id).where(
        OrderTemplate.customer_id == template.customer_id, OrderTemplate.name == name, OrderTemplate.id != template.id
    )
    if uow.session.scalar(same) is not None:
        customer = uow.session.scalar(select(Customer.name).where(Customer.id == template.customer_id))
        raise TemplateExists(customer=customer, name=name)
    quantities: dict[int, Decimal] = {}
    for variant_id, quantity in lines:
        if quantity <= ZERO or not fits(quantity, QUANTITY_PLACES):
            raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
        quantities[variant_id] = quantities.get(variant_id, ZERO) + quantity
    if not quantities:
        raise EmptyTemplate(name=name)
    known = set(uow.session.scalars(select(Variant.id).where(Variant.id.in_(quantities))))
    if known != quantities.keys():
        raise NotFound(what=N_("The product"))
    template.name = name
    template.lines.extend(
        OrderTemplateLine(line_number=place, variant_id=variant_id, quantity=quantity)
        for place, (variant_id, quantity) in enumerate(quantities.items(), 1)
    )
