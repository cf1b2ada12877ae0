"""The columnar copy of the store: its tables, how it is built, kept fresh and compared."""
