"""A database from before accounts were kept has them after the upgrade as if every step had kept them."""

from importlib.util import module_from_spec, spec_from_file_location

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from core.db.migrate import MIGRATIONS
from core.sales.pay import pay_order
from core.sales.ship import ship_order, undo_shipment
from core.work.store import Store
from tests.money import BANK, D, assert_sound, open_books
from tests.traces import everything


def test_the_upgrade_finds_what_the_steps_would_have_kept(any_store: Store) -> None:
    books = open_books(any_store)
    whole, part, undone, _open = books.order(), books.order(3, "3.3333"), books.order(), books.order()
    books.run(ship_order, whole)
    books.run(pay_order, whole, amount=D("30.50"), method=BANK)
    books.run(ship_order, part, quantities=books.part(part, 1))
    books.run(ship_order, part, quantities=books.part(part, 1))
    books.run(pay_order, part, amount=D("3.33"), method=BANK)
    first = books.run(ship_order, undone, quantities=books.part(undone, 4))
    books.run(undo_shipment, first, reason="not loaded")
    books.run(ship_order, undone)
    before = everything(any_store)
    with any_store.engine.begin() as connection:
        for statement in (
            "DELETE FROM customer_account",
            "UPDATE shipment SET amount = 0, due_on = NULL",
            "UPDATE sales_order SET due_on = NULL",
        ):
            connection.execute(text(statement))

    migration = _migration()
    with any_store.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration._value_shipments()
        migration._set_due()
        connection.execute(text(migration._ACCOUNTS))

    after = everything(any_store)
    # A shipment that was undone is never due, so the upgrade gives it no day.
    assert [after[table] for table in ("customer_account", "sales_order")] == [
        before[table] for table in ("customer_account", "sales_order")
    ]
    assert len(set(before["shipment"]) - set(after["shipment"])) == 1
    assert_sound(any_store)


def _migration():  # type: ignore[no-untyped-def]
    (file,) = (MIGRATIONS / "versions").glob("*_money.py")
    spec = spec_from_file_location("money_migration", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
