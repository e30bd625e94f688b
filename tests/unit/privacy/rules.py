"""Rules, and frames of canonical records, for the tests of the privacy step."""

from typing import Any

import polars as pl

from lumber.catalog.registry import get_kind
from lumber.privacy.rule import AddressMode, Identifier, PrivacyRule
from lumber.steps.cast import cast_batch
from lumber.steps.transform import DataTransformer
from tests.unit.engine.batches import batch_of

KEY = bytes.fromhex("9f4c1e7ab2d85036cc17f0e9a45b38d16e02937bd4a8f51c80b6e32f7d19ca54")
OTHER_KEY = bytes(range(32))


def rule(**changes: Any) -> PrivacyRule:
    return PrivacyRule(**{"key": KEY, **changes})


def only(*identifiers: Identifier, **changes: Any) -> PrivacyRule:
    """A rule that does nothing but what is named."""
    return rule(
        **{
            "addresses": AddressMode.KEEP,
            "identifiers": frozenset(identifiers),
            "removes_secrets": False,
            **changes,
        }
    )


def records(kind: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Canonical records of a kind, as the export makes them."""
    found = get_kind(kind)
    frame = pl.from_arrow(DataTransformer(found).apply(cast_batch(batch_of(found, *rows), found).frame))
    assert isinstance(frame, pl.DataFrame)
    return frame
