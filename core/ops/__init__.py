"""Self-checks of the whole installation."""
