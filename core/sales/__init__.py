"""Orders, shipments and returns."""
