"""Reads datasets where they lie in a destination: nothing is copied but one file at a time.

place      what somebody calls a dataset: a folder, `lake:plant@v3`, `s3://bucket/prefix/plant@latest`
pointers   the objects that name versions, and the choice of one
download   one object, checked while it arrives, in a file without a name
published  the files of one version, for verify, open and diff
opening    from a place to its files
"""
