"""Export policies: what an admin states about who may export what, and where they are kept."""
