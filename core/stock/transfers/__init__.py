"""Transfers: goods on their way from one warehouse to another."""
