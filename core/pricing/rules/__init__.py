"""Pure rules of prices: no database, no clock; the same facts always give the same price."""
