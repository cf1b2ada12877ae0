"""What happened to an order, as sentences."""

from decimal import Decimal
from typing import Any

from core.base.i18n import N_
from core.receivables.models import PAYMENT_METHOD_LABELS, PaymentMethod
from core.sales.queries import TimelineRow
from core.sales.returns.models import REFUND_WAY_LABELS, RefundWay
from pages._shared.formats import money, price, quantity
from pages._shared.text import _

SENTENCES = {
    "order.created": (N_("Draft begun"), ":material/edit_note:"),
    "order.edited": (N_("Customer, warehouse or note changed"), ":material/tune:"),
    "order.line_added": (N_("{sku} × {quantity} added at {unit_price}"), ":material/add:"),
    "order.lines_added": (N_("{lines} lines added"), ":material/playlist_add:"),
    "order.line_changed": (N_("{sku} changed: {changes}"), ":material/edit:"),
    "order.line_removed": (N_("{sku} × {quantity} removed"), ":material/remove:"),
    "order.line_replaced": (N_("{sku} × {quantity} replaced by {other} at {unit_price}"), ":material/swap_horiz:"),
    "order.coupon_used": (N_("Coupon {code} entered"), ":material/confirmation_number:"),
    "order.coupon_dropped": (N_("Coupon {code} removed"), ":material/confirmation_number:"),
    "order.offers_applied": (N_("Promotions applied again, {gross_before} → {gross}"), ":material/redeem:"),
    "order.confirmed": (N_("Confirmed for {gross}; its goods are reserved"), ":material/task_alt:"),
    "order.amendment_requested": (N_("Amendment {amendment} drawn up: {reason}"), ":material/edit_document:"),
    "order.amendment_edited": (N_("Amendment {amendment} changed: {reason}"), ":material/edit_document:"),
    "order.amended": (N_("Amended, {gross_before} → {gross_after} ({amendment}): {reason}"), ":material/difference:"),
    "order.amendment_declined": (N_("Amendment {amendment} declined: {reason}"), ":material/do_not_disturb_on:"),
    "orders.reallocated": (N_("{goods} went to {number}"), ":material/swap_horiz:"),
    "order.held": (N_("Put on hold: {reason}"), ":material/pause_circle:"),
    "order.resumed": (N_("Goes on"), ":material/play_circle:"),
    "order.paid": (N_("{amount} received, {method} ({payment})"), ":material/payments:"),
    "order.payment_reversed": (N_("{amount} reversed ({payment}): {reason}"), ":material/money_off:"),
    "order.refunded": (N_("{amount} refunded ({payment}): {reason}"), ":material/undo:"),
    "order.receipts_planned": (N_("Receipt plan changed"), ":material/event:"),
    "order.exception_approved": (N_("Exception approved: {reason}"), ":material/verified_user:"),
    "order.approval_asked": (N_("Approval asked for: {reason}"), ":material/contact_support:"),
    "order.prices_approved": (N_("Prices approved: {wishes} ({reason})"), ":material/price_check:"),
    "order.approval_declined": (N_("Approval declined: {reason}"), ":material/do_not_disturb_on:"),
    "order.approval_withdrawn": (N_("Approval withdrawn"), ":material/remove_moderator:"),
    "order.shipped": (N_("Shipped with {shipment}"), ":material/local_shipping:"),
    "order.shipment_undone": (N_("Shipment {shipment} undone: {reason}"), ":material/undo:"),
    "order.completed": (N_("Completed"), ":material/done_all:"),
    "order.cancelled": (N_("Cancelled: {reason}"), ":material/block:"),
    "order.reopened": (N_("Made a draft again"), ":material/restart_alt:"),
    "return.requested": (N_("{number} requested: {reason}"), ":material/pending_actions:"),
    "return.declined": (N_("{number} declined: {reason}"), ":material/thumb_down:"),
    "return.cancelled": (N_("{number} cancelled: {reason}"), ":material/block:"),
    "return.reopened": (N_("{number} requested again"), ":material/restart_alt:"),
    "return.received": (N_("Goods of {number} received, {gross} credited"), ":material/inventory:"),
    "return.receipt_undone": (N_("Receipt of {number} undone: {reason}"), ":material/undo:"),
    "return.inspected": (
        N_("{number} inspected: {restocked} sold again, {second} second quality, {scrapped} scrap"),
        ":material/fact_check:",
    ),
    "return.inspection_undone": (N_("Inspection of {number} undone: {reason}"), ":material/undo:"),
    "return.refunded": (N_("{amount} given back for {number}, {method}"), ":material/payments:"),
    "return.refund_undone": (N_("{amount} for {number} taken back: {reason}"), ":material/money_off:"),
    "return.delivered_again": (N_("Goods of {number} are delivered again"), ":material/redo:"),
    "return.redelivery_cancelled": (N_("Not delivered again: {reason}"), ":material/undo:"),
    "exchange.requested": (N_("Exchange {number}: {comes_back} for {goes_out}"), ":material/swap_horiz:"),
    "exchange.settled": (N_("Exchange {number} settled"), ":material/done_all:"),
    "exchange.cancelled": (N_("Exchange {number} changed: {reason}"), ":material/block:"),
    "order.imported": (N_("Came with an import"), ":material/upload_file:"),
    "order.import_reversed": (N_("Its import was reversed"), ":material/undo:"),
    "order.surplus_kept": (N_("{amount} was paid too much and became the customer's balance"), ":material/savings:"),
    "goodwill.given": (N_("{number}: {gross} let off as goodwill, {reason}"), ":material/volunteer_activism:"),
    "goodwill.undone": (N_("{number}: goodwill of {gross} taken back, {reason}"), ":material/undo:"),
    "photo.added": (N_("Photos added to {number}: {photos}"), ":material/add_a_photo:"),
    "photo.removed": (N_("Photo {photo} of {number} removed"), ":material/hide_image:"),
    "photo.put_back": (N_("Photo {photo} of {number} put back"), ":material/add_a_photo:"),
    "claim.accepted": (N_("Claim accepted for {gross}; {here} were here after all"), ":material/fact_check:"),
    "claim.acceptance_undone": (N_("Acceptance of the claim undone: {reason}"), ":material/undo:"),
}
FIELDS = {"quantity": N_("quantity"), "unit_price": N_("price"), "discount": N_("discount")}


