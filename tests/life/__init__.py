"""A whole shop that lives: everything that people do to goods, orders, money and books, in any order."""
