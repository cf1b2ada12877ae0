"""Warehouses, locations, the ledger of moves, levels and reservations; knows no orders."""
