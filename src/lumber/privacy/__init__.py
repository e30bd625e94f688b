"""The privacy step: pseudonymise records, remove secrets, and prove it by scanning the written files.

rule, key        what to replace, and the key for it
pseudonymizer    rewrites batches of records: `finder` finds values, `pseudonyms` replaces them
residue          scans written values; `shard_scan` scans written files
step             applies all of this to one partition

>>> rule = PrivacyRule(key=load_key(os.environ))
>>> step = rule.start(context)
>>> records = step.add(records)  # for every batch of a partition
>>> proof = step.check_files(folder, shards, rejects, schema)  # raises ResidueFound if anything is left
"""
