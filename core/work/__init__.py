"""Where a use case is begun, guarded, recorded and committed."""
