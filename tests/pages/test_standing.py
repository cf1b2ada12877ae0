"""What screens say of figures that are not of now."""

from core.analytics.mirror.mirror import Mirror
from core.base.clock import FixedClock
from core.security.permissions import Role
from pages._shared.mirror import close_mirror, mirror
from tests.analytics.conftest import shop  # noqa: F401 - a fixture
from tests.analytics.shop import Shop
from tests.analytics.test_mirror_faults import A_MINUTE, no_file_longer_than, until
from tests.pages.app import open_app, visit


def test_a_full_disk_is_said_above_the_figures_of_before(shop: Shop, clock: FixedClock) -> None:  # noqa: F811
    with Mirror(shop.store) as first:
        first.refresh_now()
    shop.sell(400)
    app = open_app(shop.store, Role.MANAGER)
    close_mirror()
    clock.moment += A_MINUTE
    try:
        with no_file_longer_than(4096):
            until(lambda: mirror().trouble is not None)
            for page in ("reports/sales", "reports/customers"):
                visit(app, page)
                assert [each.value for each in app.error] == [
                    "The disk is full, so the figures cannot be brought up to date. Free some space on it; they then "
                    "follow by themselves. These figures are of 18 Mar 2026, 12:00; nothing done since is in them."
                ]
        mirror().wait_until_fresh()
        until(lambda: mirror().checked is not None)
        visit(app, "reports/sales")
        assert [each.value for each in app.error] == []
        card = next(each for each in app.metric if each.label == "Orders")
        assert "Order lines in it: " in card.help
        assert "Compared with the documents at 18 Mar 2026, 12:01: all agree" in card.help
    finally:
        close_mirror()
