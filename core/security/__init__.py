"""Who may do what: roles, permissions, actors, users and their sessions."""
