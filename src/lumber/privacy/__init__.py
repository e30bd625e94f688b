"""The privacy step: records that tell nothing about people and machines, and the proof in the files.

rule, key        what is asked for, and the key it is done under
pseudonymizer    rewrites batches of records: `finder` finds, `pseudonyms` replaces
residue          looks through finished values; `shard_scan` through finished files
step             all of it for one partition

>>> rule = PrivacyRule(key=load_key(os.environ))
>>> step = PrivacyStep(rule, kind, complete)
>>> records = step.apply(records)  # for every batch of a partition
>>> proof = step.check(folder, shards, rejects, schema)  # ResidueFound when anything is left
"""
