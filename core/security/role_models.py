"""Roles as they are kept: the ones that come with the product and a company's own."""

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Moment, Word
from core.security.permissions import EVERYONE, OUTSIDE, ROLE_LABELS, ROLE_PERMISSIONS, P, Role
from core.security.sees import Reach
from core.security.shows import Sight


class RoleRecord(Base):
    """A role. `permissions` None: those that this version of the product gives it.

    `base` is the role of the product that it began as; `former` what the last change changed, for taking it back.
    `customers` and `warehouses` say how far it reaches, `phone` and `address` how
    much of these fields of customers it shows.
    """

    __tablename__ = "role"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(40), default="")
    base: Mapped[str] = mapped_column(String(20))
    permissions: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    former: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    customers: Mapped[Reach] = mapped_column(Word(Reach), default=Reach.ALL)
    warehouses: Mapped[Reach] = mapped_column(Word(Reach), default=Reach.ALL)
    phone: Mapped[Sight] = mapped_column(Word(Sight), default=Sight.OPEN)
    address: Mapped[Sight] = mapped_column(Word(Sight), default=Sight.OPEN)
    created_at: Mapped[Moment]
    archived_at: Mapped[Moment | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_own(self) -> bool:
        """Whether the company made it; the others come with the product."""
        return self.code not in ROLE_LABELS

    @property
    def label(self) -> str:
        """Its name; of a role of the product a marked text, unless the company calls it otherwise."""
        return self.name or ROLE_LABELS.get(Role(self.base), N_("Role"))

    @property
    def granted(self) -> frozenset[P]:
        """What it lets do; words of permissions that no longer exist count for nothing."""
        if self.code == Role.ADMINISTRATOR or self.permissions is None:
            return ROLE_PERMISSIONS[Role(self.base)]
        known = frozenset(P(word) for word in self.permissions if word in _WORDS)
        return (known | EVERYONE) - OUTSIDE

    @property
    def place(self) -> tuple[int, str]:
        """Its place in lists: roles of the product in their order, then the company's own by name."""
        return (list(Role).index(Role(self.code)), "") if not self.is_own else (len(Role), self.name)


_WORDS = frozenset(each.value for each in P)
