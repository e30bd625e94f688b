"""Alembic migrations. Each revision runs on SQLite and on PostgreSQL, up and down."""
