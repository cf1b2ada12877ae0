"""The books are checked without anybody asking, and what is wrong is kept for the operator."""

from sqlalchemy import text

from core.jobs.models import JobState
from core.jobs.queries import jobs
from core.jobs.queue import enqueue
from core.jobs.runner import run_next
from core.ops.nightly import CHECK_BOOKS, check_books, check_runs
from core.ops.service import repair_differences
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_warehouse, goods


def spoil(store: Store) -> None:
    """Somebody writes into the database past the ledger."""
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE stock_level SET on_hand = on_hand + 1000"))


def test_a_check_keeps_what_it_found_and_a_later_one_that_it_was_put_right(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 5)
    check_books(any_store)
    spoil(any_store)
    check_books(any_store)
    any_store.run(SYSTEM, repair_differences)
    check_books(any_store)
    with any_store.viewing(SYSTEM) as view:
        runs = check_runs(view)
    assert [run.difference_count for run in runs] == [0, 1, 0]
    assert runs[1].differences == (
        {
            "check": "stock_levels",
            "table": "stock_level",
            "row_id": 1,
            "column": "on_hand",
            "stored": "6",
            "derived": "5",
        },
    )


def test_the_runner_checks_the_books_in_a_process_of_its_own(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 5)
        enqueue(uow, CHECK_BOOKS)
    spoil(any_store)
    assert run_next(any_store)
    with any_store.viewing(SYSTEM) as view:
        assert [run.difference_count for run in check_runs(view)] == [1]
        row = next(row for row in jobs(view) if row.name == CHECK_BOOKS)
    assert (row.last_state, row.is_running) == (JobState.DONE, False)
