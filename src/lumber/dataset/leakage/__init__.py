"""The leakage certificate: what the splits of a kind share, counted from the rows that were written.

counts        the values of each measure in some rows, counted; workers do this
shards        one shard counted as a job
tally         the rows of each value in each split, in bounded memory
certificate   one section for each pair of splits
text          the certificate in the dataset card
"""
