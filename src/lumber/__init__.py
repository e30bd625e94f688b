"""Lumber turns operational logs, anomalies and IP records into training-ready datasets."""

__version__ = "0.1.0"
