"""Translations: one gettext catalogue for each room and language, and the tool that keeps them complete."""
