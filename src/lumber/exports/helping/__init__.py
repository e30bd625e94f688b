"""Sharing the work of an export with workers that other processes and machines run."""
