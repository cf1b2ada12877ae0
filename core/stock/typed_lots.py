"""Lots that are typed behind a line, with a `#` before them: `PEN01 12 #L-07`."""

import re

_LOT = re.compile(r"^(?P<line>.*\S)\s+[##]\s*(?P<lot>\S.*?)\s*$")


def split_lots(text: str) -> tuple[str, list[str]]:
    """The lines without their lots, blank ones left out, and the lot of each; empty where none is named."""
    lines, lots = [], []
    for row in text.splitlines():
        if row.strip():
            found = _LOT.match(row)
            lines.append(found["line"] if found else row)
            lots.append(found["lot"] if found else "")
    return "\n".join(lines), lots
