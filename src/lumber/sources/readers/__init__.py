"""The readers of sources that are neither PostgreSQL nor SQLite, and how one is found by its scheme."""
