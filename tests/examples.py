"""How many random examples a test draws: some in every run, many more when `make hunt` looks for others."""

from hypothesis import settings

HUNT = 12


def drawn(count: int) -> int:
    """So many examples; twelve times as many in a hunt."""
    return count * (HUNT if settings.get_current_profile_name() == "hunt" else 1)
