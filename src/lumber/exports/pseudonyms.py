"""Pseudonyms of finished exports, for who holds the key: the values behind them, and those of a new key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lumber.catalog.registry import all_kinds
from lumber.dataset.manifest_file import read_manifest
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.places import dataset_at
from lumber.privacy.key import KEY_VARIABLE, load_key
from lumber.privacy.rule import AddressMode, PrivacyRule
from lumber.settings import Settings
from lumber.store.database import Database
from lumber.store.texts import text_columns, text_pages

if TYPE_CHECKING:
    from lumber.privacy.reversing import KnownValues


@dataclass(frozen=True, slots=True)
class Made:
    """How the pseudonyms of a dataset were made. `has_addresses`: its addresses are pseudonyms, too.

    `has_shift`: its times were shifted, like those of this group.
    """

    key_id: str | None = None
    context: str | None = None
    has_addresses: bool = True
    has_shift: bool = False
    shift_group: str | None = None


def made_in(dataset: str, settings: Settings) -> Made:
    """Return how a dataset says that its pseudonyms were made.

    Raises ConfigError if it isn't private or needed no key, and what `dataset_at` and `read_manifest` raise.
    """
    section = read_manifest(dataset_at(dataset, settings), settings.read_limits).privacy
    if section is None or section.key_id is None:
        raise ConfigError([FieldProblem("--dataset", dataset, "has no pseudonyms that depend on a key")])
    has_addresses = section.addresses == AddressMode.PREFIX_PRESERVING
    return Made(
        section.key_id, section.context, has_addresses, section.times is not None, section.shift_group
    )


def key_of_settings(settings: Settings, *, may_be_weak: bool) -> bytes:
    """Return the key in the settings. Raises ConfigError."""
    secret = settings.privacy_key
    given = {} if secret is None else {KEY_VARIABLE: secret.get_secret_value()}
    return load_key(given, settings.privacy_key_file, may_be_weak=may_be_weak)


def key_in_file(path: Path) -> bytes:
    """Return an old key, which may be weak, from a file. Raises ConfigError."""
    return load_key({}, path, may_be_weak=True)


def rule_of(key: bytes, made: Made) -> PrivacyRule:
    """Return a rule for the pseudonyms of a key. Raises ConfigError if a dataset has another one."""
    rule = PrivacyRule(
        key=key, context=made.context, shifts_times=made.has_shift, shift_group=made.shift_group
    )
    if made.key_id is not None and made.key_id != rule.key_id:
        message = f"was made under the key {made.key_id}, and this is the key {rule.key_id}"
        raise ConfigError([FieldProblem("--dataset", None, message)])
    return rule


async def learn_rows(
    database: Database,
    known: KnownValues,
    kinds: Collection[str] | None = None,
    on_rows: Callable[[int], None] = lambda rows: None,
) -> int:
    """Learn the values of all rows of these kinds, or of all, until nothing is unknown. Return the rows read.

    Raises DatabaseError.
    """
    rows = 0
    async with database.connect() as connection:
        for kind in all_kinds().values():
            if kinds is not None and kind.name not in kinds:
                continue
            columns = [(column.name, column.content) for column in text_columns(kind)]
            async for page in text_pages(connection, kind, database.url.dialect):
                for row in page:
                    named = zip(columns, row, strict=True)
                    known.add_row(
                        [(name, content, value) for (name, content), value in named if content is not None]
                    )
                rows += len(page)
                on_rows(rows)
                if known.is_complete:
                    return rows
    return rows


def learn_values(known: KnownValues, values: Iterable[str]) -> None:
    """Learn values that the owner gives."""
    for value in values:
        known.add(value)
