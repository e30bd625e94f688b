"""Formats of a user's own: reading options that are saved under a name and used as `--format NAME`."""
