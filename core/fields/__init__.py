"""Fields that an administrator gives products and customers beside those that are built in."""
