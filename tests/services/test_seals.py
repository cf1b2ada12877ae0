"""The chain of seals: what is done is sealed once, and whatever becomes of it afterwards is found by its row."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.jobs.queue import enqueue
from core.jobs.runner import run_next
from core.ops import sealing
from core.ops.nightly import check_books
from core.ops.seal_models import Seal, SealCheck, SealPart
from core.ops.sealing import SEAL, seal_all
from core.ops.seals import find_broken, head_of
from core.ops.service import repair_differences
from core.security.actor import SYSTEM
from core.stock.ledger import Line, Origin, reserve, storage_of, take_reserved
from core.stock.models import StockMove
from core.stock.service import issue_goods, receive_goods
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.soundness import assert_sound

DAY = timedelta(days=1)


@pytest.fixture
def shop(any_store: Store) -> Store:
    """A shop with five of some goods, everything it did sealed."""
    with any_store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 5)
    seal_all(any_store, SYSTEM)
    return any_store


def broken(store: Store) -> list[tuple[str, int | None, str]]:
    with store.viewing(SYSTEM) as view:
        return [(each.table, each.row_id, each.stored) for each in find_broken(view)]


def sealed(store: Store, book: str) -> list[int]:
    """The ids that seals cover, in the order of the chain."""
    with store.viewing(SYSTEM) as view:
        parts = view.session.execute(
            select(SealPart.first_id, SealPart.last_id)
            .where(SealPart.book == book)
            .order_by(SealPart.seal_id, SealPart.first_id)
        )
        return [each for first, last in parts for each in range(first, last + 1)]


def ids(store: Store, model: type[AuditEntry] | type[StockMove]) -> list[int]:
    with store.viewing(SYSTEM) as view:
        return list(view.session.scalars(select(model.id).order_by(model.id)))


def by_hand(store: Store, *statements) -> None:
    """Somebody writes into the database past the product."""
    with store.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement) if isinstance(statement, str) else statement)


def another_day(store: Store, clock: FixedClock) -> None:
    """A day passes, and what is done on the next one is sealed."""
    clock.moment += DAY
    with store.working(SYSTEM) as uow:
        goods(uow, 1, 5)
    seal_all(store, SYSTEM)


def test_every_entry_and_every_move_is_sealed_once(shop: Store) -> None:
    assert sealed(shop, "audit_entry") == ids(shop, AuditEntry)
    assert sealed(shop, "stock_move") == ids(shop, StockMove)
    before = sealed(shop, "audit_entry")

    seal_all(shop, SYSTEM)

    assert sealed(shop, "audit_entry") == before
    assert broken(shop) == []
    assert_sound(shop)


def test_a_promise_is_sealed_when_its_goods_left_however_long_ago_it_was_made(
    any_store: Store, clock: FixedClock
) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        variant_id = goods(uow, house, 5).id
        place = storage_of(uow, house)
        reserve(uow, place, [Line(variant_id, Decimal(3), 1)], Origin("sales_order", 1))
        uow.audit("goods.promised", None)
    promise = ids(any_store, StockMove)[-1]
    seal_all(any_store, SYSTEM)
    with any_store.working(SYSTEM) as uow:
        issue_goods(uow, warehouse_id=house, lines=[Line(variant_id, Decimal(1))], reason="sample")
    clock.moment += 3 * DAY
    seal_all(any_store, SYSTEM)
    assert sorted(sealed(any_store, "stock_move")) == [each for each in ids(any_store, StockMove) if each != promise]

    clock.moment += 3 * DAY
    with any_store.working(SYSTEM) as uow:
        take_reserved(uow, place, {1: Decimal(3)}, Origin("sales_order", 1))
        uow.audit("goods.left", None)
    seal_all(any_store, SYSTEM)

    assert sorted(sealed(any_store, "stock_move")) == ids(any_store, StockMove)
    assert broken(any_store) == []


def test_many_rows_are_sealed_in_several_batches(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST", 2)
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        for number in range(5):
            goods(uow, house, 5, sku=f"G{number}")
    seal_all(any_store, SYSTEM)
    assert sealed(any_store, "audit_entry") == ids(any_store, AuditEntry)
    assert sealed(any_store, "stock_move") == ids(any_store, StockMove)
    with any_store.viewing(SYSTEM) as view:
        assert view.session.scalar(select(func.max(Seal.row_count))) == 2
    assert broken(any_store) == []


def test_the_job_goes_on_until_nothing_is_left(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST", 2)
    with any_store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 5)
        enqueue(uow, SEAL)
    while run_next(any_store):
        pass
    assert sealed(any_store, "audit_entry") == ids(any_store, AuditEntry)


def test_an_edited_entry_is_found_by_its_number(shop: Store) -> None:
    first = ids(shop, AuditEntry)[0]
    by_hand(shop, f"UPDATE audit_entry SET actor_name = 'nobody' WHERE id = {first}")  # noqa: S608
    assert broken(shop) == [("audit_entry", first, "changed after it was sealed")]


@pytest.mark.parametrize("column", ["quantity = quantity + 1", "unit_cost = 1", "lot_id = NULL, state = 'cancelled'"])
def test_an_edited_move_is_found_by_its_number(shop: Store, column: str) -> None:
    first = ids(shop, StockMove)[0]
    by_hand(shop, f"UPDATE stock_move SET {column} WHERE id = {first}")  # noqa: S608
    assert ("stock_move", first, "changed after it was sealed") in broken(shop)


def test_a_deleted_entry_is_found_by_its_number(shop: Store) -> None:
    last = ids(shop, AuditEntry)[-1]
    by_hand(shop, delete(AuditEntry).where(AuditEntry.id == last))
    assert broken(shop) == [("audit_entry", last, "deleted after it was sealed")]


def test_an_entry_put_in_behind_is_found_and_never_sealed(shop: Store, clock: FixedClock) -> None:
    another_day(shop, clock)
    first = ids(shop, AuditEntry)[0]
    facts = {"actor_name": "x", "source": "", "command": "", "tag": "", "subject_type": "", "facts": {}}
    by_hand(shop, insert(AuditEntry).values(id=-first, at=clock.now(), **facts))
    another_day(shop, clock)
    assert broken(shop) == [("audit_entry", -first, "put in behind what was sealed")]


def test_a_move_put_in_past_the_product_is_found(shop: Store, clock: FixedClock) -> None:
    another_day(shop, clock)
    columns = "variant_id, quantity, source_id, target_id, origin_type, origin_id, at, undoes"
    by_hand(
        shop,
        f"INSERT INTO stock_move (id, state, {columns}) SELECT 900, 'done', {columns} FROM stock_move LIMIT 1",  # noqa: S608
    )
    another_day(shop, clock)
    assert broken(shop) == [("stock_move", 900, "put in behind what was sealed")]


def test_a_seal_that_was_made_to_fit_an_edited_row_breaks_the_chain(shop: Store) -> None:
    by_hand(shop, "UPDATE seal SET rows_digest = previous, digest = rows_digest WHERE id = 1")
    assert ("seal", 1, "the seal itself was altered") in broken(shop)
    assert ("seal", 2, "a seal before it is missing or altered") in broken(shop)


def test_a_chain_cut_off_after_it_was_verified_is_found(shop: Store) -> None:
    check_books(shop)
    with shop.viewing(SYSTEM) as view:
        head = head_of(view.session)
        assert view.session.execute(select(SealCheck.seal_id, SealCheck.digest)).all() == [(head.id, head.digest)]
    by_hand(shop, f"DELETE FROM seal_part WHERE seal_id = {head.id}", f"DELETE FROM seal WHERE id = {head.id}")  # noqa: S608
    assert broken(shop) == [("seal", head.id, "the seal that was verified is missing or altered")]


def test_what_is_found_is_never_repaired_and_not_called_verified(shop: Store) -> None:
    by_hand(shop, update(AuditEntry).where(AuditEntry.id == 1).values(source="elsewhere"))
    shop.run(SYSTEM, repair_differences)
    check_books(shop)
    assert broken(shop) == [("audit_entry", 1, "changed after it was sealed")]
    with shop.viewing(SYSTEM) as view:
        assert view.session.scalar(select(func.count(SealCheck.id))) == 0


def test_both_databases_seal_the_same_rows_with_the_same_digest(store: Store, postgres_store: Store) -> None:
    digests = []
    for each in (store, postgres_store):
        with each.working(SYSTEM) as uow:
            house = a_warehouse(uow)
            mug = goods(uow, house, 5, sku="MUG").id
            receive_goods(uow, warehouse_id=house, lines=[Line(mug, Decimal("2.5"), unit_cost=Decimal("1.2345"))])
            uow.record("etwas.“Schönes”", "", None, {"name": "上海莲花\n'\"\\", "of": [1, None, True]})
        seal_all(each, SYSTEM)
        with each.viewing(SYSTEM) as view:
            digests.append(view.session.execute(select(Seal.book, Seal.digest).order_by(Seal.id)).all())
    assert digests[0] == digests[1]


def test_an_entry_that_was_committed_late_is_sealed_with_the_next_batch(
    postgres_store: Store, clock: FixedClock
) -> None:
    """Ids are given in the order in which entries are written, and seen in the order of commits."""
    with postgres_store.working(SYSTEM) as slow:
        slow.record("something.slow", "", None, {})
        slow.session.flush()
        with postgres_store.working(SYSTEM) as quick:
            quick.record("something.quick", "", None, {})
        seal_all(postgres_store, SYSTEM)
        clock.moment += DAY
        assert sealed(postgres_store, "audit_entry") == [2]
    seal_all(postgres_store, SYSTEM)
    assert sealed(postgres_store, "audit_entry") == [2, 1]
    assert broken(postgres_store) == []
