"""Foundations that import nothing else of ours."""
