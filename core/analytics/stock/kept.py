"""Which products the filters of a question let through, for studies that go product by product."""

from collections.abc import Collection

from sqlalchemy import select

from core.analytics.layer.ask import Choices, Period
from core.analytics.layer.compose import conditions, rendered
from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.resolve import resolve
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import dim_product, dim_variant
from core.analytics.stock.family import STOCK
from core.security.actor import Actor

_KEY = "product_id"


def is_of_products(dimension: str) -> bool:
    """Whether a product alone tells what it is, as it does of a category, but not of a warehouse."""
    return any(route.key == _KEY for route in DIMENSIONS[dimension].routes)


def products_kept(mirror: Mirror, actor: Actor, where: Choices, exclude: Choices) -> frozenset[int] | None:
    """The products that filters on them let through; None where there is no such filter."""
    actor.require(STOCK.needs)
    kept, left_out = ({name: chosen[name] for name in chosen if is_of_products(name)} for chosen in (where, exclude))
    if not kept and not left_out:
        return None
    products = select(dim_product.c.id.label(_KEY)).subquery("kept")
    with mirror.reading() as duck:
        filters = (*resolve(duck, kept), *resolve(duck, left_out, negated=True))
        wanted = conditions(STOCK, products, Period(None, None), filters)  # type: ignore[arg-type]
        statement, parameters = rendered(select(products.c[_KEY]).where(*wanted))
        return frozenset(row[0] for row in duck.execute(statement, parameters).fetchall())


def variants_of(mirror: Mirror, actor: Actor, products: Collection[int] | None = None) -> dict[int, tuple[int, ...]]:
    """The variants of these products, or of all, the oldest first."""
    actor.require(STOCK.needs)
    wanted = select(dim_variant.c.product_id, dim_variant.c.id).order_by(dim_variant.c.id)
    if products is not None:
        wanted = wanted.where(dim_variant.c.product_id.in_(products))
    statement, parameters = rendered(wanted)
    found: dict[int, tuple[int, ...]] = {}
    with mirror.reading() as duck:
        for product_id, variant_id in duck.execute(statement, parameters).fetchall():
            found[product_id] = (*found.get(product_id, ()), variant_id)
    return found
