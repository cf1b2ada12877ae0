"""Users' administration and sign-in."""
