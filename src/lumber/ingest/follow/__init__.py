"""Follows growing files: loads what is there, waits for more, and sees rotation."""
