"""Tax of documents: several taxes on a line, included or on top, rounded by line or by document, always adding up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import groupby

from core.base.exact import AMOUNT_PLACES, ZERO, Rounding, round_ratio
from core.base.i18n import N_

INVOICE_LINE_TOLERANCE = Decimal("0.06")
INVOICE_TOLERANCE = Decimal("1.27")


class TaxRounding(StrEnum):
    """Where a document rounds its tax; stored on the document."""

    LINE = "line"
    DOCUMENT = "document"


TAX_ROUNDING_LABELS = {TaxRounding.LINE: N_("On each line"), TaxRounding.DOCUMENT: N_("Once for the document")}


@dataclass(frozen=True)
class Tax:
    """One tax: a ratio of its base, or a fixed amount for each unit, or both.

    Taxes of one step look at the same base; one that `enters_base` raises the base of the later steps.
    """

    code: str
    rate: Decimal = ZERO
    fixed: Decimal = ZERO
    enters_base: bool = False
    step: int = 0


@dataclass(frozen=True)
class TaxPolicy:
    """How a document computes its tax; each of these is stored on the document."""

    prices_include_tax: bool
    rounds: TaxRounding = TaxRounding.LINE
    rounding: Rounding = Rounding.HALF_UP
    places: int = AMOUNT_PLACES


@dataclass(frozen=True)
class Taxable:
    """A line as it is entered: its amount with or without tax, as the policy says, and its taxes."""

    amount: Decimal
    taxes: tuple[Tax, ...] = ()
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True)
class TaxPart:
    """One tax of a line or document: what it is levied on, and how much it is."""

    code: str
    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True)
class TaxedLine:
    """A line with its tax: `net + tax = gross`, and the parts add up to the tax."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    parts: tuple[TaxPart, ...] = ()


