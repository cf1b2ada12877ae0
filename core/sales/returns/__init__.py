"""Returns, refused deliveries, exchanges: what comes back, what becomes of it, and the money."""
