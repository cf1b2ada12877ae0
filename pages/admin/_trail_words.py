"""What the audit trail says, as sentences: what was done, to what kind of object, from where."""

from collections.abc import Mapping
from typing import Any

from core.base.i18n import N_
from pages._shared.text import _
from pages.sales._timeline import SENTENCES as OF_ORDERS
from pages.sales._timeline import Facts

SENTENCES: Mapping[str, str] = {
    **{tag: sentence for tag, (sentence, _icon) in OF_ORDERS.items()},
    "order.expired": N_("Expired unpaid; its goods are free again"),
    "order.kept_reserved": N_("Goods kept reserved until {until}"),
    "order.ship_complete_set": N_("Whether it ships only as a whole was set"),
    "orders.allotted": N_("Waiting orders were given what arrived"),
    "orders.imported": N_("{file} imported for {channel}"),
    "orders.import_reversed": N_("Import reversed"),
    "fulfilment_rule.set": N_("Fulfilment rule set"),
    "product.added": N_("{sku} {name} added"),
    "custom_field.added": N_("Custom field {name} added"),
    "custom_field.edited": N_("Custom field {name} changed"),
    "custom_field.deleted": N_("Custom field {name} deleted"),
    "product.edited": N_("{sku} changed"),
    "product.retired": N_("Retired"),
    "product.reactivated": N_("For sale again"),
    "product.deleted": N_("{sku} {name} deleted"),
    "product.parts_set": N_("Parts of the kit {sku} changed"),
    "product.substitutes_set": N_("Substitutes changed"),
    "category_tolerance.set": N_("Tolerance of a category set"),
    "price.floor_set": N_("How far a role may go below the lowest price set"),
    "price.margin_rule_set": N_("Thresholds of margins set"),
    "promotion.trial_begun": N_("{name} tried on {orders} orders"),
    "recall.exported": N_("Contacts of the recall of lot {lot} exported"),
    "customer.reminded": N_("Reminded of {amount}, level {level}"),
    "customer.reminders_paused": N_("Reminders paused: {reason}"),
    "customer.reminders_resumed": N_("Reminders go on"),
    "reminder_level.set": N_("Level of reminders changed"),
    "statement.link_made": N_("Link for the customer to {number} made"),
    "statement.link_withdrawn": N_("Link for the customer to {number} withdrawn"),
    "product.tracked": N_("Way of tracking lots changed"),
    "product.units_set": N_("Units of {sku} changed"),
    "category.added": N_("Category {name} added"),
    "category.renamed": N_("Category renamed"),
    "category.moved": N_("Category {name} moved"),
    "category.deleted": N_("Category {name} deleted"),
    "customer.added": N_("{code} {name} added"),
    "customer.edited": N_("{code} changed"),
    "customer.deactivated": N_("Taken out of use"),
    "customer.reactivated": N_("In use again"),
    "customer.terms_set": N_("Terms of payment or credit limit changed"),
    "targets.planned": N_("Targets planned for {months} months: {reason}"),
    "targets.withdrawn": N_("Targets taken back: {reason}"),
    "grade.saved": N_("Grade {name} set"),
    "grade.removed": N_("Grade {name} removed"),
    "grades.proposed": N_("{proposed} grades proposed for {customers} customers"),
    "grades.answered": N_("Proposed grades of {customers} customers answered"),
    "customer_list.kept": N_("List {name} kept with {customers} customers"),
    "customer_list.archived": N_("List {name} put away"),
    "customer_list.restored": N_("List {name} brought back"),
    "follow_up.handed_over": N_("{tasks} customers of {name} handed over to be called"),
    "follow_up.taken_back": N_("{tasks} tasks of {name} taken back"),
    "follow_up.closed": N_("Task closed"),
    "follow_up.reopened": N_("Task reopened"),
    "customer.receipts_planned": N_("Receipt plan changed"),
    "channel.added": N_("Channel {name} added"),
    "channel.renamed": N_("Channel renamed"),
    "supplier.added": N_("{code} {name} added"),
    "supplier.edited": N_("{code} changed"),
    "supplier.activated": N_("In use again"),
    "supplier.retired": N_("Taken out of use"),
    "supplier.deleted": N_("Supplier {code} {name} deleted"),
    "price_list.added": N_("Price list {name} added"),
    "price_list.edited": N_("Price list {name} changed"),
    "price_list.rule_added": N_("Rule added to {name}"),
    "price_list.rules_added": N_("Rules added to {name}: {rules}"),
    "price_list.rule_edited": N_("Rule of {name} changed"),
    "price_list.rule_removed": N_("Rule of {name} removed"),
    "price_list.published": N_("{name} published"),
    "price_list.withdrawn": N_("{name} withdrawn"),
    "promotion.added": N_("Promotion {name} added"),
    "promotion.edited": N_("Promotion {name} changed"),
    "promotion.published": N_("{name} published"),
    "promotion.withdrawn": N_("{name} withdrawn"),
    "promotion.copied": N_("Copied as {name}"),
    "promotion.coupons_issued": N_("{count} coupons issued, {first} to {last}"),
    "promotion.coupon_withdrawn": N_("Coupon {code} withdrawn"),
    "payment.received": N_("{amount} received, {method} ({payment})"),
    "payment.allocated": N_("{payment} used for documents"),
    "payment.unallocated": N_("{payment} taken off a document: {reason}"),
    "payment.refunded": N_("{amount} refunded ({payment}): {reason}"),
    "payment.reversed": N_("{amount} reversed ({payment}): {reason}"),
    "charge.added": N_("Charge {number} of {amount}: {note}"),
    "charge.cancelled": N_("Charge {number} cancelled: {reason}"),
    "statement.drawn": N_("Statement {number} drawn up for {customer}"),
    "statement.sent": N_("Statement {number} sent"),
    "statement.confirmed": N_("Statement {number} confirmed"),
    "statement.disputed": N_("Statement {number} disputed: {remark}"),
    "statement.settled": N_("Statement {number} settled"),
    "statement.cancelled": N_("Statement {number} cancelled: {reason}"),
    "template.added": N_("Usual goods {name} added"),
    "template.edited": N_("Usual goods {name} changed"),
    "template.retired": N_("Usual goods {name} put away"),
    "template.restored": N_("Usual goods {name} taken up again"),
    "goodwill.given": N_("Goodwill {number} of {gross} given on {order}: {reason}"),
    "goodwill.given_on_account": N_("Goodwill of {gross} given to {customer}: {reason}"),
    "goodwill.undone": N_("Goodwill {number} of {gross} taken back: {reason}"),
    "photo.added": N_("Photos added to {number}: {photos}"),
    "photo.removed": N_("Photo {photo} of {number} removed"),
    "photo.put_back": N_("Photo {photo} of {number} put back"),
    "return_reason.added": N_("Return reason {name} added"),
    "return_reason.edited": N_("Return reason changed"),
    "goods.received": N_("Goods received with {number}"),
    "goods.issued": N_("Goods issued with {number}: {reason}"),
    "goods.scrapped": N_("Goods scrapped with {number}: {reason}"),
    "goods.returned": N_("Goods of {receipt} sent back with {number}: {reason}"),
    "goods.carried": N_("Goods carried to another place"),
    "goods.planned": N_("Planned for {on}: {quantity}"),
    "goods.plan_ended": N_("Plan ended"),
    "stock.adjusted": N_("Stock adjusted with {number}: {reason}"),
    "stock_document.reversed": N_("Reversed by {by}: {reason}"),
    "movement_draft.begun": N_("Sheet begun"),
    "movement_draft.edited": N_("Sheet changed"),
    "movement_draft.lines_added": N_("{lines} lines added to the sheet"),
    "movement_draft.lines_changed": N_("Quantities of the sheet changed"),
    "movement_draft.lots_named": N_("Lots named on the sheet"),
    "movement_draft.priced": N_("Prices entered on the sheet"),
    "movement_draft.discarded": N_("Sheet discarded"),
    "lot.edited": N_("Dates or note of the lot changed"),
    "lot.blocked": N_("Lot blocked: {reason}"),
    "lot.released": N_("Lot released: {reason}"),
    "lot.split": N_("{quantity} made lot {into}"),
    "lots.merged": N_("{lots} lots merged, {quantity} altogether"),
    "lots.named": N_("Lots of goods on the shelf named"),
    "negative_rule.set": N_("Rule for stock below nothing set"),
    "warehouse.added": N_("Warehouse {code} {name} added"),
    "warehouse.edited": N_("Warehouse changed"),
    "place.added": N_("Place {code} {name} added"),
    "place.edited": N_("Place changed"),
    "place.made_default": N_("Made the usual place of its warehouse"),
    "transfer.requested": N_("Transfer {number} requested"),
    "transfer.shipped": N_("Transfer {number} shipped"),
    "transfer.carried_over": N_("Transfer {number} carried over at once"),
    "transfer.received": N_("Transfer {number} put on the shelf"),
    "transfer.lost": N_("Goods of {number} lost on the way: {reason}"),
    "transfer.step_undone": N_("Step of {number} undone: {reason}"),
    "transfer.cancelled": N_("Transfer {number} cancelled: {reason}"),
    "stock_count.planned": N_("Stocktake {number} planned, {lines} lines"),
    "stock_count.counted": N_("Lines counted: {lines}"),
    "stock_count.submitted": N_("Handed in, {counted} lines counted"),
    "stock_count.resumed": N_("Counting goes on"),
    "stock_count.recount_asked": N_("{lines} lines to be counted again"),
    "stock_count.differences_accepted": N_("Differences of {lines} lines accepted"),
    "stock_count.posted": N_("Posted, {differences} differences"),
    "stock_count.refitted": N_("Posted again after late entries, {lines} lines"),
    "stock_count.reversed": N_("Posting reversed: {reason}"),
    "stock_count.cancelled": N_("Stocktake cancelled: {reason}"),
    "cost.method_set": N_("Cost method set"),
    "cost.past_moves": N_("Past moves costed: {entries} entries"),
    "cost.landed": N_("Landed cost {number}, {amount}: {reason}"),
    "cost.price_corrected": N_("Price correction {number}, {amount}: {reason}"),
    "cost.revalued": N_("Revaluation {number}, {amount}: {reason}"),
    "cost.adjustment_reversed": N_("Cost change reversed with {number}: {reason}"),
    "period.closed": N_("Books closed through {through}"),
    "period.reopened": N_("Books opened again after {through}: {reason}"),
    "user.added": N_("User {username} added"),
    "user.changed": N_("Name, roles or state of a user changed"),
    "user.preferences_set": N_("Own preferences changed"),
    "user.preferences_reset": N_("Own preferences back to the usual ones"),
    "user.preferences_taken": N_("Own preferences brought in from a file"),
    "look.kept": N_("View {name} kept"),
    "look.renamed": N_("View {before} renamed to {name}"),
    "look.dropped": N_("View {name} deleted"),
    "user.language_set": N_("Language chosen"),
    "user.password_changed": N_("Own password changed"),
    "user.password_reset": N_("Password set anew"),
    "session.begun": N_("Signed in"),
    "session.ended": N_("Signed out"),
    "job.asked_for": N_("Job {job} started by hand"),
    "job.retried": N_("Job {job} tried again"),
    "books.checked": N_("Books checked, {differences} differences"),
    "differences.repaired": N_("{differences} figures repaired"),
    "figures.exported": N_("{what} exported as {form}, {rows} lines"),
    "trail.exported": N_("{entries} entries of the audit trail exported"),
    "demo.set_up": N_("Demo company begun"),
    "demo.month_entered": N_("Demo: {orders} orders of {month}"),
    "demo.costed": N_("Demo: costs worked out"),
    "demo.finished": N_("Demo company filled"),
}

