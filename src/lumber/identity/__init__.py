"""Who may do what: users, passwords, API keys and rights. It knows nothing of HTTP."""
