"""The audit trail: who did what, when, from where and with which result, in a chain of hashes.

No HTTP and nothing about exports: whoever does something records it here.
"""
