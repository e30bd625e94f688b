"""Limits on the calls of each API key, account and address, in the memory of one process."""
