"""An installation worth keeping, and what is the same when two of them are."""

from pathlib import Path

from core.base.settings import Settings
from core.ops.backups.archive import backup_key, make_backup
from core.ops.sealing import seal_all
from core.sales.confirm import confirm_order
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_draft, a_warehouse, goods

KEY = "seven brass kettles and a lid"


def a_shop(store: Store) -> None:
    """Goods, an order that left, and seals over them."""
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        order = a_draft(uow, warehouse, [(goods(uow, warehouse, 9), 3)])
        confirm_order(uow, order)
        ship_order(uow, order)
    seal_all(store, SYSTEM)


def a_backup(store: Store) -> tuple[Path, str]:
    """A backup of this installation and its key."""
    return make_backup(store).file, backup_key(store.settings)


def an_empty_host(like: Settings, folder: Path, url: str = "") -> Settings:
    """Settings of a host that has nothing yet."""
    folder.mkdir(parents=True)
    return Settings(data_dir=folder, database_url=url or f"sqlite:///{folder / 'salesbook.db'}", company=like.company)