@dataclass(frozen=True)
class TaxedDocument:
    """Lines and their sums; the parts are the sums of each tax over the lines."""

    lines: tuple[TaxedLine, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    parts: tuple[TaxPart, ...]


@dataclass(frozen=True)
class _Exact:
    """A line before rounding; the bases and taxes in the order of its taxes."""

    net: Fraction
    bases: tuple[Fraction, ...]
    taxes: tuple[Fraction, ...]

    @property
    def tax(self) -> Fraction:
        return sum(self.taxes, Fraction())


def in_steps(*taxes: Tax) -> tuple[Tax, ...]:
    """The taxes with their steps counted: one that does not enter the base ends a run of those that do."""
    step, stepped, before = 0, [], None
    for tax in taxes:
        if before is not None and before.enters_base and not tax.enters_base:
            step += 1
        stepped.append(Tax(tax.code, tax.rate, tax.fixed, tax.enters_base, step))
        before = tax
    return tuple(stepped)


def tax_document(lines: Sequence[Taxable], policy: TaxPolicy) -> TaxedDocument:
    """The tax of a document; whatever the policy, lines, parts and totals add up to the cent.

    With prices that include tax, the rounded gross of each line is the anchor and never changes; with
    prices before tax, the rounded net is. Rounding by document rounds the tax of the whole document once,
    what is charged and what is credited apart, and spreads it over the lines; rounding by line rounds it on
    each. Either way each share is rounded by itself, and the cents that are then missing or over go one each
    to the shares whose own rounding erred most, the first of equals.
    """
    exact = [_exact(line, policy) for line in lines]
    anchors = [_rounded(Fraction(line.amount), policy) for line in lines]
    taxes = [_rounded_tax(each.tax, anchor, policy) for each, anchor in zip(exact, anchors, strict=True)]
    if policy.rounds == TaxRounding.DOCUMENT:
        taxes = _by_side([each.tax for each in exact], anchors, taxes, policy)
    taxed = tuple(_line(*each, policy) for each in zip(lines, exact, anchors, taxes, strict=True))
    return TaxedDocument(
        lines=taxed,
        net=sum((line.net for line in taxed), ZERO),
        tax=sum((line.tax for line in taxed), ZERO),
        gross=sum((line.gross for line in taxed), ZERO),
        parts=_summed(part for line in taxed for part in line.parts),
    )


def tax_line(amount: Decimal, rate: Decimal, policy: TaxPolicy) -> TaxedLine:
    """A line with one ordinary rate, rounded by itself."""
    return tax_document([Taxable(amount, (Tax("", rate),))], policy).lines[0]


def amount_before_tax(total: Decimal, taxes: Sequence[Tax], quantity: Decimal = Decimal(1)) -> Fraction:
    """The exact amount on which these taxes bring so much in total: the way back."""
    slope, start = Fraction(1), Fraction()
    factor, fixed = Fraction(1), Fraction()
    for same in _steps(taxes):
        levied = [(Fraction(tax.rate) * factor, Fraction(tax.rate) * fixed + _fixed(tax, quantity)) for tax in same]
        slope += sum((by for by, _ in levied), Fraction())
        start += sum((by for _, by in levied), Fraction())
        factor += sum((by for (by, _), tax in zip(levied, same, strict=True) if tax.enters_base), Fraction())
        fixed += sum((by for (_, by), tax in zip(levied, same, strict=True) if tax.enters_base), Fraction())
    return (Fraction(total) - start) / slope


def share_out(total: Decimal, exact: Sequence[Fraction], rounded: Sequence[Decimal], places: int) -> list[Decimal]:
    """The rounded shares, once those whose rounding erred most have taken what is missing to `total`.

    Of equals the first is served; what is zero stays zero.
    """
    parts = list(rounded)
    cent = Decimal(1).scaleb(-places)
    left = int((total - sum(parts, ZERO)) / cent)
    sign = 1 if left > 0 else -1
    erred = sorted(
        (i for i, each in enumerate(exact) if each), key=lambda i: ((Fraction(parts[i]) - exact[i]) * sign, i)
    )
    for i in erred[: abs(left)]:
        parts[i] += sign * cent
    return parts


def invoice_gaps(lines: Iterable[tuple[Decimal, Decimal, Decimal]]) -> list[int]:
    """The lines (net, rate, tax), counted from 1, that an e-invoice would refuse; 0 stands for their sum."""
    gaps = [round_ratio(Fraction(net) * Fraction(rate)) - tax for net, rate, tax in lines]
    refused = [n for n, gap in enumerate(gaps, 1) if abs(gap) > INVOICE_LINE_TOLERANCE]
    return refused + ([0] if abs(sum(gaps, ZERO)) > INVOICE_TOLERANCE else [])


def _exact(line: Taxable, policy: TaxPolicy) -> _Exact:
    if policy.prices_include_tax:
        net = amount_before_tax(_rounded(Fraction(line.amount), policy), line.taxes, line.quantity)
    else:
        net = Fraction(line.amount)
    base, bases, levied = net, {}, {}
    for same in _steps(line.taxes):
        raised = base
        for tax in same:
            bases[id(tax)] = base
            levied[id(tax)] = Fraction(tax.rate) * base + _fixed(tax, line.quantity)
            raised += levied[id(tax)] if tax.enters_base else 0
        base = raised
    return _Exact(net, tuple(bases[id(tax)] for tax in line.taxes), tuple(levied[id(tax)] for tax in line.taxes))


def _line(line: Taxable, exact: _Exact, anchor: Decimal, tax: Decimal, policy: TaxPolicy) -> TaxedLine:
    net, gross = (anchor - tax, anchor) if policy.prices_include_tax else (anchor, anchor + tax)
    shares = share_out(tax, exact.taxes, [_rounded(each, policy) for each in exact.taxes], policy.places)
    # The base of a part is what stands on the line, so that nobody meets a net of 1.04 and a base of 1.05.
    bases = [net + _rounded(base - exact.net, policy) for base in exact.bases]
    parts = zip(line.taxes, bases, shares, strict=True)
    return TaxedLine(net, tax, gross, tuple(TaxPart(each.code, each.rate, base, share) for each, base, share in parts))


def _by_side(
    taxes: Sequence[Fraction], anchors: Sequence[Decimal], rounded: Sequence[Decimal], policy: TaxPolicy
) -> list[Decimal]:
    """Each line's tax; what the document charges and what it credits are rounded once each."""
    shares = [ZERO] * len(taxes)
    for side in (1, -1):
        chosen = [i for i, tax in enumerate(taxes) if tax * side > 0]
        exact = [taxes[i] for i in chosen]
        total = _rounded_tax(sum(exact, Fraction()), sum((anchors[i] for i in chosen), ZERO), policy)
        parts = share_out(total, exact, [rounded[i] for i in chosen], policy.places)
        for i, part in zip(chosen, parts, strict=True):
            shares[i] = part
    return shares


def _rounded_tax(tax: Fraction, anchor: Decimal, policy: TaxPolicy) -> Decimal:
    """Included in the anchor, tax is what the rounded net leaves of it; on top of it, it is rounded itself."""
    if policy.prices_include_tax:
        return anchor - _rounded(Fraction(anchor) - tax, policy)
    return _rounded(tax, policy)


def _summed(parts: Iterable[TaxPart]) -> tuple[TaxPart, ...]:
    sums: dict[tuple[str, Decimal], TaxPart] = {}
    for part in parts:
        before = sums.get((part.code, part.rate), TaxPart(part.code, part.rate, ZERO, ZERO))
        sums[part.code, part.rate] = TaxPart(part.code, part.rate, before.base + part.base, before.tax + part.tax)
    return tuple(sums.values())


def _steps(taxes: Sequence[Tax]) -> list[list[Tax]]:
    ordered = sorted(taxes, key=lambda tax: tax.step)
    return [list(same) for _, same in groupby(ordered, key=lambda tax: tax.step)]


def _fixed(tax: Tax, quantity: Decimal) -> Fraction:
    return Fraction(tax.fixed) * Fraction(quantity)


def _rounded(number: Fraction, policy: TaxPolicy) -> Decimal:
    return round_ratio(number, policy.places, policy.rounding)
