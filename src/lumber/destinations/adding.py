"""Registers a destination: checks its address and options, probes it, and records it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumber.audit.actor import Actor
from lumber.destinations.address import Address, parse_address
from lumber.destinations.credentials import Credentials
from lumber.destinations.opening import open_store
from lumber.destinations.options import DestinationOptions, parse_options
from lumber.destinations.probing import probe, require_fit
from lumber.destinations.registry import (
    Destination,
    Probe,
    add_destination,
    checked_destination_name,
    find_destination,
    record_probe,
    require_free,
)
from lumber.destinations.store import Store
from lumber.errors import ConfigError, FieldProblem
from lumber.store.database import Database


@dataclass(frozen=True, slots=True)
class Wanted:
    """A destination that somebody wants to register, checked as far as its words go."""

    name: str
    address: Address
    options: DestinationOptions

    @classmethod
    def parse(cls, name: str, url: str, options: Mapping[str, Any]) -> Wanted:
        """Check the name, the address and the options. Raises ConfigError."""
        address = parse_address(url)
        return cls(checked_destination_name(name), address, parse_options(options, address))

    def require_outside(self, exports_dir: Path) -> None:
        """Raise ConfigError for a folder in the service's own folder, or around it."""
        path = self.address.path
        if path is None:
            return
        resolved, own = path.resolve(), exports_dir.resolve()
        if resolved == own or resolved.is_relative_to(own) or own.is_relative_to(resolved):
            message = f"may not share a folder with the exports of the service in {own}"
            raise ConfigError([FieldProblem("url", str(path), message)])

    def require_folder(self, *, creates: bool, how: str) -> None:
        """Raise ConfigError for a folder that doesn't exist, unless it is to be made; `how` names the option.

        A mistyped path, or a disk that isn't mounted, would otherwise become a new folder.
        """
        path = self.address.path
        if path is None:
            if creates:
                message = "has no effect for a bucket: create it at its provider"
                raise ConfigError([FieldProblem(how, None, message)])
            return
        if not creates and not path.exists():
            message = f"doesn't exist: mount its disk, correct the path, or let Lumber make it with {how}"
            raise ConfigError([FieldProblem("url", str(path), message)])

    def require_below(self, folders: Sequence[Path]) -> None:
        """Raise ConfigError for a folder that isn't in one of those that an operator allows."""
        path = self.address.path
        if path is None:
            return
        resolved = path.resolve()
        if not any(resolved.is_relative_to(folder.resolve()) for folder in folders):
            message = (
                "is not in a folder that LUMBER_DESTINATION_FOLDERS allows. Register it on the command line"
            )
            allowed = tuple(str(folder) for folder in folders)
            raise ConfigError([FieldProblem("url", str(path), message, allowed)])


async def register(
    database: Database, wanted: Wanted, credentials: Credentials, *, umask: int, by: Actor | None = None
) -> Destination:
    """Probe a destination and record it. A folder that is missing is made: see `require_folder`.

    Raises DestinationUnfit if the probe fails, and ConfigError for a name that is taken.
    """
    async with database.session() as session:
        await require_free(session, wanted.name)
    found = require_fit(await _probed(wanted.address, wanted.options, credentials, umask, must_exist=False))
    async with database.session() as session:
        return await add_destination(
            session, wanted.name, wanted.address, wanted.options, credentials, found, by=by
        )


async def probe_stored(database: Database, name: str, *, umask: int, by: Actor | None = None) -> Destination:
    """Probe a registered destination again and record what was found. Raises DestinationNotFound."""
    async with database.session() as session:
        known = await find_destination(session, name)
    found = await _probed(known.address, known.options, known.credentials, umask, must_exist=True)
    async with database.session() as session:
        return await record_probe(session, name, found, by=by)


async def _probed(
    address: Address,
    options: DestinationOptions,
    credentials: Credentials,
    umask: int,
    *,
    must_exist: bool,
) -> Probe:
    def opened() -> Store:
        return open_store(address, options, credentials, umask=umask, must_exist=must_exist)

    return await asyncio.to_thread(probe, opened)
