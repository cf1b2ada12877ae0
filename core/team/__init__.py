"""The sales team: its targets, how far it is, where it will land."""
