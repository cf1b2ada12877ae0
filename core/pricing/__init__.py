"""Price lists, promotions and coupons: what something costs, and why."""
