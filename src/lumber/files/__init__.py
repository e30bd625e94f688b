"""Folders and files on the disk: opened without following links, private, and cleared after a crash."""
