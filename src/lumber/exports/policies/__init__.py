"""Export policies applied: what an export reads, and whether the policies of its account allow it."""
