"""Log lines: the form of each, and its columns. All work is done a column at a time."""
