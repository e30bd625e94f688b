"""Joins the offer of another worker's export: checks that this worker may do its jobs, and how."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumber.engine.result import PartitionResult
from lumber.engine.work import Work
from lumber.errors import ConfigError
from lumber.exports.helping.facts import OfferFacts, difference, find_staging, present_versions
from lumber.exports.helping.parcel import Own, read_parcel
from lumber.exports.ledger.jobs import HeldJob, Offer
from lumber.exports.parsing import parse_config
from lumber.exports.privacy import privacy_rule
from lumber.exports.snapshot import source_spec
from lumber.files.staged import remove_staged
from lumber.settings import Settings
from lumber.store.database import Database


class CannotJoin(Exception):
    """This worker can't do the jobs of an offer. The text says why."""


@dataclass(slots=True)
class Joined:
    """An offer that this worker has joined."""

    offer: Offer
    facts: OfferFacts
    own: Own
    _parcels: dict[str, list[Work]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, job: HeldJob) -> Work:
        """Return what a job is. Raises ParcelRefused or OSError."""
        file = str(job.parcel["file"])
        with self._lock:
            if file not in self._parcels:
                works: list[Work] = read_parcel(job.parcel, self.own)
                # It has all that waits at present: those of earlier stages aren't needed again.
                self._parcels = {file: works}
            return self._parcels[file][int(job.parcel["place"])]

    def remove(self, result: Any) -> None:
        """Remove the files of a partition that was given to another worker meanwhile."""
        if isinstance(result, PartitionResult):
            for file in result.finished.staged:
                for name, _ in file.staged:
                    remove_staged(self.own.staging / name)


def join(offer: Offer, database: Database, settings: Settings) -> Joined:
    """Check an offer and return what is needed to do its jobs. Raises CannotJoin."""
    try:
        facts = OfferFacts.load(offer.facts)
    except ValueError as error:
        raise CannotJoin("another version of Lumber made the offer") from error
    if (text := difference(facts.versions, present_versions(), what="this worker")) is not None:
        raise CannotJoin(text)
    if database.url.dialect != facts.dialect:
        raise CannotJoin(f"its rows are in {facts.dialect}")
    try:
        config = parse_config(offer.config)
    except ConfigError as error:
        raise CannotJoin(f"this worker doesn't understand its config: {error}") from error
    if config.hash != facts.config_hash:
        raise CannotJoin("its config has another meaning here: the installed kinds, steps or formats differ")
    try:
        privacy = privacy_rule(config.privacy, settings, config.dataset)
    except ConfigError as error:
        raise CannotJoin("its privacy key isn't in the settings of this worker") from error
    if facts.key_id != (None if privacy is None else privacy.key_id):
        raise CannotJoin("this worker has another privacy key")
    folders = [settings.effective_exports_dir / offer.export_id, Path(offer.path)]
    staging = find_staging(facts, folders)
    if staging is None:
        raise CannotJoin(
            f"its staging folder isn't here: neither in {folders[0]} nor in {folders[1]}. Workers that help "
            "each other share the folder of exports, and run as the same user"
        )
    own = Own(staging, source_spec(database, facts.snapshot_id), privacy)
    return Joined(offer, facts, own)
