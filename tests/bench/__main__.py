"""`python -m tests.bench`: measure all, or what the environment's `ONLY` names, and write `bench.json`."""

import os
import sys

import tests.bench.boards
import tests.bench.clicks
import tests.bench.dashboard
import tests.bench.first_load
import tests.bench.freshness
import tests.bench.import_orders
import tests.bench.kills
import tests.bench.layer
import tests.bench.life
import tests.bench.lists
import tests.bench.load
import tests.bench.orders
import tests.bench.shippers
import tests.bench.stocktake  # noqa: F401 - these register their benchmarks
from core.base.settings import PROJECT_DIR
from tests.bench.table import run

if __name__ == "__main__":
    sys.exit(0 if run(os.environ.get("ONLY", ""), PROJECT_DIR / "data" / "var" / "bench.json") else 1)
