"""`init`: the database of this installation."""

from core.base.i18n import _
from core.cli.frame import AsJson, answer
from core.db.migrate import is_current, migrate
from core.work.store import Store


def init(as_json: AsJson = False) -> None:
    """Migrate the database; says so when there is nothing to do."""
    store = Store()
    try:
        database = store.engine.url.render_as_string(hide_password=True)
        migrated = not is_current(store.engine)
        if migrated:
            migrate(store.engine)
    finally:
        store.engine.dispose()
    sentence = _("{database} is ready.") if migrated else _("{database} is already current.")
    answer(
        {"ok": True, "database": database, "migrated": migrated},
        [sentence.format(database=database)],
        as_json=as_json,
    )
