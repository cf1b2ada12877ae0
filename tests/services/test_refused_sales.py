"""Every command of sales and money refuses what cannot be, and leaves every row as it was."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from core.attachments.service import attach_photos, put_photo_back, remove_photo
from core.catalog.categories import add_category
from core.pricing.rules.promotions import Kind, Off
from core.receivables.models import ApprovalKind, PaymentMethod
from core.receivables.service import ORDER
from core.receivables.terms import InstalmentEntry, TermsEntry, add_charge, cancel_charge, set_terms
from core.sales.again import copy_order
from core.sales.amend import accept_amendment, decline_amendment, edit_amendment, request_amendment, request_undo
from core.sales.amend_lines import LineWish
from core.sales.ask import approve_prices, ask_approval, decline_approval
from core.sales.close import cancel_order, complete_order, reopen_order
from core.sales.confirm import confirm_order, hold_order, resume_order
from core.sales.draft import (
    LineDraft,
    add_line,
    add_lines,
    change_kit,
    change_line,
    create_order,
    edit_order,
    remove_kit,
    remove_line,
    replace_line,
)
from core.sales.fulfilment import allot_waiting, keep_reserved, set_fulfilment_rule, ship_as_a_whole
from core.sales.models import OrderLine, SalesOrder
from core.sales.money.credit import approve_exception, withdraw_approval
from core.sales.money.plans import plan_customer_receipts, plan_order_receipts
from core.sales.money.reminders import mark_reminded, pause_reminders, resume_reminders, set_reminder_level
from core.sales.money.statement_links import (
    MOST_TRIES,
    agree_by_link,
    count_try,
    make_statement_link,
    object_by_link,
    withdraw_statement_link,
)
from core.sales.money.statements import (
    cancel_statement,
    confirm_statement,
    dispute_statement,
    draw_statement,
    send_statement,
    settle_statement,
)
from core.sales.offers import apply_again, drop_coupon, use_coupon
from core.sales.pay import (
    allocate_payment,
    keep_surplus,
    pay_order,
    receive_payment,
    refund_balance,
    refund_order,
    reverse_payment,
    unallocate_payment,
)
from core.sales.reallocation.service import Take, take_from_orders
from core.sales.recall_contacts import export_recall
from core.sales.returns.again import cancel_redelivery, deliver_again
from core.sales.returns.claims import accept_claim, undo_acceptance
from core.sales.returns.exchange import cancel_exchange, request_exchange, settle_exchange
from core.sales.returns.goodwill import give_goodwill, give_goodwill_on_account, undo_goodwill
from core.sales.returns.inspect import Finding, inspect_return, undo_inspection
from core.sales.returns.reasons import add_return_reason, edit_return_reason
from core.sales.returns.receive import receive_return, undo_receipt
from core.sales.returns.refund import refund_return, undo_refund
from core.sales.returns.request import LineBack, cancel_return, decline_return, reopen_return, request_return
from core.sales.ship import ship_order, undo_shipment
from core.sales.templates import add_template, apply_template, edit_template, restore_template, retire_template
from core.sales.texts import set_order_text
from core.sales.tolerance import set_category_tolerance
from core.sales.trial_runs import begin_trial
from core.security.actor import SYSTEM
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_draft, a_product, a_promotion, a_sale, a_warehouse, goods
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten

GONE = 999
WHY: dict[str, Any] = {"reason": "as agreed"}
CASH: dict[str, Any] = {"method": PaymentMethod.CASH}
EARLY, LATE = date(2026, 1, 1), date(2030, 1, 1)
WILL_DO = {allot_waiting}
"""Commands that refuse nothing: they do what there is to do."""


def d(number: str | int) -> Decimal:
    return Decimal(number)


def test_refused_commands_of_sales_change_not_one_row(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        shop = a_busy_shop(uow)
    refused = [*_orders(shop), *_shipments(shop), *_returns(shop), *_money(shop)]
    assert_each_refused(any_store, refused)
    assert_none_forgotten(refused, "core.sales.", "core.receivables.", "core.attachments.", but=WILL_DO)


def a_busy_shop(uow: UnitOfWork) -> SimpleNamespace:
    """An order of every kind; one is sold and paid, two of its three mugs came back, and its statement is sent."""
    shop = SimpleNamespace(warehouse=a_warehouse(uow))
    mug = goods(uow, shop.warehouse, 10, sku="MUG")
    shop.mug, shop.plate = mug.id, a_product(uow, sku="PLATE").id
    shop.draft = a_draft(uow, shop.warehouse, [(mug, 100)])
    shop.order = a_sale(uow, shop.warehouse, [(mug, 2)])
    shop.line = uow.session.query(OrderLine.id).filter_by(order_id=shop.order).scalar()
    shop.asked = request_amendment(uow, shop.order, lines=[LineWish(d(100), shop.line)], seen_version=2, **WHY)
    shop.sold = a_sale(uow, shop.warehouse, [(mug, 3)])
    shop.sold_line = uow.session.query(OrderLine.id).filter_by(order_id=shop.sold).scalar()
    shop.customer = uow.session.query(SalesOrder.customer_id).filter_by(id=shop.sold).scalar()
    shop.shipment = ship_order(uow, shop.sold)
    shop.payment = pay_order(uow, shop.sold, amount=d(30), **CASH)
    shop.returned = request_return(uow, shop.sold, reason="Quality problem", lines=[LineBack(shop.sold_line, d(2))])
    receive_return(uow, shop.returned)
    shop.expected = request_return(uow, shop.sold, reason="Quality problem", lines=[LineBack(shop.sold_line, d(1))])
    shop.swapped = a_sale(uow, shop.warehouse, [(mug, 1)])
    ship_order(uow, shop.swapped)
    swapped_line = uow.session.query(OrderLine.id).filter_by(order_id=shop.swapped).scalar()
    shop.exchange = request_exchange(
        uow,
        shop.swapped,
        reason="Quality problem",
        back=[LineBack(swapped_line, d(1))],
        out=[LineDraft(shop.mug, d(1))],
    )
    shop.cancelled = a_sale(uow, shop.warehouse, [(mug, 1)])
    shop.approval = approve_exception(uow, shop.cancelled, kind=ApprovalKind.CREDIT, amount=d(10), **WHY)
    withdraw_approval(uow, shop.approval)
    cancel_order(uow, shop.cancelled, **WHY)
    shop.held = a_sale(uow, shop.warehouse, [(mug, 1)])
    hold_order(uow, shop.held, **WHY)
    shop.request = ask_approval(uow, shop.draft, kind=ApprovalKind.CREDIT, **WHY)
    shop.charge = add_charge(uow, shop.customer, amount=d(5), note="gift wrap")
    shop.statement = draw_statement(uow, shop.customer, since=EARLY, until=LATE)
    send_statement(uow, shop.statement)
    shop.token = "t" * 43
    make_statement_link(uow, shop.statement, shop.token)
    withdraw_statement_link(uow, shop.statement)
    for _ in range(MOST_TRIES):
        count_try(uow, "somebody")
        uow.session.flush()
    shop.deposit = receive_payment(uow, shop.customer, amount=d(5), **CASH)
    shop.template = add_template(uow, shop.customer, name="Usual", lines=[(shop.mug, d(1))])
    retire_template(uow, shop.template)
    a_promotion(uow, Kind.COUPON, "SPRING", name="Spring", off=Off(percent=d(10)))
    shop.category = add_category(uow, "Cups")
    shop.reason = add_return_reason(uow, name="Broken")
    return shop


def _orders(shop: Any) -> Calls:
    head = {"customer_id": shop.customer, "channel_id": 1, "warehouse_id": shop.warehouse}
    whole = {**head, "sales_rep_id": None, "region": "", "note": ""}
    line = LineDraft(shop.mug, d(1))
    free = {"quantity": d(1), "unit_price": d(-1)}
    wish = {"lines": [LineWish(d(1), shop.line)], "seen_version": 2}
    return [
        (create_order, (), {**head, "customer_id": GONE, "lines": [line]}),
        (replace_line, (shop.draft, 1, shop.plate), {}),
        (replace_line, (shop.draft, GONE, shop.plate), {}),
        (create_order, (), {**head, "lines": [line, LineDraft(GONE, d(1))]}),
        (create_order, (), {**head, "lines": [LineDraft(shop.mug, d(0))]}),
        (create_order, (), {**head, "channel_id": GONE, "lines": [line]}),
        (copy_order, (GONE,), {}),
        (edit_order, (shop.order,), whole),
        (edit_order, (shop.draft,), {**whole, "warehouse_id": GONE}),
        (add_line, (shop.order, line), {}),
        (add_lines, (shop.draft, [line, LineDraft(GONE, d(1))]), {}),
        (change_line, (shop.draft, shop.line), {"quantity": d(1), "unit_price": d(1)}),
        (change_line, (shop.draft, 1), free),
        (remove_line, (shop.draft, shop.line), {}),
        (change_kit, (shop.draft, GONE), {"quantity": d(1), "unit_price": d(1)}),
        (remove_kit, (shop.draft, GONE), {}),
        (confirm_order, (shop.draft,), {}),
        (confirm_order, (shop.cancelled,), {}),
        (hold_order, (shop.draft,), WHY),
        (hold_order, (shop.order,), {"reason": ""}),
        (resume_order, (shop.order,), {}),
        (cancel_order, (shop.sold,), WHY),
        (complete_order, (shop.order,), {}),
        (reopen_order, (shop.order,), {}),
        (request_amendment, (shop.order,), {**wish, **WHY}),
        (request_amendment, (shop.sold,), {"lines": [LineWish(d(0), shop.sold_line)], "seen_version": 9}),
        (request_amendment, (shop.draft,), {**wish, **WHY}),
        (edit_amendment, (shop.asked,), {**wish, "version": 9}),
        (edit_amendment, (GONE,), {**wish, "version": 1}),
        (accept_amendment, (shop.asked,), {"version": 1}),
        (accept_amendment, (GONE,), {"version": 1}),
        (decline_amendment, (shop.asked,), {"version": 1, "reason": " "}),
        (decline_amendment, (shop.asked,), {"version": 9, **WHY}),
        (request_undo, (shop.asked,), {"seen_version": 2}),
        (request_undo, (GONE,), {"seen_version": 2}),
        (add_template, (shop.customer,), {"name": "Usual", "lines": [(shop.mug, d(1))]}),
        (add_template, (shop.customer,), {"name": "Wrong", "lines": [(GONE, d(1))]}),
        (edit_template, (shop.template,), {"version": 1, "name": "Usual", "lines": []}),
        (edit_template, (shop.template,), {"version": 99, "name": "Usual", "lines": [(shop.mug, d(1))]}),
        (retire_template, (GONE,), {}),
        (restore_template, (GONE,), {}),
        (apply_template, (shop.draft, shop.template), {}),
        (apply_template, (shop.draft, GONE), {}),
        (begin_trial, (GONE,), {"since": EARLY, "until": LATE}),
        (use_coupon, (shop.draft, "NEVER"), {}),
        (use_coupon, (shop.order, "SPRING"), {}),
        (drop_coupon, (shop.order, "SPRING"), {}),
        (apply_again, (shop.order,), {}),
    ]


def _shipments(shop: Any) -> Calls:
    return [
        (export_recall, (GONE,), {}),
        (ship_order, (shop.held,), {}),
        (ship_order, (shop.order,), {"quantities": {shop.line: d(3)}}),
        (ship_order, (shop.order,), {"quantities": {shop.line: d(1)}, "closing": [shop.line]}),
        (ship_order, (shop.order,), {"closing": [GONE]}),
        (ship_order, (shop.order,), {"lots": {shop.line: {GONE: d(2)}}}),
        (ship_order, (shop.order,), {"lots": {shop.line: {GONE: d(1)}}}),
        (undo_shipment, (shop.shipment,), WHY),
        (undo_shipment, (GONE,), WHY),
        (ship_as_a_whole, (GONE,), {"whole": True}),
        (keep_reserved, (shop.cancelled,), {"more_minutes": 5}),
        (keep_reserved, (shop.order,), {"more_minutes": 0}),
        (take_from_orders, (GONE,), {"takes": []}),
        (take_from_orders, (shop.draft,), {"takes": []}),
        (take_from_orders, (shop.draft,), {"takes": [Take(shop.line, d(1), ())]}),
        (set_fulfilment_rule, (), {"customer_id": GONE}),
        (set_fulfilment_rule, (), {"unpaid_minutes": 0}),
        (set_fulfilment_rule, (), {"least_life_share": d(2)}),
        (set_fulfilment_rule, (), {"over_share": d(2)}),
        (set_order_text, ("paid", "en", "{phone}"), {}),
        (set_category_tolerance, (GONE,), {"under_share": d("0.1")}),
        (set_category_tolerance, (shop.category,), {"under_share": d("-0.1")}),
    ]


def _returns(shop: Any) -> Calls:
    back, many = [LineBack(shop.sold_line, d(1))], [LineBack(shop.sold_line, d(9))]
    broken = {"reason": "Broken"}
    out = [LineDraft(shop.mug, d(1))]
    return [
        (request_return, (shop.sold,), {**broken, "lines": many}),
        (request_return, (shop.order,), {**broken, "lines": [LineBack(shop.line, d(1))]}),
        (request_return, (GONE,), {**broken, "lines": back}),
        (request_return, (shop.sold,), {**WHY, "lines": back}),
        (decline_return, (shop.returned,), WHY),
        (decline_return, (shop.expected,), {"reason": ""}),
        (cancel_return, (shop.returned,), WHY),
        (reopen_return, (shop.returned,), {}),
        (receive_return, (shop.returned,), {}),
        (receive_return, (shop.expected,), {"quantities": {GONE: d(1)}}),
        (receive_return, (shop.expected,), {"warehouse_id": GONE}),
        (undo_receipt, (shop.expected,), WHY),
        (accept_claim, (shop.expected,), {}),
        (undo_acceptance, (shop.returned,), WHY),
        (give_goodwill, (shop.sold,), {**broken, "amount": d("10.01")}),
        (give_goodwill, (shop.order,), {**broken, "amount": d(1)}),
        (give_goodwill, (shop.sold,), {**WHY, "amount": d(1)}),
        (give_goodwill_on_account, (GONE,), {**broken, "amount": d(1)}),
        (give_goodwill_on_account, (shop.customer,), {**broken, "amount": d(999)}),
        (undo_goodwill, (shop.returned,), WHY),
        (undo_goodwill, (GONE,), WHY),
        (attach_photos, ("sales_return", GONE, []), {}),
        (attach_photos, ("sales_return", shop.returned, []), {}),
        (attach_photos, ("nothing", shop.returned, []), {}),
        (remove_photo, (GONE,), {}),
        (put_photo_back, (GONE,), {}),
        (undo_receipt, (shop.returned,), {"reason": ""}),
        (inspect_return, (shop.expected,), {}),
        (inspect_return, (shop.returned,), {"findings": {1: Finding(restock=d(9))}}),
        (undo_inspection, (shop.returned,), WHY),
        (refund_return, (shop.returned,), {"amount": d(21), **CASH}),
        (refund_return, (shop.expected,), {"amount": d(1), **CASH}),
        (undo_refund, (GONE,), WHY),
        (deliver_again, (shop.expected,), {}),
        (deliver_again, (GONE,), {}),
        (cancel_redelivery, (shop.returned,), WHY),
        (cancel_redelivery, (GONE,), WHY),
        (request_exchange, (shop.sold,), {**broken, "back": many, "out": out}),
        (request_exchange, (shop.sold,), {**broken, "back": [], "out": []}),
        (settle_exchange, (shop.exchange,), CASH),
        (settle_exchange, (GONE,), CASH),
        (cancel_exchange, (shop.exchange,), {"reason": ""}),
        (cancel_exchange, (GONE,), WHY),
        (add_return_reason, (), {"name": "Broken"}),
        (edit_return_reason, (shop.reason,), {"name": "Quality problem", "is_active": True}),
        (edit_return_reason, (GONE,), {"name": "New", "is_active": True}),
    ]


def _money(shop: Any) -> Calls:
    sold, parts = (ORDER, shop.sold), {(ORDER, shop.order): d(6)}
    one, future = {"amount": d(1), **CASH}, {"received_on": LATE}
    period = {"since": EARLY, "until": LATE}
    exception = {"kind": ApprovalKind.CREDIT, "amount": d(1), **WHY}
    return [
        (pay_order, (shop.draft,), one),
        (keep_surplus, (shop.order,), {}),
        (pay_order, (shop.order,), {**one, **future}),
        (pay_order, (shop.order,), {**one, "amount": d("0.001")}),
        (receive_payment, (GONE,), one),
        (receive_payment, (shop.customer,), {**one, "parts": {sold: d(2)}}),
        (receive_payment, (shop.customer,), {**one, **future}),
        (allocate_payment, (shop.deposit,), {"parts": parts}),
        (allocate_payment, (GONE,), {"is_oldest_first": True}),
        (allocate_payment, (shop.deposit,), {}),
        (allocate_payment, (shop.payment,), {"is_oldest_first": True}),
        (unallocate_payment, (shop.deposit, sold), WHY),
        (unallocate_payment, (shop.payment, sold), {"amount": d(31), **WHY}),
        (reverse_payment, (GONE,), WHY),
        (reverse_payment, (shop.payment,), {"reason": ""}),
        (refund_balance, (shop.customer,), {"amount": d(6), **CASH, **WHY}),
        (refund_order, (shop.order,), {"amount": d(1), **CASH, **WHY}),
        (refund_order, (shop.sold,), {"amount": d(31), **CASH, **WHY}),
        (approve_exception, (shop.order,), {**exception, "days": 91}),
        (approve_exception, (GONE,), exception),
        (ask_approval, (shop.order,), {"kind": ApprovalKind.PRICE, "prices": {shop.line: d(1)}, **WHY}),
        (ask_approval, (shop.draft,), {"kind": ApprovalKind.PRICE, **WHY}),
        (ask_approval, (shop.cancelled,), {"kind": ApprovalKind.CREDIT, **WHY}),
        (ask_approval, (GONE,), {"kind": ApprovalKind.CREDIT, **WHY}),
        (approve_prices, (shop.request,), {}),
        (approve_prices, (GONE,), {}),
        (decline_approval, (shop.request,), {"reason": " "}),
        (decline_approval, (GONE,), WHY),
        (withdraw_approval, (shop.approval,), {}),
        (withdraw_approval, (GONE,), {}),
        (plan_customer_receipts, (GONE, ()), {}),
        (plan_order_receipts, (shop.order, (InstalmentEntry(LATE, d(-1)),)), {}),
        (draw_statement, (shop.customer,), {"since": LATE, "until": EARLY}),
        (draw_statement, (GONE,), period),
        (send_statement, (shop.statement,), {}),
        (confirm_statement, (GONE,), {}),
        (dispute_statement, (shop.statement,), {"remark": " "}),
        (settle_statement, (shop.statement,), {}),
        (cancel_statement, (shop.statement,), {"reason": ""}),
        (cancel_statement, (GONE,), WHY),
        *_links(shop),
        *_reminders(shop),
        (set_terms, (shop.customer, TermsEntry(days=-1)), {"version": 0}),
        (set_terms, (shop.customer, TermsEntry(days=1)), {"version": 9}),
        (set_terms, (GONE, TermsEntry()), {"version": 0}),
        (add_charge, (GONE,), {"amount": d(1), "note": "gift wrap"}),
        (add_charge, (shop.customer,), {"amount": d(1), "note": "gift wrap", "charged_on": LATE}),
        (cancel_charge, (shop.charge,), WHY),
        (cancel_charge, (GONE,), WHY),
    ]


def _links(shop: Any) -> Calls:
    ms_chen = {"name": "Ms Chen"}
    return [
        (make_statement_link, (GONE, shop.token), {}),
        (make_statement_link, (shop.statement, "short"), {}),
        (make_statement_link, (shop.statement, shop.token), {"days": 181}),
        (withdraw_statement_link, (GONE,), {}),
        (withdraw_statement_link, (shop.statement,), {}),
        (agree_by_link, (shop.token,), ms_chen),
        (agree_by_link, ("wrong",), ms_chen),
        (object_by_link, (shop.token,), {**ms_chen, "objections": {1: "no"}}),
        (object_by_link, (shop.token,), {"name": " ", "objections": {1: "no"}}),
        (count_try, ("somebody",), {}),
    ]


def _reminders(shop: Any) -> Calls:
    texts = {"text_zh": "请付款", "text_en": "Please pay", "version": 0}
    return [
        (mark_reminded, (shop.customer,), {"amount": d(1)}),
        (mark_reminded, (GONE,), {"amount": d(1)}),
        (pause_reminders, (shop.customer,), {"last_on": EARLY, **WHY}),
        (pause_reminders, (shop.customer,), {"last_on": date(2026, 3, 18), "document": (ORDER, GONE), **WHY}),
        (resume_reminders, (GONE,), {}),
        (set_reminder_level, (1,), {"days": 15, **texts}),
        (set_reminder_level, (GONE,), {"days": 99, **texts}),
    ]
