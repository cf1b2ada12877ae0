"""The unit of work: one transaction with its actor, its audit entry and its lines in the change feed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

from sqlalchemy import Executable, Table, bindparam, event, insert, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.base.clock import Clock, business_day
from core.base.settings import Settings
from core.db.bulk import insert_whole, names_all
from core.db.model import Base
from core.security.actor import Actor
from core.work.models import Change, NumberSeries

M = TypeVar("M", bound=Base)
MANY = 1_000


class Unaudited(RuntimeError):
    """A command changed something and wrote no audit entry: a bug, caught before the commit."""


class UnitOfWork:
    """One transaction of one actor. Services write through it; only its opener commits."""

    def __init__(self, session: Session, actor: Actor, clock: Clock, settings: Settings) -> None:
        self.session = session
        self.actor = actor
        self.settings = settings
        self.now: datetime = clock.now()
        self.command = ""
        self.audited = False
        self._touched: dict[str, list[tuple[int, int]]] = {}
        event.listen(session, "after_flush", self._follow)

    @property
    def today(self) -> date:
        """The business day of this transaction."""
        return business_day(self.now, self.settings.timezone)

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """Run a command; a command called by another one belongs to the outer one."""
        outer, self.command = self.command, self.command or name
        try:
            yield
            self.session.flush()
        finally:
            self.command = outer

    def add(self, row: M) -> M:
        """Insert a row and give it its id."""
        self.session.add(row)
        self.session.flush()
        return row

    def insert_many(self, model: type[Base], rows: Sequence[dict[str, Any]]) -> list[int]:
        """Insert many rows in one statement; their ids in the order of the rows.

        Rows inserted so do not reach the change feed by themselves: `touch` what they belong to.
        """
        if not rows:
            return []
        key = inspect(model).primary_key[0]
        if len(rows) >= MANY and names_all(model, rows[0]):
            return list(insert_whole(self.session, model, rows, key.name))
        inserted = insert(table_of(model)).returning(key, sort_by_parameter_order=True)
        return list(self.session.connection().scalars(inserted, rows))

    def write(self, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows whose ids nobody asks for, by the shortest way."""
        if len(rows) >= MANY and names_all(model, rows[0]):
            insert_whole(self.session, model, rows)
        elif rows:
            self.session.connection().execute(insert(table_of(model)), rows)

    def touch(self, model: type[Base], first_id: int, last_id: int | None = None) -> None:
        """Say in the change feed that these rows changed; loaded rows do so by themselves."""
        self._touched.setdefault(model.__tablename__, []).append((first_id, last_id or first_id))

    def audit(self, tag: str, subject: Base | None, *, subject_id: int | None = None, **facts: Any) -> None:
        """Record what was done; the changed attributes of a loaded subject are kept before and after."""
        kind = "" if subject is None else subject.__tablename__
        if subject is not None:
            changed = changes_of(subject)
            # What was written to the database meanwhile comes with the facts: it is before what changed since.
            first = facts.get("changed", {})
            changed = {**first, **{name: [first.get(name, pair)[0], pair[1]] for name, pair in changed.items()}}
            if changed:
                facts["changed"] = changed
            subject_id = subject_id or subject.id  # type: ignore[attr-defined]
        self.record(tag, kind, subject_id, facts)

    def record(self, tag: str, subject_type: str, subject_id: int | None, facts: dict[str, Any]) -> None:
        """Write one audit entry."""
        self.audited = True
        self.write(
            AuditEntry,
            [
                {
                    "at": self.now,
                    "actor_id": self.actor.id,
                    "actor_name": self.actor.name,
                    "source": self.actor.source,
                    "command": self.command,
                    "tag": tag,
                    "subject_type": subject_type,
                    "subject_id": subject_id,
                    "facts": {name: plain(fact) for name, fact in facts.items()},
                }
            ],
        )

    def number(self, prefix: str) -> str:
        """The next number of a document kind, such as SO-2026-00042; gap-free."""
        return self.numbers(prefix, 1)[0]

    def numbers(self, prefix: str, count: int, year: int | None = None) -> list[str]:
        """The next so many numbers of a document kind."""
        year = year or self.today.year
        taking = _TAKING[self.session.get_bind().dialect.name]
        facts = {"of": prefix, "within": year, "first": count + 1, "more": count}
        after = self.session.connection().execute(taking, facts).scalar_one()
        return [f"{prefix}-{year}-{n:05d}" for n in range(after - count, after)]

    def settle(self) -> None:
        """Write the change feed before the commit; refuse to commit work that nobody recorded."""
        self.session.flush()
        if self._touched and not self.audited:
            raise Unaudited(self.command)
        rows = [
            {"entity": entity, "first_id": first, "last_id": last}
            for entity, ranges in sorted(self._touched.items())
            for first, last in _joined(ranges)
        ]
        self.write(Change, rows)

    def _follow(self, session: Session, _: Any) -> None:
        for row in (*session.new, *session.dirty, *session.deleted):
            feeds = getattr(row, "feeds", None)
            if feeds is not None:
                entity, attribute = feeds
                row_id = getattr(row, attribute)
                if row_id is not None:
                    self._touched.setdefault(entity, []).append((row_id, row_id))


def _taking(begun: postgresql.Insert | sqlite.Insert) -> Executable:
    series = table_of(NumberSeries).c
    begun = begun.values(prefix=bindparam("of"), year=bindparam("within"), next=bindparam("first"))
    more = {"next": series.next + bindparam("more", type_=series.next.type)}
    return begun.on_conflict_do_update(index_elements=["prefix", "year"], set_=more).returning(series.next)


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that need nothing of the ORM."""
    return cast(Table, inspect(model).local_table)


def changes_of(row: Base) -> dict[str, list[Any]]:
    """Changed columns of a loaded row: name → [before, after]."""
    state = inspect(row)
    if not state.persistent:
        return {}
    changed = {}
    for column in state.mapper.column_attrs:
        if column.key not in state.committed_state:
            continue
        history = state.attrs[column.key].history
        before, after = list(history.deleted or ()), list(history.added or ())
        if before and after:
            changed[column.key] = [plain(before[0]), plain(after[0])]
    return changed


def plain(fact: Any) -> Any:
    """A fact as JSON can hold it, numbers exact."""
    if isinstance(fact, Decimal):
        return f"{fact.normalize():f}"
    if isinstance(fact, date):
        return fact.isoformat()
    if isinstance(fact, dict):
        return {str(key): plain(each) for key, each in fact.items()}
    if isinstance(fact, list | tuple):
        return [plain(each) for each in fact]
    return fact


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


# Built once: nearly every command takes a number.
_TAKING = {
    "sqlite": _taking(sqlite.insert(table_of(NumberSeries))),
    "postgresql": _taking(postgresql.insert(table_of(NumberSeries))),
}
