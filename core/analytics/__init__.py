"""The columnar mirror, measures and dimensions, and the one function that answers."""
