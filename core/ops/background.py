"""Every job and self-check of the product: importing this module declares them all."""

from core.analytics import checks as mirror_checks
from core.jobs import service as jobs
from core.ops import checks, nightly

__all__ = ["checks", "jobs", "mirror_checks", "nightly"]
