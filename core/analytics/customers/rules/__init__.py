"""The arithmetic of customers: pure functions over arrays and rows."""
