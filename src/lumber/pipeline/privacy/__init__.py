"""The privacy step: records that tell nothing about people and machines, and the proof in the files.

>>> rule = PrivacyRule(key=load_key(os.environ))
>>> pseudonymizer = Pseudonymizer(rule)
>>> records, counts = pseudonymizer.apply_batch(records, kind)  # for every batch of a partition
>>> scanner = ResidueScanner(rule, pseudonymizer.issued)
>>> findings = scan_shard(path, kind, scanner)  # for every shard of the partition: must be empty
"""

from lumber.pipeline.privacy.issued import Issued
from lumber.pipeline.privacy.key import KEY_VARIABLE, key_id, load_key
from lumber.pipeline.privacy.pseudonymizer import Pseudonymizer
from lumber.pipeline.privacy.residue import Finding, Residue, ResidueScanner
from lumber.pipeline.privacy.rule import AddressMode, Identifier, PrivacyRule
from lumber.pipeline.privacy.shard_scan import scan_shard

__all__ = [
    "KEY_VARIABLE",
    "AddressMode",
    "Finding",
    "Identifier",
    "Issued",
    "PrivacyRule",
    "Pseudonymizer",
    "Residue",
    "ResidueScanner",
    "key_id",
    "load_key",
    "scan_shard",
]
