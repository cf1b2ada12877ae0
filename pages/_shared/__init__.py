"""What every screen stands on: opening, reading, acting, texts, formats, tables, charts."""
