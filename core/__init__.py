"""The company itself: everything Salesbook knows and does, without a screen."""
