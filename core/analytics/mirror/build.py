"""The program that builds a mirror file in a process of its own: `python -m core.analytics.mirror.build`."""

import json
import sys
from datetime import datetime
from pathlib import Path

from core.analytics.mirror.bulk import bulk_snapshot
from core.analytics.mirror.load import build

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    with bulk_snapshot(asked["url"]) as snapshot:
        build(Path(asked["file"]), snapshot, asked["timezone"], datetime.fromisoformat(asked["moment"]))
