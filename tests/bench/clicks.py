"""What somebody in a browser waits for with years of history: a screen opened to its last chart, a click redrawn."""

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from core.analytics.mirror.mirror import Mirror
from core.base.settings import Settings
from core.db.migrate import migrate
from core.security.models import User
from core.security.permissions import Role
from core.work.store import Store
from tests.bench.places import history
from tests.bench.table import Figure, at_most, at_most_times, benchmark
from tests.browser import find_chromium
from tests.pages.app import a_user
from tests.scenarios.serving import serving
from tests.scenarios.visitors import bars, place_of_bar, sign_in, visiting

LINES = int((os.environ.get("LINES") or "10000000").split(",")[0])
SCREENS = {"sales": "dashboard", "products": "product-analysis", "stock": "stock-analysis", "team": "team"}
OPENINGS, CLICKS, OPEN_TIMES, CLICK_MS = 3, 6, 1.3, 400
# Everything that is drawn has been for a while; how long after the page began (or the click) it last changed.
WATCH = """() => {
    window.last = performance.now(); window.clicked = 0;
    const drawn = '[data-testid="stPlotlyChart"], [data-testid="stMetric"], [data-testid="stDataFrame"]';
    new MutationObserver(found => {
        for (const each of found) {
            const at = each.target.nodeType === 1 ? each.target : each.target.parentElement;
            if (at && (at.closest(drawn) || at.querySelector(drawn))) { window.last = performance.now(); return; }
        }
    }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
    document.addEventListener("pointerdown", () => { window.clicked = performance.now(); }, true);
}"""
RESTS = """() => !document.querySelector('[data-testid="stSkeleton"]')
    && document.querySelector('[data-testid="stMetric"], [data-testid="stAlert"]')
    && performance.now() - window.last > 1500"""


@benchmark("clicks")
def clicks() -> Iterator[Figure]:
    """Each screen opened anew by who is signed in, over an empty database and over the history."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="salesbook-bench-") as directory:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        empty, _ = _measured(browser, Path(directory))
        full, redrawn = _measured(browser, history(LINES))
        browser.close()
    for screen, taken in full.items():
        limit = partial(at_most_times, OPEN_TIMES, database="sqlite", size=LINES, unit="ms", baseline=empty[screen])
        yield limit(name=f"{screen} opened to the last chart", value=taken)
    yield at_most(
        CLICK_MS, name="click to redrawn, median", database="sqlite", size=LINES, value=median(redrawn), unit="ms"
    )


def _measured(browser: Browser, directory: Path) -> tuple[dict[str, float], list[float]]:
    """How long each screen took to open, and each click on the sales board to be redrawn."""
    store = Store(Settings(data_dir=directory))
    migrate(store.engine)
    with store.engine.connect() as connection:
        known = connection.execute(select(User.id).where(User.username == "boss")).first()
    if known is None:
        a_user(store, Role.MANAGER, username="boss")
    with Mirror(store) as mirror:
        mirror.refresh_now()
    store.engine.dispose()
    with serving(directory) as address, visiting(browser) as page:
        page.goto(f"{address}/dashboard")
        sign_in(page, "boss")
        opened = {
            name: median(_opened(page, f"{address}/{path}") for _ in range(OPENINGS)) for name, path in SCREENS.items()
        }
        page.goto(f"{address}/dashboard")
        page.evaluate(WATCH)
        page.wait_for_function(RESTS, polling=50, timeout=120_000)
        return opened, [_clicked(page, n) for n in range(CLICKS)] if bars(page, "By channel").count() else []


def _opened(page: Page, address: str) -> float:
    page.goto(address, wait_until="commit")
    page.wait_for_load_state("domcontentloaded")
    page.evaluate(WATCH)
    page.wait_for_function(RESTS, polling=50, timeout=120_000)
    return float(page.evaluate("window.last"))


def _clicked(page: Page, number: int) -> float:
    name = f"Channel {1 + number // 2 % 3}"
    x, y = place_of_bar(page, "By channel", name)
    page.mouse.click(x, y)
    expect(page.get_by_role("button", name=f"Channel: {name}")).to_have_count(1 - number % 2)
    page.wait_for_function(RESTS, polling=50, timeout=120_000)
    return float(page.evaluate("window.last - window.clicked"))
