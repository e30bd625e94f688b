"""A worker joins an export only if it has what its dataset needs, and says what is missing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from lumber.exports import ExportConfig
from lumber.exports.helping.facts import OfferFacts, present_versions, write_marker
from lumber.exports.helping.joining import CannotJoin, join
from lumber.exports.ledger.jobs import Offer
from lumber.exports.privacy import privacy_rule
from lumber.files.staged import STAGING
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl

KEY, OTHER_KEY = "9f4c1e7ab2d85036cc17f0e9a45b38d1", "6e02937bd4a8f51c80b6e32f7d19ca54"
CONFIG = ExportConfig(data_types=["logs"], output_format="csv", privacy=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/lumber.db", privacy_key=SecretStr(KEY)
    )


@pytest.fixture
def offer(settings: Settings) -> Offer:
    folder = settings.effective_exports_dir / "e-1"
    staging = folder / STAGING / "e-1.3"
    staging.mkdir(parents=True)
    rule = privacy_rule(CONFIG.privacy, settings)
    assert rule is not None
    facts = OfferFacts(
        present_versions(), CONFIG.hash, "sqlite", "e-1.3", write_marker(staging), key_id=rule.key_id
    )
    return Offer("e-1", 3, 1, facts.as_json(), CONFIG.as_json(), str(folder))


def joined_staging(offer: Offer, settings: Settings) -> Path:
    database = open_database(DatabaseUrl.parse(settings.effective_database_url))
    return join(offer, database, settings).own.staging


def with_facts(offer: Offer, **changes: Any) -> Offer:
    return replace(offer, facts={**offer.facts, **changes})


def test_a_worker_that_has_everything_joins(offer: Offer, settings: Settings, tmp_path: Path) -> None:
    staging = settings.effective_exports_dir / "e-1" / STAGING / "e-1.3"
    assert joined_staging(offer, settings) == staging
    # The coordinator has the same folder at another path.
    assert joined_staging(replace(offer, path="/mnt/elsewhere/e-1"), settings) == staging
    # A command has a folder of its own.
    other = settings.model_copy(update={"exports_dir": tmp_path / "other"})
    assert joined_staging(offer, other) == staging


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            lambda offer: with_facts(offer, versions={**present_versions(), "lumber": "9.9.9"}),
            "this worker has lumber 0.1.0 instead of 9.9.9",
        ),
        (lambda offer: with_facts(offer, config_hash="other"), "its config has another meaning here"),
        (lambda offer: with_facts(offer, nonce="0" * 32), "its staging folder isn't here"),
        (lambda offer: with_facts(offer, dialect="postgresql"), "its rows are in postgresql"),
        (lambda offer: replace(offer, facts={"new": 1}), "another version of Lumber made the offer"),
        (lambda offer: replace(offer, config={"data_types": ["later"]}), "doesn't understand its config"),
    ],
)
def test_a_worker_leaves_an_export_that_it_could_not_continue(
    offer: Offer, settings: Settings, changed: Callable[[Offer], Offer], reason: str
) -> None:
    with pytest.raises(CannotJoin, match=reason):
        joined_staging(changed(offer), settings)


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (None, "its privacy key isn't in the settings of this worker"),
        (SecretStr(OTHER_KEY), "this worker has another privacy key"),
    ],
)
def test_a_worker_without_the_key_leaves_a_private_export(
    offer: Offer, settings: Settings, key: SecretStr | None, reason: str
) -> None:
    with pytest.raises(CannotJoin, match=reason):
        joined_staging(offer, settings.model_copy(update={"privacy_key": key}))
