"""Sketches: what the rows of a version are like, small enough to keep, so that comparing reads no data.

document   `sketches.json`: its model, reading and merging
columns    makes the sketch of a column from batches of rows
hashing    hashes of values, many at a time
smallest   the smallest hashes, which say how many different values there are
top        the most frequent values of a column, with the error of their counts
shards     sketches each shard while it is written, and joins the sketches of a kind
distance   how far the values of a column moved between two sketches
test_set   hashes of a frozen test set, and the rows of a version that are in it
"""
