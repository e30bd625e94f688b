"""Records with named fields (JSON Lines, CSV, Parquet): which column each field is, and its value."""