KINDS = {
    "sales_order": (N_("Order"), "sales/order"),
    "sales_return": (N_("Return"), "sales/take_back"),
    "customer": (N_("Customer"), "customers/customer"),
    "product": (N_("Product"), "catalog/product"),
    "category": (N_("Category"), "catalog/categories"),
    "channel": (N_("Channel"), ""),
    "supplier": (N_("Supplier"), "suppliers/suppliers"),
    "price_list": (N_("Price list"), "pricing/price_list"),
    "promotion": (N_("Promotion"), "pricing/promotion"),
    "payment": (N_("Payment"), "receivables/payment"),
    "statement": (N_("Statement"), "receivables/statement"),
    "account_charge": (N_("Charge"), ""),
    "order_template": (N_("Usual goods"), ""),
    "return_reason": (N_("Return reason"), ""),
    "stock_document": (N_("Stock document"), "stock/document"),
    "stock_transfer": (N_("Transfer"), "stock/transfer"),
    "stock_count": (N_("Stocktake"), "stock/count"),
    "movement_draft": (N_("Sheet"), ""),
    "lot": (N_("Lot"), "stock/lot"),
    "location": (N_("Place"), "stock/places"),
    "warehouse": (N_("Warehouse"), "stock/warehouses"),
    "cost_adjustment": (N_("Cost change"), "stock/cost_changes"),
    "cost_method": (N_("Cost method"), "stock/cost_methods"),
    "period_close": (N_("Close of the books"), "stock/periods"),
    "import_batch": (N_("Import"), "sales/import_orders"),
    "custom_field": (N_("Custom field"), "admin/fields"),
    "app_user": (N_("User"), "admin/users"),
    "check_run": (N_("Check of the books"), "admin/health"),
    "fulfilment_rule": (N_("Fulfilment rule"), ""),
    "planned_move": (N_("Planned goods"), ""),
}
"""Kinds of objects: what they are called, and the screen that shows one where there is such a screen."""

SOURCES = {
    "screen": N_("Screen"),
    "command line": N_("Command line"),
    "job": N_("Job"),
    "sign-in": N_("Sign-in"),
    "demo": N_("Demo"),
    "import": N_("Import"),
}


def sentence(tag: str, facts: Mapping[str, Any]) -> str:
    """What was done. A tag without words of its own is shown as it is."""
    text = SENTENCES.get(tag)
    if text is None:
        return tag
    if tag == "order.created" and "copied_from" in facts:
        text = N_("Draft copied from {copied_from}")
    try:
        return _(text).format_map(Facts(dict(facts)))
    except (ArithmeticError, ValueError, TypeError):  # an entry of an older version
        return label(tag)


def label(tag: str) -> str:
    """A kind of action by itself, for choosing it: what differs from entry to entry is left out."""
    text = SENTENCES.get(tag)
    return tag if text is None else _(text).format_map(_Gaps())


def kind_label(kind: str) -> str:
    """What objects of this kind are called."""
    return _(KINDS[kind][0]) if kind in KINDS else kind


def source_label(source: str) -> str:
    """From where something was done."""
    return _(SOURCES[source]) if source in SOURCES else source


class _Gaps(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"