def sentence(row: TimelineRow) -> tuple[str, str]:
    """What happened, in the language of the session, and its icon."""
    text, icon = SENTENCES.get(row.tag, ("", ":material/history:"))
    if row.tag == "order.shipped" and "amendment" in row.facts:
        text = N_("Shipped with {shipment}, not just as ordered: amendment {amendment}")
    if "copied_from" in row.facts:
        text, icon = N_("Draft copied from {copied_from}"), ":material/content_copy:"
    if row.tag == "orders.reallocated" and row.facts.get("confirmed"):
        text = N_("{goods} went to {number}, which was confirmed with them")
    return _(text).format_map(Facts(row.facts)) if text else row.tag, icon


class Facts(dict[str, str]):
    """Facts of an audit entry as words; one that an older entry lacks is an en dash."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__({name: _word(name, fact) for name, fact in facts.items() if not isinstance(fact, dict)})
        if isinstance(facts.get("after"), dict):
            self["changes"] = _changes(facts.get("before") or {}, facts["after"])
        if isinstance(facts.get("prices"), list):
            self["wishes"] = ", ".join(f"{each['sku']} {price(Decimal(each['price']))}" for each in facts["prices"])

    def __missing__(self, name: str) -> str:
        return "–"


def _word(name: str, fact: Any) -> str:
    if fact is None or fact == "":
        return "–"
    if name in {"gross", "gross_before", "gross_after", "amount", "discount"}:
        return money(Decimal(str(fact)))
    if name == "unit_price":
        return price(Decimal(str(fact)))
    if name in {"quantity", "restocked", "second", "scrapped", "here"}:
        return quantity(Decimal(str(fact)))
    if name == "method" and fact == RefundWay.BALANCE:
        return _(REFUND_WAY_LABELS[RefundWay.BALANCE])
    if name == "method":
        return _(PAYMENT_METHOD_LABELS[PaymentMethod(fact)])
    if name == "reason":
        return _(str(fact))
    return str(len(fact)) if isinstance(fact, list) else str(fact)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> str:
    changed = [name for name in FIELDS if before.get(name) != after.get(name)]
    return "; ".join(
        f"{_(FIELDS[name])} {_word(name, before.get(name))} → {_word(name, after[name])}" for name in changed
    )
