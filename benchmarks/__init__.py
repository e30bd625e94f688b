"""Benchmarks: the same work, measured the same way."""
