"""Where we chose otherwise than the system that a case is from, and what is not there to be tried."""

from typing import Any

SUPPLY = "there are no order points, purchase requests or forecasts yet"
ABSENT: dict[str, str] = {
    "currency_conversion": "there is one currency",
    "forecast_as_demand": SUPPLY,
    "order_point_overflow": SUPPLY,
    "order_point_purchase": SUPPLY,
    "min_over_max_refused": SUPPLY,
    "reorder_level_and_qty": SUPPLY,
    "reorder_projected_group": SUPPLY,
    "supplier_lead_time": SUPPLY,
    "points_earn_redeem": "there are no loyalty points yet",
    "sales_report": "a product has one category and customers have none; reports are proven in tests/analytics",
    "cost_lifo": "last in, first out is not offered",
}
"""Areas, or single cases, of what is not there; and why."""

OURS: dict[str, dict[str, Any]] = {
    "T-FIFO-05": {
        "after_first_recompute": {"undo_unit_cost": "40.0000", "issue_unit_cost": "40.0000", "product_cost": "40.0000"}
    },
    "T-FIFO-06": {"product_cost": "80.0000", "issue_unit_cost": "80.0000"},
    "T-SHIP-01": {"invoices": ["80.00", "23.00"]},
    "T-STK-01": {"turnover": None},
    "T-INV-05": {"confirm": "refused"},
    "E-FIFO-05": {"qty": [19, None, 19], "value": [285, None, 290]},
    "E-BACK-03": {
        "balance_PR3": [None, None, 12, 7, 15, 25],
        "balance_after_SR5": {"PR1": 18, "PR2": 19, "SR4": 14},
        "after_PR5": {"PR5": 10, "SR4": 24, "SR5": 18},
    },
}
"""Figures of policies that we chose otherwise; the page of the decisions says why."""

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
