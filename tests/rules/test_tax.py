"""Tax: several taxes, included or on top, rounded by line or document; whatever happens, it adds up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.exact import Rounding, round_ratio, round_to
from core.base.tax import (
    Tax,
    Taxable,
    TaxPolicy,
    TaxRounding,
    amount_before_tax,
    in_steps,
    invoice_gaps,
    tax_document,
    tax_line,
)
from core.sales.rules import line_amounts

TWENTY = Tax("20%", Decimal("0.20"))
BASE_FIVE = Tax("fixed", fixed=Decimal(5), enters_base=True)
ON_TOP = TaxPolicy(prices_include_tax=False)
INCLUDED = TaxPolicy(prices_include_tax=True)
HALF_EVEN = Rounding.HALF_EVEN


def rate(percent: str) -> Tax:
    """An ordinary tax of so many percent."""
    return Tax(f"{percent}%", Decimal(percent) / 100)


def whole(*lines: Taxable, policy: TaxPolicy):
    """Net, tax and gross of a document."""
    document = tax_document(lines, policy)
    return document.net, document.tax, document.gross


@pytest.mark.parametrize(
    ("quantity", "taxes", "parts", "total"),
    [
        (5, (BASE_FIVE, TWENTY), [("500", "25"), ("525", "105")], "126"),
        (
            1,
            (BASE_FIVE, Tax("50%", Decimal("0.5"), enters_base=True), TWENTY),
            [("100", "5"), ("100", "50"), ("155", "31")],
            "186",
        ),
        (1, (rate("10"), BASE_FIVE, TWENTY), [("100", "10"), ("100", "5"), ("105", "21")], "136"),
    ],
)
def test_a_tax_that_enters_the_base_is_taxed_by_those_after_it_and_the_way_back_is_exact(
    quantity: int, taxes: tuple[Tax, ...], parts: list[tuple[str, str]], total: str
) -> None:
    line = Taxable(Decimal(100 * quantity), in_steps(*taxes), Decimal(quantity))
    taxed = tax_document([line], ON_TOP).lines[0]
    assert [(part.base, part.tax) for part in taxed.parts] == [(Decimal(base), Decimal(tax)) for base, tax in parts]
    assert amount_before_tax(Decimal(total), in_steps(*taxes)) == 100
    back = tax_document([Taxable(Decimal(total), in_steps(*taxes))], INCLUDED)
    assert (back.net, back.gross) == (100, Decimal(total))


def test_rounding_by_line_and_by_document_give_what_they_promise() -> None:
    lines = [Taxable(Decimal("1.001"), (TWENTY,))] * 100
    by_line = TaxPolicy(prices_include_tax=False, rounds=TaxRounding.LINE)
    by_document = TaxPolicy(prices_include_tax=False, rounds=TaxRounding.DOCUMENT)
    assert whole(*lines, policy=by_line) == (Decimal("100.00"), Decimal("20.00"), Decimal("120.00"))
    assert whole(*lines, policy=by_document) == (Decimal("100.00"), Decimal("20.02"), Decimal("120.02"))
    even = TaxPolicy(prices_include_tax=False, rounding=HALF_EVEN)
    doubled = [Taxable(Decimal(amount), (rate("100"),)) for amount in ("1.070", "1.005")]
    assert whole(*doubled, policy=even)[:2] == (Decimal("2.07"), Decimal("2.07"))


def test_the_residual_cent_goes_to_the_tax_whose_rounding_erred_most_then_to_the_first() -> None:
    ten = rate("10")
    even = TaxPolicy(prices_include_tax=False, rounding=HALF_EVEN)

    def parts(*lines: Taxable, policy: TaxPolicy = even):
        return [(part.base, part.tax) for line in tax_document(lines, policy).lines for part in line.parts]

    def expected(*pairs: tuple[str, str]):
        return [(Decimal(base), Decimal(tax)) for base, tax in pairs]

    assert parts(Taxable(Decimal("1.0417"), (ten, ten))) == expected(("1.04", "0.11"), ("1.04", "0.10"))
    assert parts(Taxable(Decimal("30.00"), (ten,)), Taxable(Decimal("-2.95"), (ten, ten))) == expected(
        ("30.00", "3.00"), ("-2.95", "-0.29"), ("-2.95", "-0.30")
    )
    by_document = TaxPolicy(prices_include_tax=False, rounds=TaxRounding.DOCUMENT, rounding=HALF_EVEN)
    sold, credited = Decimal("11.2736") * Decimal("1.04"), Decimal("0.4529") * -1
    six = rate("6")
    assert parts(Taxable(sold, (six,)), Taxable(credited, (six,)), policy=by_document) == expected(
        ("11.72", "0.70"), ("-0.45", "-0.03")
    )


@pytest.mark.parametrize("rounds", TaxRounding)
@pytest.mark.parametrize(
    ("amounts", "percent", "places", "gross"),
    [
        (["379.00", "379.00"], "21", 2, "758.00"),
        (["16000", "10000"], "7", 2, "26000"),
        (["50000"], "10", 0, "50000"),
        (["3.30"], "5", 2, "3.30"),
        (["43.06"], "21", 2, "43.06"),
        (["69.99"], "20", 2, "69.99"),
    ],
)
def test_prices_with_tax_are_the_anchor_and_every_document_adds_up(
    amounts: list[str], percent: str, places: int, gross: str, rounds: TaxRounding
) -> None:
    policy = TaxPolicy(prices_include_tax=True, rounds=rounds, places=places)
    document = tax_document([Taxable(Decimal(amount), (rate(percent),)) for amount in amounts], policy)
    assert document.gross == Decimal(gross)
    assert document.net + document.tax == document.gross
    assert [line.gross for line in document.lines] == [Decimal(amount) for amount in amounts]
    if rounds == TaxRounding.DOCUMENT or len(amounts) == 1:
        assert document.net == round_ratio(Fraction(gross) / (1 + Fraction(percent) / 100), places)


def test_ten_lines_and_one_line_differ_only_when_each_line_is_rounded() -> None:
    tax = (rate("21"),)
    one, ten = [Taxable(Decimal("36.00"), tax)], [Taxable(Decimal("3.60"), tax)] * 10
    by_document = TaxPolicy(prices_include_tax=True, rounds=TaxRounding.DOCUMENT)
    assert whole(*one, policy=by_document) == whole(*ten, policy=by_document)
    assert whole(*one, policy=INCLUDED) == (Decimal("29.75"), Decimal("6.25"), Decimal("36.00"))
    assert whole(*ten, policy=INCLUDED) == (Decimal("29.80"), Decimal("6.20"), Decimal("36.00"))


def test_e_invoice_gaps_name_the_lines_and_the_sum() -> None:
    good, bad = (Decimal("100"), Decimal("0.13"), Decimal("13.06")), (Decimal("100"), Decimal("0.13"), Decimal("13.07"))
    assert invoice_gaps([good, bad]) == [2]
    assert invoice_gaps([good] * 21) == []
    assert invoice_gaps([good] * 22) == [0]


cents = st.integers(-(10**7), 10**7).map(lambda n: Decimal(n).scaleb(-2))
taxes = st.lists(
    st.builds(
        Tax,
        code=st.sampled_from("abc"),
        rate=st.integers(0, 50).map(lambda n: Decimal(n) / 100),
        fixed=st.sampled_from([Decimal(0), Decimal("0.35")]),
        enters_base=st.booleans(),
        step=st.integers(0, 2),
    ),
    max_size=3,
).map(tuple)
documents = st.lists(
    st.builds(Taxable, amount=cents, taxes=taxes, quantity=st.integers(1, 9).map(Decimal)), min_size=1, max_size=8
)
policies = st.builds(
    TaxPolicy, prices_include_tax=st.booleans(), rounds=st.sampled_from(TaxRounding), rounding=st.sampled_from(Rounding)
)


@given(lines=documents, policy=policies)
def test_lines_parts_and_totals_of_any_document_add_up(lines: list[Taxable], policy: TaxPolicy) -> None:
    document = tax_document(lines, policy)
    assert document.net + document.tax == document.gross
    assert document.tax == sum(part.tax for part in document.parts)
    for line, asked in zip(document.lines, lines, strict=True):
        assert line.net + line.tax == line.gross
        assert sum(part.tax for part in line.parts) == line.tax
        assert (line.gross if policy.prices_include_tax else line.net) == asked.amount


@given(lines=documents, policy=policies)
def test_rounding_once_for_the_document_is_never_further_from_the_exact_tax_than_rounding_lines(
    lines: list[Taxable], policy: TaxPolicy
) -> None:
    plain = [Taxable(abs(line.amount), line.taxes[:1]) for line in lines if not any(t.fixed for t in line.taxes)]
    exact = sum(
        (Fraction(each.amount) * Fraction(tax.rate) / (1 + Fraction(tax.rate) * policy.prices_include_tax))
        for each in plain
        for tax in each.taxes
    )
    tax = tax_document(plain, TaxPolicy(policy.prices_include_tax, TaxRounding.DOCUMENT, policy.rounding)).tax
    assert abs(Fraction(tax) - exact) <= Fraction(1, 200)


@given(amount=cents, percent=st.integers(0, 100), policy=policies)
def test_an_ordinary_line_is_taxed_like_an_order_line(amount: Decimal, percent: int, policy: TaxPolicy) -> None:
    ratio = Decimal(percent) / 100
    line = tax_line(amount, ratio, policy)
    same = line_amounts(
        Decimal(1), amount, Decimal(0), ratio, prices_include_tax=policy.prices_include_tax, rounding=policy.rounding
    )
    assert (line.net, line.tax, line.gross) == (same.net, same.tax, same.gross)


@given(number=st.decimals(-(10**6), 10**6, places=5), rounding=st.sampled_from(Rounding))
def test_ratios_round_as_numbers_do(number: Decimal, rounding: Rounding) -> None:
    assert round_ratio(Fraction(number), 2, rounding) == round_to(number, 2, rounding)
