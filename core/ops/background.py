"""Every job of the product: importing this module declares them all."""

from core.jobs import service as jobs
from core.ops import nightly
from core.sales import fulfilment

__all__ = ["fulfilment", "jobs", "nightly"]
