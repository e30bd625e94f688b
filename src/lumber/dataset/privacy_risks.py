"""What a private dataset still reveals, in sentences for the manifest and the card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa

from lumber.catalog.kind import Kind
from lumber.privacy.rule import AddressMode, PrivacyRule

_SHIFTED = (
    "All times are earlier by one secret number of whole weeks, from 104 to 1,127. Distances between "
    "times, the day of the week and the time of day are as they were. Whoever knows the true time of "
    "one row knows all of them, and those of all datasets with the same key, context and group. A "
    "change to summer time, a holiday or a known outage tells much of it. True dates stay in texts "
    "where their form isn't known, in columns of numbers, and in ids that contain one, such as UUIDs "
    "of versions 1 and 7. A number without a name that tells a time is shifted only if it lies within "
    "100 days of the row's time. When the export was made is true, and all rows are older."
)


def privacy_risks(rule: PrivacyRule, kinds: Iterable[Kind]) -> dict[str, str]:
    """Return what the records of these kinds, as they are written, still reveal: a sentence by topic."""
    kinds = list(kinds)
    found: dict[str, str] = {}
    if rule.addresses is AddressMode.PREFIX_PRESERVING:
        found["address_pairs"] = (
            "Whoever knows which address one pseudonym stands for learns the beginning of others: if another "
            "pseudonym shares exactly its first n bits, the addresses share exactly their first n bits, so "
            "n + 1 bits of the other are known. Whoever can send traffic to the sources gets such pairs on "
            "purpose."
        )
    elif rule.addresses is AddressMode.TRUNCATE:
        found["networks"] = (
            f"The network of each address is readable: {rule.ipv4_prefix} bits of IPv4, {rule.ipv6_prefix} "
            "of IPv6."
        )
    elif rule.addresses is AddressMode.KEEP:
        found["addresses"] = "Addresses are as they were."
    if rule.needs_key:
        found["pseudonyms"] = (
            "The same value has the same pseudonym everywhere, so all rows of one person or machine can be "
            "joined. Who is frequent, or active at a known time, may be recognised by that."
        )
    if scopes := [] if rule.drops_scope else _columns(kinds, lambda kind: kind.address_traits):
        found["scope"] = (
            "Columns tell about the original addresses, such as whether they are private: "
            f"{', '.join(scopes)}."
        )
    if rule.shifts_times:
        found["times"] = _SHIFTED
    elif times := _columns(kinds, lambda kind: _times(kind.schema)):
        found["times"] = (
            f"Times are as they were, in {', '.join(times)} and in texts: whoever knows when something "
            "happened finds its rows."
        )
    if ids := _columns(kinds, lambda kind: (kind.id_column,)):
        found["ids"] = (
            "Ids of rows are other numbers, but ids that texts name are as they were."
            if rule.renumbers_ids
            else f"Ids of rows are as they were, in {', '.join(ids)}: they join datasets of one database, "
            "also those of another key or context, and tell in which order rows came."
        )
    return found


def _columns(kinds: Sequence[Kind], names: Callable[[Kind], Iterable[str]]) -> list[str]:
    """Return the written columns of these names, with their kinds."""
    return [f"{kind.name}.{name}" for kind in kinds for name in names(kind) if name in kind.schema.names]


def _times(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if pa.types.is_timestamp(field.type)]
