"""Backups that are restored: made while people work, sealed, proven, kept by rule, sent elsewhere, brought back."""
