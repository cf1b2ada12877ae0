"""The list of products as a file, with their custom fields."""

from collections.abc import Sequence
from decimal import Decimal

from core.base.exact import round_to
from core.base.i18n import _
from core.base.sheets import csv_file
from core.catalog.models import PRODUCT_KIND_LABELS, PRODUCT_STATUS_LABELS, ProductStatus
from core.catalog.queries import find_products
from core.catalog.rules import FIELD_LABELS
from core.fields.models import FieldValue, Subject
from core.fields.queries import custom_fields
from core.fields.rules import FieldRow, Values, said
from core.fields.values import Wanted, values_of
from core.security.permissions import P
from core.work.command import Scope, query

MOST = 100_000
AT_ONCE = 10_000
_PLAIN = ("retail_price", "wholesale_price", "lowest_price")


@query(P.PRODUCT_READ)
def product_file(
    scope: Scope,
    text: str = "",
    category_id: int | None = None,
    status: Sequence[ProductStatus] = (),
    custom: Sequence[Wanted] = (),
) -> bytes:
    """The products that a list shows, all of its pages, as CSV; purchase prices for those who may see costs."""
    rows = find_products(scope, text, category_id=category_id, status=list(status) or None, custom=custom, limit=MOST)
    fields = custom_fields(scope, Subject.PRODUCT)
    ids = [row.product_id for row in rows] if fields else []
    values: dict[int, Values] = {}
    for begin in range(0, len(ids), AT_ONCE):
        values |= values_of(scope, Subject.PRODUCT, ids[begin : begin + AT_ONCE])
    costs = ["purchase_price"] if scope.actor.may(P.COST_READ) else []
    names = ["sku", "name", "brand", "model", "specification", "weight", "unit", "tax_rate", *_PLAIN, *costs]
    heads = [_(FIELD_LABELS[name]) for name in names]
    lines = []
    for row in rows:
        known = dict(values.get(row.product_id, ()))
        own = [_told(field, known.get(field.id)) for field in fields]
        facts = [getattr(row, name) for name in names]
        kind, state = _(PRODUCT_KIND_LABELS[row.kind]), _(PRODUCT_STATUS_LABELS[row.status])
        lines.append([*facts, row.category, kind, state, *own])
    return csv_file([*heads, _("Category"), _("Kind"), _("Status"), *(field.label for field in fields)], lines)


def _told(field: FieldRow, value: FieldValue | None) -> object:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return round_to(value, field.decimals) if isinstance(value, Decimal) else said(field, value)
