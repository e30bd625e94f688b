"""What can be exported: one file per kind, and a registry that finds them."""
