"""Goods that come back in the demo company's last days, each as far as it would have come."""

from decimal import Decimal
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy import exists, select

from core.attachments.photos import Photo, developed
from core.base.exact import ZERO
from core.demo.company import Company
from core.receivables.models import PaymentMethod
from core.sales.models import OrderLine, Progress, ReturnKind, ReturnLine, SalesOrder, SalesReturn
from core.sales.returns.claims import accept_claim
from core.sales.returns.goodwill import give_goodwill
from core.sales.returns.inspect import Finding, inspect_return
from core.sales.returns.models import FIRST_REASONS
from core.sales.returns.receive import receive_return
from core.sales.returns.refund import refund_return
from core.sales.returns.request import LineBack, request_return
from core.security.actor import Actor
from core.security.permissions import Role
from core.work.store import Store

REASONS = (*FIRST_REASONS[:5], FIRST_REASONS[0], FIRST_REASONS[1], FIRST_REASONS[0])
KINDS = {5: ReturnKind.REFUSAL, 7: ReturnKind.CLAIM}
REASONS_OF = {ReturnKind.REFUSAL: FIRST_REASONS[-2], ReturnKind.CLAIM: FIRST_REASONS[-1]}


def bring_some_back(store: Store, company: Company) -> None:
    """A few of the latest deliveries come back, once: announced, arrived, sorted, paid back, refused, claimed."""
    with store.viewing(company.people[Role.MANAGER]) as view:
        if view.session.scalar(select(SalesReturn.id).where(SalesReturn.requested_at.is_not(None)).limit(1)):
            return
    clerk, finance = company.people[Role.WAREHOUSE], company.people[Role.FINANCE]
    seller = company.people[Role.MANAGER]
    for place, (order_id, line_id, quantity) in enumerate(_deliveries(store, company)):
        lines = [LineBack(line_id, min(quantity, Decimal(2)))]
        reason = REASONS[place % len(REASONS)]
        kind = KINDS.get(place, ReturnKind.RETURN)
        if kind != ReturnKind.RETURN:
            reason = REASONS_OF[kind]
        made = store.run(
            seller,
            request_return,
            f"demo.return.{place}.requested",
            order_id,
            lines=lines,
            reason=reason,
            kind=kind,
            photos=[_torn_box()] if kind == ReturnKind.CLAIM else (),
        )
        if made is None or place == 0:
            continue
        if kind == ReturnKind.CLAIM:
            store.run(seller, accept_claim, f"demo.return.{place}.accepted", made)
            continue
        store.run(clerk, receive_return, f"demo.return.{place}.received", made)
        if place in {1, 5}:
            continue
        with store.viewing(clerk) as view:
            row = view.session.scalars(select(ReturnLine).where(ReturnLine.return_id == made)).one()
            finding = {row.id: Finding(second=row.quantity) if place == 2 else Finding(restock=row.quantity)}
        store.run(clerk, inspect_return, f"demo.return.{place}.inspected", made, findings=finding)
        with store.viewing(finance) as view:
            given, order = view.session.get_one(SalesReturn, made), view.session.get_one(SalesOrder, order_id)
            left = min(given.gross_amount, order.paid_amount + order.returned_amount - order.gross_amount)
        if place >= 3 and left > ZERO:
            store.run(
                finance, refund_return, f"demo.return.{place}.refunded", made, amount=left, method=PaymentMethod.WECHAT
            )
    _let_off_some(store, seller)


def _torn_box() -> Photo:
    """A photo as a customer would send it: a box, drawn, with a tear across it."""
    picture = Image.new("RGB", (480, 360), "#d8d2c8")
    pen = ImageDraw.Draw(picture)
    pen.polygon([(90, 130), (240, 80), (400, 130), (250, 190)], fill="#c99a66")
    pen.polygon([(90, 130), (250, 190), (250, 310), (90, 240)], fill="#a97a48")
    pen.polygon([(250, 190), (400, 130), (400, 240), (250, 310)], fill="#8f6538")
    pen.line([(140, 150), (170, 190), (155, 215), (195, 245), (185, 280)], fill="#3b2a18", width=9, joint="curve")
    pen.line([(165, 105), (325, 160)], fill="#e8dcc4", width=14)
    written = BytesIO()
    picture.save(written, "PNG")
    return developed("torn-box.png", written.getvalue())


def _let_off_some(store: Store, manager: Actor) -> None:
    """The customer of the latest delivery that nothing came back of gets a little goodwill."""
    with store.viewing(manager) as view:
        order_id = view.session.scalar(
            select(SalesOrder.id)
            .where(
                SalesOrder.shipment_state == Progress.FULL,
                SalesOrder.gross_amount > 100,
                ~exists().where(SalesReturn.order_id == SalesOrder.id),
            )
            .order_by(SalesOrder.id.desc())
            .limit(1)
        )
    if order_id is not None:
        reason = FIRST_REASONS[5]
        store.run(manager, give_goodwill, "demo.goodwill", order_id, amount=Decimal(20), reason=reason)


def _deliveries(store: Store, company: Company) -> list[tuple[int, int, Decimal]]:
    """Order, first line and quantity of the newest deliveries, one of each customer."""
    with store.viewing(company.people[Role.MANAGER]) as view:
        found = view.session.execute(
            select(SalesOrder.id, SalesOrder.customer_id, OrderLine.id, OrderLine.shipped_quantity)
            .join(OrderLine, OrderLine.order_id == SalesOrder.id)
            .where(
                SalesOrder.shipment_state == Progress.FULL,
                OrderLine.line_number == 1,
                ~exists().where(SalesReturn.order_id == SalesOrder.id),
            )
            .order_by(SalesOrder.id.desc())
            .limit(40)
        ).all()
    chosen: dict[int, tuple[int, int, Decimal]] = {}
    for order_id, customer_id, line_id, quantity in found:
        chosen.setdefault(customer_id, (order_id, line_id, quantity))
    return list(chosen.values())[:8]
