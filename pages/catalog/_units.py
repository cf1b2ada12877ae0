"""The units of a product beside its stock unit: what each is, and its barcodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

import streamlit as st

from core.base.errors import InvalidInput
from core.base.i18n import N_
from core.catalog.queries import ProductCard
from core.catalog.unit_rules import UnitEntry
from core.catalog.units import set_units, unit_rows, units_by_variant
from pages._shared.formats import price, quantity
from pages._shared.forms import forget_version
from pages._shared.records import rows_box
from pages._shared.screen import act, reading
from pages._shared.tables import text_column
from pages._shared.text import _, escaped, listed

FORM = "product"


class Counted(Protocol):
    """Something that is so many stock units of a product."""

    @property
    def variant_id(self) -> int:
        """Whose units it is counted in."""
        ...

    @property
    def quantity(self) -> Decimal:
        """How many stock units."""
        ...

    @property
    def typed_unit(self) -> str | None:
        """The unit it was typed in, if another."""
        ...

    @property
    def typed_quantity(self) -> Decimal | None:
        """How many of that unit."""
        ...

    @property
    def typed_price(self) -> Decimal | None:
        """What one of that unit costs."""
        ...


@dataclass(frozen=True)
class _Typed:
    """A unit as it is typed."""

    name: str
    ratio: str
    barcodes: str


def show_units(card: ProductCard) -> None:
    """Boxes and packs of a product; their barcodes count as all that is in them."""
    with st.expander(_("Boxes, packs and other units"), icon=":material/inventory:", key="product.units"):
        with reading() as view:
            known = unit_rows(view, card.variant_id)
        rows = [_Typed(row.name, str(row.factor), " ".join(row.barcodes)) for row in known]
        typed = rows_box(
            rows,
            {
                "name": text_column(_("Unit"), required=True),
                "ratio": text_column(_("Is so many {unit}").format(unit=card.unit or _("pcs")), required=True),
                "barcodes": text_column(_("Barcodes")),
            },
            key=f"product.units.{card.variant_id}.{card.version}",
        )
        st.caption(
            _("A box of 12 is 12; a piece of a box counted by boxes is 1/12. Each scan of its barcode adds that many.")
        )
        if st.button(_("Save units"), key="product.units.save"):
            try:
                entries = [_entry(row) for row in typed if row["name"].strip()]
            except InvalidInput as refusal:
                st.error(listed(refusal.sentence))
                return
            forget_version(FORM, card.variant_id)
            done = _("{name} was saved.").format(name=escaped(card.name))
            act(set_units, card.variant_id, entries, version=card.version, done=done)


def packed(lines: Sequence[Counted]) -> list[str] | None:
    """The quantities of lines as they were typed, or else are counted by hand, 3箱2包5个; None where none has units.

    Where a unit that was typed has an exact price, it stands behind it.
    """
    with reading() as view:
        units = units_by_variant(view, [line.variant_id for line in lines])
    if not units and all(line.typed_unit is None for line in lines):
        return None
    return [
        _as_typed(line) or (units[line.variant_id].shown(line.quantity) if line.variant_id in units else "")
        for line in lines
    ]


def _as_typed(line: Counted) -> str:
    if line.typed_unit is None or line.typed_quantity is None:
        return ""
    count = f"{quantity(line.typed_quantity)}{line.typed_unit}"
    return count if line.typed_price is None else f"{count} × {price(line.typed_price)}"


def _entry(row: dict[str, str]) -> UnitEntry:
    try:
        ratio = Fraction(row["ratio"].strip().replace(" ", ""))
    except (ValueError, ZeroDivisionError) as wrong:
        raise InvalidInput(field=N_("Units"), reason=N_("need a ratio of whole numbers above zero.")) from wrong
    return UnitEntry(row["name"], ratio.numerator, ratio.denominator, tuple(row["barcodes"].split()))
