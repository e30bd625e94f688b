"""The documents that go with a dataset, for other programs to read: Croissant, a data contract, checksums.

They are written from what was counted and from the list of files, before the manifest.
"""
