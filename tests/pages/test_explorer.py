"""The explorer's screen."""
