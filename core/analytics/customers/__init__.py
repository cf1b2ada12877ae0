"""What customers do: who buys, who stopped, who is worth what, and what to offer next."""
