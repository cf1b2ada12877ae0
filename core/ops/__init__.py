"""Operating an installation: self-checks and their repair."""
