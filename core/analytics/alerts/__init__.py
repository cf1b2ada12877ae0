"""Alerts: rules about figures, tried on the past, evaluated when a day, week or month is over, raised once."""
