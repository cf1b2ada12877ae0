"""Operating an installation: self-checks and the demo company."""
