"""What the goods on hand are worth: events, layers, balances, entries, adjustments and period closes."""
