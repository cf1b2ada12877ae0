"""Money of the demo company besides orders: terms and limits, charges, deposits, statements, an approval, plans."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from core.demo.cast import WHOLESALE
from core.demo.stage import Stage
from core.receivables.models import ApprovalKind, CreditStage, CustomerAccount, PaymentMethod, TermsKind
from core.receivables.terms import InstalmentEntry, TermsEntry, add_charge, set_terms
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.models import BusinessState, SalesOrder
from core.sales.money.credit import approve_exception
from core.sales.money.plans import plan_customer_receipts
from core.sales.money.reminder_queries import to_remind
from core.sales.money.reminders import mark_reminded, pause_reminders
from core.sales.money.statements import confirm_statement, draw_statement, send_statement
from core.sales.pay import receive_payment
from core.security.permissions import Role

MONTHLY, NET, CAREFUL, DEPOSIT, PREPAID, LATE = range(6)
TERMS = {
    MONTHLY: TermsEntry(TermsKind.MONTH_END, days=30, credit_limit=Decimal(500_000), overdue_days=60),
    NET: TermsEntry(TermsKind.NET, days=30, credit_limit=Decimal(300_000), stage=CreditStage.BOTH),
    CAREFUL: TermsEntry(TermsKind.NET, days=15, credit_limit=Decimal(150_000), stage=CreditStage.SHIP),
    DEPOSIT: TermsEntry(TermsKind.DEPOSIT, days=15, deposit_rate=Decimal("0.3")),
    PREPAID: TermsEntry(TermsKind.PREPAID),
    LATE: TermsEntry(TermsKind.NET, days=15, credit_limit=Decimal(50_000), overdue_days=30),
}
TIGHT = Decimal(1_000)


def best_customers(stage: Stage) -> list[int]:
    """The wholesale customers who buy most, as places in the plan."""
    plan = stage.plan
    there = [
        n for n, buyer in enumerate(plan.buyers) if buyer.channel == WHOLESALE and buyer.since == 0 and buyer.until == 1
    ]
    return sorted(there, key=lambda n: (-plan.buyers[n].loyalty, n))


def settle_accounts(stage: Stage) -> None:
    """All of it, as it stands on the last evening."""
    customers = [stage.company.customers[n] for n in best_customers(stage)[: len(TERMS)]]
    stage.go(80, 15 * 60)
    for place, terms in TERMS.items():
        _agree(stage, customers[place], terms, f"terms.{place}")
    _owe(stage, customers)
    _state(stage, customers)
    stage.go_to(stage.plan.ends_at)
    _approve(stage, customers)
    _expect(stage, customers[LATE])
    _remind(stage, customers)
    stage.act("rule.whole", Role.MANAGER, set_fulfilment_rule, customer_id=customers[NET], ship_complete=True)
    stage.act("rule.life", Role.MANAGER, set_fulfilment_rule, customer_id=customers[MONTHLY], least_life_days=90)


def last_month(until: date) -> tuple[date, date]:
    """The first day of the month before, and the first that no longer belongs to it."""
    ends = until.replace(day=1)
    return (ends - timedelta(days=1)).replace(day=1), ends


def _agree(stage: Stage, customer_id: int, terms: TermsEntry, key: str) -> None:
    version = select(CustomerAccount.terms_version).where(CustomerAccount.customer_id == customer_id)
    with stage.looking() as view:
        seen = view.session.scalar(version) or 0
    stage.act(key, Role.FINANCE, set_terms, customer_id, terms, version=seen)


def _owe(stage: Stage, customers: list[int]) -> None:
    """Charges, one of them long overdue; a deposit, and money that came without saying what for."""
    stage.go(70, 11 * 60)
    stage.act("charge.late", Role.FINANCE, add_charge, customers[LATE], amount=Decimal(1_280), note="仓储费")
    begins, _ = last_month(stage.until)
    for place, amount, note in ((MONTHLY, 460, "加急运费"), (NET, 320, "专车配送费"), (CAREFUL, 180, "包装定制费")):
        on = begins + timedelta(days=12 + place)
        stage.go((stage.until - on).days, 16 * 60)
        stage.act(f"charge.{place}", Role.FINANCE, add_charge, customers[place], amount=Decimal(amount), note=note)
    for place, days_ago, money, note in ((DEPOSIT, 6, 20_000, "年货订货定金"), (MONTHLY, 2, 3_500, "来款未注明用途")):
        stage.go(days_ago, 10 * 60 + 30)
        stage.act(
            f"deposit.{place}",
            Role.FINANCE,
            receive_payment,
            customers[place],
            amount=Decimal(money),
            method=PaymentMethod.BANK,
            note=note,
        )


def _state(stage: Stage, customers: list[int]) -> None:
    """Statements of the month before: one that the customer confirmed, one that was sent, one just drawn."""
    since, until = last_month(stage.until)
    stage.go(0, 9 * 60)
    drawn = [
        stage.act(f"statement.{place}", Role.FINANCE, draw_statement, customers[place], since=since, until=until)
        for place in (MONTHLY, NET, CAREFUL)
    ]
    for statement_id in drawn[:2]:
        stage.go(0, 9 * 60 + 40)
        stage.act(f"statement.{statement_id}.sent", Role.FINANCE, send_statement, statement_id)
    stage.go(0, 16 * 60)
    stage.act("statement.confirmed", Role.FINANCE, confirm_statement, drawn[0], remark="核对无误，月底付款")


def _approve(stage: Stage, customers: list[int]) -> None:
    """The newest draft of somebody else is beyond the customer's limit; it may pass once."""
    is_draft = SalesOrder.business_state == BusinessState.DRAFT
    newest = (
        select(SalesOrder.id, SalesOrder.customer_id, SalesOrder.gross_amount)
        .where(SalesOrder.customer_id.not_in(customers))
        .order_by(is_draft.desc(), SalesOrder.id.desc())
    )
    with stage.looking() as view:
        found = view.session.execute(newest.limit(1)).first()
    if found is None:
        return
    order_id, customer_id, amount = found
    _agree(stage, customer_id, replace(TERMS[LATE], credit_limit=TIGHT), "terms.tight")
    stage.act(
        "approval",
        Role.FINANCE,
        approve_exception,
        order_id,
        kind=ApprovalKind.CREDIT,
        amount=amount,
        reason="老客户，已承诺周五前回款",
        days=7,
    )


def _expect(stage: Stage, customer_id: int) -> None:
    """Two parts that a late customer promised, the first of which did not come."""
    parts = (
        InstalmentEntry(stage.until - timedelta(days=10), Decimal(640), "首期"),
        InstalmentEntry(stage.until + timedelta(days=20), Decimal(640), "尾款"),
    )
    stage.act("plan", Role.FINANCE, plan_customer_receipts, customer_id, parts)


def _remind(stage: Stage, customers: list[int]) -> None:
    """A customer that was reminded a month ago and did not pay, and one that is left alone for a week."""
    stage.go(30, 15 * 60)
    with stage.looking() as view:
        found = to_remind(view, customers[LATE])
    if found:
        stage.act("reminder", Role.FINANCE, mark_reminded, customers[LATE], amount=found[0].amount)
    stage.go(0, 17 * 60)
    until = stage.until + timedelta(days=7)
    stage.act(
        "pause", Role.FINANCE, pause_reminders, customers[CAREFUL], last_on=until, reason="正在核对账目，约定下周付款"
    )
