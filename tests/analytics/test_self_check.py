"""`check` compares the mirror with the store too, and `--repair` builds it anew."""

from sqlalchemy import text

from core.analytics.mirror.checks import NAME
from core.analytics.mirror.mirror import Mirror
from core.ops.registry import find_differences
from core.ops.service import repair_differences
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.analytics.shop import Shop


def mirror_differences(store: Store) -> list[tuple[str, str]]:
    with store.viewing(SYSTEM) as view:
        return [(each.table, each.column) for each in find_differences(view, [NAME])]


def test_a_mirror_that_differs_is_reported_and_repaired(any_store: Store) -> None:
    Shop(any_store, seed=8).open().sell(1)
    with Mirror(any_store, "cli") as mirror:
        mirror.refresh_now()
    assert mirror_differences(any_store) == []

    with any_store.engine.begin() as connection:
        connection.execute(text("UPDATE customer SET name = '!' || substr(name, 2)"))
        connection.execute(text("UPDATE product SET name = '!' || substr(name, 2)"))
        connection.execute(text("UPDATE variant SET sku = '!' || substr(sku, 2) WHERE id = 1"))
    assert mirror_differences(any_store) == [("customers", "all"), ("products", "all"), ("variants", "all")]

    any_store.run(SYSTEM, repair_differences)
    assert mirror_differences(any_store) == []
