"""The transactional database: engine, base classes and types, migrations."""
