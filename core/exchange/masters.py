"""The products and customers that a plan needs: known ones found, missing ones made."""

from decimal import Decimal

from core.base.i18n import N_, _
from core.catalog.rules import ProductDraft
from core.catalog.service import ensure_products
from core.customers.rules import CustomerDraft
from core.customers.service import ensure_customers
from core.exchange.plan import Plan, new_skus
from core.work.unit import UnitOfWork

WALK_IN = N_("Walk-in customer, {channel}")


def ensure_variants(uow: UnitOfWork, plan: Plan) -> dict[str, int]:
    """Each code's variant; products that are missing are created."""
    file = plan.file
    drafts = []
    for sku in new_skus(plan):
        facts = file.products[sku]
        category = tuple(filter(None, (facts.get("category", ""), facts.get("sub_category", ""))))
        drafts.append(
            ProductDraft(
                sku=file.spelling[sku],
                name=facts.get("product_name") or file.spelling[sku],
                category=category,
                brand=facts.get("brand", ""),
                kind=plan.kind(sku),
                retail_price=Decimal(facts["price"]),
            )
        )
    made = ensure_products(uow, drafts)
    known = {sku: variant_id for sku, (variant_id, _kind) in plan.products.items()}
    return known | {sku: made[file.spelling[sku]] for sku in new_skus(plan)}


def ensure_buyers(uow: UnitOfWork, plan: Plan, channel: str, channel_id: int) -> dict[str, int]:
    """Each customer of the file, "" being the channel's walk-in customer; missing ones are created."""
    asked = dict.fromkeys(document.customer for document in plan.booked)
    codes = {customer: plan.customer_code(customer, channel) for customer in asked}
    drafts = [
        CustomerDraft(
            code=code,
            name=texts.get("customer_name") or texts["code"],
            region=texts.get("region", ""),
            phone=texts.get("phone", ""),
            channel_id=channel_id,
        )
        for code, texts in ((code, plan.file.customers[customer]) for customer, code in codes.items() if customer)
    ]
    if "" in codes:
        drafts.append(CustomerDraft(code=codes[""], name=_(WALK_IN).format(channel=channel), channel_id=channel_id))
    ids = ensure_customers(uow, drafts)
    return {customer: ids[code] for customer, code in codes.items()}
