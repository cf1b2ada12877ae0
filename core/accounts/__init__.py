"""Users: adding and changing them, signing in and out, passwords and languages."""
