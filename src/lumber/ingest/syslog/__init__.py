"""Lines of logs: which form each has, and its columns. Everything is done a column at a time."""
