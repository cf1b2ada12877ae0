"""The team measured: who is where against the target, how fairly, with which mix and discounts."""
