"""Goods that are promised to one order and go to another that has the better claim."""
