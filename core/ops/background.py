"""Every job of the product: importing this module declares them all."""

from core.analytics.alerts import evaluation as alerts
from core.care import telling as calls
from core.jobs import service as jobs
from core.notify import tidy as notices
from core.ops import incidents, nightly, sealing
from core.ops.backups import jobs as backups
from core.sales import fulfilment
from core.sales import trial_runs as trials
from core.stock import telling as stock
from core.stock.counts import plan as counts

__all__ = [
    "alerts",
    "backups",
    "calls",
    "counts",
    "fulfilment",
    "incidents",
    "jobs",
    "nightly",
    "notices",
    "sealing",
    "stock",
    "trials",
]
