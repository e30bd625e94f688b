"""Destinations: folders and object stores that finished datasets are written to."""
