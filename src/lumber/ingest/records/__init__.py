"""Records with named fields (JSON Lines, CSV, Parquet): the column of each field, and its value."""
