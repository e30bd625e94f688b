"""Compares the datasets of two completed exports, within limits of time and memory.

report        what a comparison says
documents     what manifests and quality reports say of both: rows, splits, columns, config, distributions
drift         how far the values of each column moved, from sketches of the rows
rows          the rows that were added, removed, changed or moved
comparisons   runs all of it for a service, in threads with a deadline
"""
