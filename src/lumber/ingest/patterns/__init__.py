"""A user's own form of lines: a regular expression with named groups, or `%{NAME:field}`."""
