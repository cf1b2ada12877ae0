"""Pure rules of valuation: events go in, entries and what remains come out; no session, no clock."""
