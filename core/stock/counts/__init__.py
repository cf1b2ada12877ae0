"""Stocktakes: planned, counted by several people while goods move, reviewed, posted as moves."""
