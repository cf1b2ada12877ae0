"""Where we chose otherwise than the system that a case is from, and what is not there to be tried."""

from typing import Any

ABSENT: dict[str, str] = {}
OURS: dict[str, dict[str, Any]] = {}
LEFT_OUT: dict[str, Any] = {
    "T-AVG-04": {
        "method": "average",
        "steps": [
            {"op": "receive", "qty": 1, "unit_cost": "100", "date": "D-3"},
            {"op": "issue", "qty": 1, "date": "D-3"},
            {"op": "receive", "qty": 2, "unit_cost": "120", "date": "D-2"},
            {"op": "issue", "qty": 1, "date": "D-1"},
            {"op": "receive", "qty": 3, "unit_cost": "100", "date": "D"},
        ],
    }
}
"""Steps of cases that the file refers to and does not hold, as their source has them."""
