"""Suppliers: who goods are bought from."""
