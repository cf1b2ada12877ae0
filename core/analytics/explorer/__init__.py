"""Exploring freely: what is asked, the pivot it gives, views that are kept, and links that share them."""
