"""Goods that do not sell: who gets rid of them, how, and until when."""
