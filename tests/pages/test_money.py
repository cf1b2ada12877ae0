"""Payments, statements, ageing and accounts on the screens."""

from datetime import date
from decimal import Decimal
from io import BytesIO

from python_calamine import CalamineWorkbook

from core.base.i18n import use_language
from core.exchange.statement_files import statement_page, statement_workbook
from core.receivables.models import ApprovalKind, TermsKind
from core.receivables.statement_models import StatementState
from core.receivables.terms import add_charge
from core.sales.confirm import confirm_order
from core.sales.models import PaymentState
from core.sales.money.queries import approvals_of, find_payments
from core.sales.money.statement_queries import StatementCard, find_statements, statement_card
from core.sales.money.statements import draw_statement
from core.sales.pay import pay_order
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.money import BANK, Books, open_books
from tests.pages.app import open_app, visit

D = Decimal


def figures(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_a_payment_is_taken_and_goes_to_the_oldest_orders(store: Store) -> None:
    books = open_books(store)
    first, second = books.order(), books.order(5)
    app = visit(open_app(store, Role.FINANCE), "receivables/payments", customer=str(books.customer))
    assert not app.exception

    key = f"payments.take.{books.customer}.2.{D('150.00')}.{D('0.00')}"
    app.number_input(key=f"{key}.amount").set_value(120.0).run()
    assert figures(app) == {"Money": "¥120.00", "For documents": "¥120.00", "Stays on the balance": "¥0.00"}
    app.button(key="payments.take.save").click().run()

    assert not app.exception
    assert [books.card(each).paid_amount for each in (first, second)] == [100, 20]
    assert app.subheader[0].value == "PM-2026-00001"


def test_what_is_free_is_allocated_by_hand_and_taken_off_again(store: Store) -> None:
    books = open_books(store)
    order = books.order()
    payment = books.receive(60)
    app = visit(open_app(store, Role.FINANCE), "receivables/payment", id=str(payment))
    app.segmented_control(key=f"payment.{payment}.{D('60.00')}.way").set_value("hand").run()
    app.session_state[f"payment.{payment}.{D('60.00')}.hand"] = {
        "edited_rows": {0: {"give": 35.5}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    assert figures(app)["Stays on the balance"] == "¥24.50"
    app.button(key="payment.allocate").click().run()
    assert (books.card(order).paid_amount, books.figures()[2]) == (D("35.50"), D("24.50"))

    key = f"payment.off.{payment}.sales_order.{order}"
    app.text_input(key=f"{key}.reason").set_value("wrong one")
    app.button(key=f"{key}.submit").click().run()
    assert not app.exception
    assert (books.card(order).payment, books.figures()[2]) == (PaymentState.NONE, 60)


def test_a_refund_above_the_balance_is_refused_and_a_smaller_one_goes_back(store: Store) -> None:
    books = open_books(store)
    payment = books.receive(60)
    app = visit(open_app(store, Role.FINANCE), "receivables/payment", id=str(payment))
    app.text_input(key=f"payment.refund.{payment}.reason").set_value("asked")
    app.number_input(key=f"payment.refund.{payment}.amount").set_value(60.01)
    app.button(key=f"payment.refund.{payment}.submit").click().run()
    assert app.error[0].value.startswith("The balance of Lotus Trading is 60, 60.01 asked.")
    app.number_input(key=f"payment.refund.{payment}.amount").set_value(10.0)
    app.button(key=f"payment.refund.{payment}.submit").click().run()
    assert not app.exception
    assert books.figures() == (0, 0, 50)


def a_statement(books: Books) -> StatementCard:
    order = books.order()
    books.run(ship_order, order)
    books.run(add_charge, books.customer, amount=D("0.30"), note="运费 ㎡ ² µ ￥ 〇 龘")
    books.run(pay_order, order, amount=D(40), method=BANK)
    made = books.run(draw_statement, books.customer, since=date(2026, 3, 1), until=date(2026, 4, 1))
    with books.store.viewing(SYSTEM) as view:
        return statement_card(view, made)


def test_a_statement_is_drawn_sent_and_confirmed(store: Store) -> None:
    books = open_books(store)
    books.run(ship_order, books.order())
    app = visit(open_app(store, Role.FINANCE), "receivables/statements", customer=str(books.customer))
    app.segmented_control(key="statements.new.period").set_value("days").run()
    app.date_input(key="statements.new.days").set_value((date(2026, 3, 1), date(2026, 3, 18))).run()
    app.button(key="statements.new.save").click().run()
    assert figures(app)["Closing balance"] == "¥100.00"
    visit(app, "receivables/statement", id="1")
    app.button(key="statement.send").click().run()
    app.button(key="statement.confirm").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert [row.state for row in find_statements(view)] == [StatementState.CONFIRMED]


def test_the_excel_file_and_the_printed_page_add_up_like_the_screen(store: Store) -> None:
    card = a_statement(open_books(store))
    use_language("zh_CN")
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(statement_workbook(card, "荷花〇贸易")))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert rows[0][0] == "荷花〇贸易  对账单"
    assert [row[5:] for row in rows[-5:]] == [["", 0.0], [100.0, 100.0], [0.3, 100.3], [-40.0, 60.3], [60.3, 60.3]]
    page = statement_page(card, "荷花〇贸易 <龘>")
    assert "荷花〇贸易 &lt;龘&gt; · 对账单 · AS-2026-00001" in page
    assert page.count("<td>60.30</td>") == 3
    assert "Noto Sans CJK SC" in page


def test_ageing_adds_up_and_leads_to_the_customer(store: Store) -> None:
    books = open_books(store)
    a_statement(books)
    books.receive(7)
    app = visit(open_app(store, Role.FINANCE), "receivables/ageing")
    assert not app.exception
    shown = figures(app)
    assert (shown["Claims"], shown["Not due"], shown["Paid ahead"], shown["Owed"]) == (
        "¥60.30",
        "¥60.30",
        "¥7.00",
        "¥53.30",
    )
    assert list(app.dataframe[0].value["owed"]) == [53.3]


def test_terms_are_agreed_on_the_card_and_an_exception_lets_an_order_pass(store: Store) -> None:
    books = open_books(store)
    draft = books.draft()
    app = visit(open_app(store, Role.MANAGER), "customers/customer", id=str(books.customer))
    key = f"customer.terms.{books.customer}.0"
    app.number_input(key=f"{key}.limit").set_value(50.0)
    app.selectbox(key=f"{key}.kind").set_value(TermsKind.NET)
    app.number_input(key=f"{key}.days").set_value(30)
    app.button(key=f"{key}.save").click().run()
    assert not app.exception
    assert books.account().terms.credit_limit == 50
    assert any("30 days" in each.value for each in app.caption)

    app.query_params.clear()
    visit(app, "sales/order", id=str(draft))
    app.button(key="order.confirm").click().run()
    assert app.error[0].value.startswith(r"Lotus Trading\: the credit limit is 50; owed")
    app.text_input(key=f"money.approve.{draft}.reason").set_value("an old friend")
    app.button(key=f"money.approve.{draft}.submit").click().run()
    app.button(key="order.confirm").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert [(each.kind, each.used_at is not None) for each in approvals_of(view, draft)] == [
            (ApprovalKind.CREDIT, True)
        ]


def test_sales_see_payments_and_take_none(store: Store) -> None:
    books = open_books(store)
    payment = books.receive(60)
    books.run(confirm_order, books.draft())
    app = visit(open_app(store, Role.SALES), "receivables/payments")
    assert not app.expander
    app = visit(app, "receivables/payment", id=str(payment))
    assert not app.exception
    assert not [button.key for button in app.button if (button.key or "").startswith("payment.")]
    with store.viewing(SYSTEM) as view:
        assert len(find_payments(view)) == 1
