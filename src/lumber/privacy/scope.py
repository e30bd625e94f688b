"""What the scope of an address tells about it, and how it is left out."""

from __future__ import annotations

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.privacy.rule import PrivacyRule


def without_scope(records: pa.RecordBatch, kind: Kind, rule: PrivacyRule) -> pa.RecordBatch:
    """Return a batch of a kind's records with nulls for what addresses were, if the rule drops that.

    The schema stays. Columns that may not be null stay, too.
    """
    if not rule.drops_scope:
        return records
    for name in kind.address_traits:
        at = records.schema.get_field_index(name)
        if at >= 0 and records.schema.field(at).nullable:
            field = records.schema.field(at)
            records = records.set_column(at, field, pa.nulls(records.num_rows, field.type))
    return records
