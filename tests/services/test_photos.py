"""Photos of claims, returns and transfers: who adds and sees them, and that evidence stays; on both databases."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from core.attachments import errors
from core.attachments.models import AttachmentContent
from core.attachments.photos import Photo
from core.attachments.queries import PhotoRow, photo_content, photos_of
from core.attachments.service import MOST_PHOTOS, attach_photos, put_photo_back, remove_photo
from core.attachments.subjects import may_attach
from core.base.errors import AppError, InvalidInput, NotFound
from core.sales.models import ReturnKind
from core.sales.returns.cards import return_timeline
from core.sales.returns.claims import accept_claim, undo_acceptance
from core.sales.returns.inspect import inspect_return, undo_inspection
from core.sales.returns.request import decline_return, request_return
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.transfers.models import LossParty
from core.stock.transfers.service import (
    close_with_loss,
    receive_transfer,
    request_transfer,
    ship_transfer,
    undo_transfer_step,
)
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.photos import a_photo
from tests.returns import REASON, a_delivery, a_return, back
from tests.soundness import assert_sound
from tests.traces import everything, refusal_of

D = Decimal
RETURN, TRANSFER = "sales_return", "stock_transfer"
WHY = "Seen again"


def somebody(role: Role) -> Actor:
    return Actor(None, role.value, frozenset({role}), permissions_of(frozenset({role})))


@dataclass(frozen=True)
class Shop:
    """Ten mugs in one warehouse, of which five were delivered; another warehouse is empty."""

    store: Store
    mug: int
    houses: tuple[int, int]
    order: int

    def do(self, command, *args, who: Actor = SYSTEM, **facts):  # type: ignore[no-untyped-def]
        return self.store.run(who, command, None, *args, **facts)

    def claim(self, *photos: Photo) -> int:
        return a_return(self.store, self.order, 2, receives=False, kind=ReturnKind.CLAIM, photos=photos)

    def gallery(self, kind: str, subject: int, who: Actor = SYSTEM, *, with_removed: bool = False) -> list[PhotoRow]:
        with self.store.viewing(who) as view:
            return photos_of(view, kind, subject, with_removed=with_removed)

    def names(self, kind: str, subject: int) -> list[str]:
        return [row.name for row in self.gallery(kind, subject)]

    def refuses(self, refusal: type[AppError], command, *args, **facts) -> str:  # type: ignore[no-untyped-def]
        return refusal_of(self.store, refusal, self.do, command, *args, **facts).sentence

    def transfer(self) -> int:
        source, target = self.houses
        made = self.do(request_transfer, source_id=source, target_id=target, lines=[Line(self.mug, D(4))])
        self.do(ship_transfer, made)
        return int(made)


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        here, there = a_warehouse(uow), a_warehouse(uow, code="FAR")
        mug = goods(uow, here, 10, sku="MUG", retail_price="10", tax_rate=D(0))
        order = a_delivery(uow, here, [(mug, 5)])
    return Shop(any_store, mug.id, (here, there), order)


def test_a_claim_comes_with_its_photos(shop: Shop) -> None:
    first, second = a_photo("red", "torn.png"), a_photo("blue", "wet.jpg")
    claim = shop.claim(first, second)

    rows = shop.gallery(RETURN, claim)
    assert [(row.name, row.width, row.height, row.size) for row in rows] == [
        ("torn.png", 40, 30, len(first.content)),
        ("wet.jpg", 40, 30, len(second.content)),
    ]
    assert rows[0].thumbnail == first.thumbnail
    with shop.store.viewing(SYSTEM) as view:
        assert photo_content(view, rows[1].id) == second.content
        assert return_timeline(view, claim)[0].facts["photos"] == ["torn.png", "wet.jpg"]
    assert_sound(shop.store)


def test_photos_are_added_removed_and_put_back(shop: Shop) -> None:
    claim = shop.claim()
    shop.do(attach_photos, RETURN, claim, [a_photo()])
    photo = shop.gallery(RETURN, claim)[0].id

    shop.do(remove_photo, photo)
    assert shop.names(RETURN, claim) == []
    assert [row.is_removed for row in shop.gallery(RETURN, claim, with_removed=True)] == [True]
    shop.refuses(errors.PhotoRemoved, remove_photo, photo)

    shop.do(put_photo_back, photo)
    assert shop.names(RETURN, claim) == ["box.png"]
    shop.refuses(errors.PhotoStands, put_photo_back, photo)
    with shop.store.viewing(SYSTEM) as view:
        assert [row.tag for row in return_timeline(view, claim)][:3] == [
            "photo.put_back",
            "photo.removed",
            "photo.added",
        ]


@pytest.mark.parametrize("decision", ["accepted", "declined"])
def test_what_a_claim_was_decided_by_stays(shop: Shop, decision: str) -> None:
    claim = shop.claim(a_photo())
    photo = shop.gallery(RETURN, claim)[0].id
    if decision == "accepted":
        shop.do(accept_claim, claim)
    else:
        shop.do(decline_return, claim, reason=WHY)

    assert shop.refuses(errors.EvidenceKept, remove_photo, photo) == (
        "SR-2026-00001 was decided with its photos, so they stay. Undo the decision first."
    )
    shop.do(attach_photos, RETURN, claim, [a_photo("red")])
    assert len(shop.names(RETURN, claim)) == 2
    if decision == "accepted":
        shop.do(undo_acceptance, claim, reason=WHY)
        shop.do(remove_photo, photo)


def test_an_inspection_comes_with_photos_and_keeps_them(shop: Shop) -> None:
    made = a_return(shop.store, shop.order, 1)
    shop.do(inspect_return, made, photos=[a_photo()])

    photo = shop.gallery(RETURN, made)[0].id
    shop.refuses(errors.EvidenceKept, remove_photo, photo)
    shop.do(undo_inspection, made, reason=WHY)
    shop.do(remove_photo, photo)


def test_a_transfer_that_arrives_short_shows_why(shop: Shop) -> None:
    transfer = shop.transfer()
    shop.do(receive_transfer, transfer, quantities={shop.mug: D(3)}, photos=[a_photo("red", "box.jpg")])
    first = shop.gallery(TRANSFER, transfer)[0].id
    shop.do(remove_photo, first)
    shop.do(put_photo_back, first)

    photos = [a_photo("blue", "truck.jpg")]
    shop.do(close_with_loss, transfer, responsible=LossParty.CARRIER, reason="Fell off", photos=photos)

    assert shop.names(TRANSFER, transfer) == ["box.jpg", "truck.jpg"]
    shop.refuses(errors.EvidenceKept, remove_photo, first)
    shop.do(undo_transfer_step, transfer, reason=WHY)
    shop.do(remove_photo, first)
    assert_sound(shop.store)


def test_a_document_keeps_so_many_photos_and_none_twice(shop: Shop) -> None:
    claim = shop.claim()
    shop.do(attach_photos, RETURN, claim, [a_photo(f"rgb(0,{20 * n},90)", f"{n}.png") for n in range(MOST_PHOTOS - 1)])

    assert shop.refuses(errors.PhotoThere, attach_photos, RETURN, claim, [a_photo("rgb(0,0,90)", "again.png")]) == (
        "“again.png” is among the photos of SR-2026-00001 already."
    )
    two = [a_photo("red"), a_photo("blue")]
    assert shop.refuses(errors.TooManyPhotos, attach_photos, RETURN, claim, two) == (
        "SR-2026-00001 has 7 photos already; at most 8 are kept. Remove one, or add fewer."
    )
    shop.refuses(errors.PhotoThere, attach_photos, RETURN, shop.claim(), [a_photo("red"), a_photo("red", "other.png")])
    shop.refuses(InvalidInput, attach_photos, RETURN, claim, [])
    first = shop.gallery(RETURN, claim)[0].id
    shop.do(remove_photo, first)
    shop.do(attach_photos, RETURN, claim, two)
    shop.refuses(errors.TooManyPhotos, put_photo_back, first)


def test_a_claim_that_is_refused_leaves_no_photo(shop: Shop) -> None:
    before = everything(shop.store)
    lines = back(shop.store, shop.order, 99)
    with pytest.raises(AppError):
        shop.do(request_return, shop.order, reason=REASON, lines=lines, kind=ReturnKind.CLAIM, photos=[a_photo()])
    assert everything(shop.store) == before
    with shop.store.viewing(SYSTEM) as view:
        assert view.session.scalar(select(func.count()).select_from(AttachmentContent)) == 0


def test_only_who_works_on_a_document_adds_to_it_and_only_who_may_see_it_sees(shop: Shop) -> None:
    claim, transfer = shop.claim(a_photo()), shop.transfer()
    shop.do(attach_photos, TRANSFER, transfer, [a_photo()])
    adds = {kind: {role for role in Role if may_attach(somebody(role), kind)} for kind in (RETURN, TRANSFER)}
    boss = {Role.ADMINISTRATOR, Role.MANAGER}
    assert adds == {
        RETURN: boss | {Role.SALES, Role.SERVICE, Role.WAREHOUSE},
        TRANSFER: boss | {Role.WAREHOUSE, Role.BUYER},
    }
    finance, buyer = somebody(Role.FINANCE), somebody(Role.BUYER)
    photo = shop.gallery(RETURN, claim, finance)[0].id
    for command, facts in ((attach_photos, (RETURN, claim, [a_photo("red")])), (remove_photo, (photo,))):
        shop.refuses(NotAllowed, command, *facts, who=finance)
        shop.refuses(NotAllowed, command, *facts, who=buyer)
    with shop.store.viewing(buyer) as view:
        with pytest.raises(NotAllowed):
            photos_of(view, RETURN, claim)
        with pytest.raises(NotAllowed):
            photo_content(view, photo)
    assert len(shop.gallery(TRANSFER, transfer, buyer)) == 1


def test_what_is_not_there_has_no_photos(shop: Shop) -> None:
    shop.refuses(NotFound, attach_photos, RETURN, 999, [a_photo()])
    shop.refuses(NotFound, attach_photos, TRANSFER, 999, [a_photo()])
    shop.refuses(NotFound, attach_photos, "app_user", 1, [a_photo()])
    shop.refuses(NotFound, remove_photo, 999)
    shop.refuses(NotFound, put_photo_back, 999)
    with shop.store.viewing(SYSTEM) as view, pytest.raises(NotFound):
        photo_content(view, 999)
