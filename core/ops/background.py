"""Every job of the product: importing this module declares them all."""

from core.jobs import service as jobs
from core.ops import nightly

__all__ = ["jobs", "nightly"]
