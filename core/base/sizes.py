"""Sizes of files as people read them."""

_STEP = 1024
_UNITS = ("KB", "MB", "GB", "TB")


def shown_size(size: int) -> str:
    """Bytes in the unit that needs the fewest digits."""
    if size < _STEP:
        return f"{size} B"
    amount, place = float(size), -1
    while amount >= _STEP and place + 1 < len(_UNITS):
        amount, place = amount / _STEP, place + 1
    return f"{amount:.1f} {_UNITS[place]}"
