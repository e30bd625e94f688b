"""The gates of datasets in the ledger, and what a person decides about held versions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from lumber.audit.actions import Action
from lumber.audit.actor import Actor, local_actor
from lumber.audit.append import append
from lumber.audit.line import Detail, NewLine
from lumber.catalog.registry import all_kinds
from lumber.errors import ConfigError, DatasetNotFound, DatasetStateError, FieldProblem
from lumber.exports.gates.gate import ALL_COLUMNS, Gate, parse_gate
from lumber.exports.locks import lock_creation
from lumber.exports.options.version import checked_name
from lumber.exports.versions.reserving import VersionState
from lumber.exports.visibility import sees_all_owners
from lumber.identity.rights import Principal
from lumber.sources.registry import list_sources
from lumber.store.models import DatasetVersion, NamedDataset
from lumber.store.models.base import utc_now

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Decided:
    """A version about which a person decided. `reason` says why it was held, and why it was dropped."""

    dataset: str
    number: int
    state: str
    export_id: str
    reason: str | None

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "dataset": self.dataset,
            "number": self.number,
            "state": self.state,
            "export_id": self.export_id,
            "reason": self.reason,
        }


async def find_gate(session: AsyncSession, name: str, principal: Principal | None = None) -> Gate | None:
    """Return the gate of a dataset; None without one. Raises DatasetNotFound."""
    row = await _dataset(session, name, principal)
    return None if row.gate is None else parse_gate(row.gate)


async def set_gate(
    session: AsyncSession,
    name: str,
    gate: Gate | None,
    *,
    principal: Principal | None = None,
    by: Actor | None = None,
) -> None:
    """Store the gate of a dataset, or remove it. On the command line a new dataset is made for it.

    Raises DatasetNotFound, and ConfigError for a name that no dataset can have, or a data type that neither
    Lumber nor a source has.
    """
    if gate is not None:
        await require_kinds(session, gate)
    await lock_creation(session)
    try:
        row = await _dataset(session, name, principal)
    except DatasetNotFound:
        if principal is not None or gate is None:
            raise
        row = _new(name)
        session.add(row)
    value = None if gate is None else gate.as_json()
    if row.gate == value:
        return
    row.gate = value
    details: dict[str, Detail] = {"name": row.name, "conditions": None if gate is None else _conditions(gate)}
    await append(
        session, [NewLine(by or local_actor(), Action.GATE_CHANGED, ("dataset", row.id), details=details)]
    )


async def require_kinds(session: AsyncSession, gate: Gate) -> None:
    """Raise ConfigError if a gate names a data type that neither Lumber nor a registered source has."""
    named = {name: name.partition(".")[0] for name in gate.max_drift if name != ALL_COLUMNS}
    if all(kind in all_kinds() for kind in named.values()):
        return
    declared = [each.name for source in await list_sources(session) for each in source.declarations]
    kinds = dict.fromkeys([*all_kinds(), *declared])
    problems = [
        FieldProblem(
            "max_drift",
            name,
            f"{name!r} is not a column: {kind!r} is neither a data type nor one of a source",
            (ALL_COLUMNS, *(f"{each}.COLUMN" for each in kinds)),
        )
        for name, kind in named.items()
        if kind not in kinds
    ]
    if problems:
        raise ConfigError(problems)


async def publish_version(
    session: AsyncSession,
    name: str,
    number: int,
    *,
    principal: Principal | None = None,
    by: Actor | None = None,
) -> Decided:
    """held -> published: the version is the latest from now on. Idempotent.

    Raises DatasetNotFound, and DatasetStateError for a version that was dropped or is in the making.
    """
    dataset, row = await _version(session, name, number, principal)
    if row.state == VersionState.PUBLISHED:
        return _decided(dataset, row)
    if row.state != VersionState.HELD:
        raise _cannot("published", dataset, row)
    row.state, row.published_at = VersionState.PUBLISHED, utc_now()
    await _record(session, by, Action.VERSION_PUBLISHED, dataset, row)
    return _decided(dataset, row)


async def drop_version(
    session: AsyncSession,
    name: str,
    number: int,
    reason: str | None = None,
    *,
    principal: Principal | None = None,
    by: Actor | None = None,
) -> Decided:
    """held -> dropped: the next version continues from the one before it, as if this one hadn't been made.

    The rows of a dropped increment are read again by the next one, because the watermark is that of the
    latest published version. Idempotent. Raises DatasetNotFound, and DatasetStateError for a version that
    was published or is in the making.
    """
    if reason is not None and len(reason) > MAX_REASON:
        problem = FieldProblem(
            "reason", len(reason), f"has {len(reason):,} characters", (f"at most {MAX_REASON}",)
        )
        raise ConfigError([problem])
    dataset, row = await _version(session, name, number, principal)
    if row.state == VersionState.DROPPED:
        return _decided(dataset, row)
    if row.state != VersionState.HELD:
        raise _cannot("dropped", dataset, row)
    row.state = VersionState.DROPPED
    if reason:
        row.reason = f"{row.reason or ''} Dropped: {reason}".strip()
    await _record(session, by, Action.VERSION_DROPPED, dataset, row, given=reason)
    return _decided(dataset, row)


async def _dataset(session: AsyncSession, name: str, principal: Principal | None) -> NamedDataset:
    """Return a dataset. One of another account doesn't differ from one that doesn't exist.

    A key for some data types may not use a dataset, which can have any.
    """
    row = None
    if name.isprintable():
        row = await session.scalar(sa.select(NamedDataset).where(NamedDataset.name_key == name.lower()))
    is_hidden = principal is not None and (
        principal.kinds is not None
        or not (sees_all_owners(principal) or (row is not None and row.owner_id == principal.user_id))
    )
    if row is None or is_hidden:
        raise DatasetNotFound(f"There is no dataset {name!r}. `lumber datasets list` shows all datasets.")
    return row


async def _version(
    session: AsyncSession, name: str, number: int, principal: Principal | None
) -> tuple[NamedDataset, DatasetVersion]:
    # The same lock as that of a new version: what is latest doesn't change in between.
    await lock_creation(session)
    dataset = await _dataset(session, name, principal)
    key = (DatasetVersion.dataset_id == dataset.id, DatasetVersion.number == number)
    row = await session.scalar(sa.select(DatasetVersion).where(*key).with_for_update())
    if row is None:
        raise DatasetNotFound(
            f"There is no version {number} of {dataset.name}. `lumber datasets log {dataset.name}` shows all."
        )
    return dataset, row


def _new(name: str) -> NamedDataset:
    try:
        checked_name(name)
    except ValueError as error:
        raise ConfigError([FieldProblem("NAME", name, str(error))]) from None
    return NamedDataset(id=str(uuid.uuid4()), name=name, name_key=name.lower(), created_at=utc_now())


def _conditions(gate: Gate) -> list[str]:
    return [name for name, value in gate.as_json().items() if value not in (None, {}, "allow")]


def _cannot(what: str, dataset: NamedDataset, row: DatasetVersion) -> DatasetStateError:
    return DatasetStateError(
        f"Version {row.number} of {dataset.name} is {row.state}: only a held version can be {what}."
    )


def _decided(dataset: NamedDataset, row: DatasetVersion) -> Decided:
    return Decided(dataset.name, row.number, row.state, row.export_id, row.reason)


async def _record(
    session: AsyncSession,
    by: Actor | None,
    action: Action,
    dataset: NamedDataset,
    row: DatasetVersion,
    given: str | None = None,
) -> None:
    await session.flush()
    details: dict[str, Detail] = {
        "name": dataset.name,
        "version": row.number,
        "export_id": row.export_id,
        **({} if given is None else {"reason": given}),
    }
    await append(session, [NewLine(by or local_actor(), action, ("dataset", dataset.id), details=details)])
