"""Versions of datasets: what a new one reads, what it takes from its parent, and how it is published."""
