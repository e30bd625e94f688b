"""Realistic, reproducible sample data: a seeded generator of logs, incidents and addresses."""
