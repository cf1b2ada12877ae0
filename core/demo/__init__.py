"""The demo company: what it sells, to whom and when, and how it is entered."""
