"""Who may make which call: what each route needs, who makes a call, and the check before anything is read."""
