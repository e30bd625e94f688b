"""Credentials: where the secrets of a destination are, and reading them at the moment of use.

The ledger has the reference only: the path of a file, or the names of environment variables. A secret is in
no table, log, error or report.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from lumber.destinations.address import Kind
from lumber.errors import ConfigError, DestinationDenied, FieldProblem

_MOST_BYTES = 100_000
_LONGEST = 20_000
# The secrets of each kind, and the names that other programs have for them.
_SECRETS: Mapping[Kind, Mapping[str, tuple[str, ...]]] = {
    Kind.FOLDER: {},
    Kind.S3: {
        "access_key_id": ("aws_access_key_id",),
        "secret_access_key": ("aws_secret_access_key",),
        "session_token": ("aws_session_token",),
    },
    Kind.GCS: {"service_account_key": ("google_service_account_key",)},
    Kind.AZURE: {
        "account_key": ("azure_storage_account_key", "azure_storage_key", "access_key"),
        "sas_token": ("azure_storage_sas_token", "sas_key"),
    },
}


class Source(StrEnum):
    """Where secrets come from."""

    PLATFORM = "platform"
    FILE = "file"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A reference to secrets. `variables` maps a secret to the environment variable that has it.

    `is_managed`: the service wrote the file, and removes it with the destination.
    """

    source: Source = Source.PLATFORM
    path: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    is_managed: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the reference as plain JSON values."""
        found: dict[str, Any] = {"source": self.source.value}
        if self.path is not None:
            found |= {"path": str(self.path), "is_managed": self.is_managed}
        return found | ({"variables": dict(self.variables)} if self.variables else {})

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Credentials:
        """Return the reference that `as_json` wrote."""
        path = values.get("path")
        return cls(
            Source(values["source"]),
            None if path is None else Path(path),
            values.get("variables", {}),
            values.get("is_managed", False),
        )

    def load(self, kind: Kind) -> dict[str, str] | None:
        """Return the secrets, read now; None: the store's library finds those of the platform.

        Raises DestinationDenied without them.
        """
        if self.source is Source.PLATFORM:
            return None
        if self.source is Source.FILE and self.path is not None:
            return _read(self.path, kind)
        missing = [variable for variable in self.variables.values() if not os.environ.get(variable)]
        if missing:
            raise DestinationDenied(
                f"The environment variable {missing[0]} isn't set, and the destination needs its secret. Set "
                "it for the service, the workers and the command."
            )
        return {name: os.environ[variable] for name, variable in self.variables.items()}


def secret_names(kind: Kind) -> tuple[str, ...]:
    """Return the names of the secrets that a kind of destination can have."""
    return tuple(_SECRETS[kind])


def check_secrets(kind: Kind, values: Mapping[str, Any], field: str = "secrets") -> dict[str, str]:
    """Return secrets by their own names. Raises ConfigError that doesn't repeat any value."""
    names = {alias: name for name, aliases in _SECRETS[kind].items() for alias in (name, *aliases)}
    found: dict[str, str] = {}
    problems = []
    for given, value in values.items():
        name = names.get(str(given).lower())
        if name is None:
            message = f"is not a secret of {kind.value}"
            problems.append(FieldProblem(f"{field}.{str(given)[:64]}", None, message, secret_names(kind)))
        elif not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not _is_text(value):
            message = f"must be a text of 1 to {_LONGEST:,} characters"
            problems.append(FieldProblem(f"{field}.{name}", None, message))
        else:
            found[name] = value
    if not problems:
        problems = _incomplete(kind, found, field)
    if problems:
        raise ConfigError(problems)
    return found


def check_variables(kind: Kind, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables by the secrets that they have. Raises ConfigError."""
    for name, variable in variables.items():
        if not variable.isidentifier():
            message = "must be the name of an environment variable, not its value"
            raise ConfigError([FieldProblem(f"secret-env {str(name)[:64]}", None, message)])
    return check_secrets(kind, variables, "secret-env")


def read_secrets(path: Path, kind: Kind, field: str = "secret_file") -> dict[str, str]:
    """Return the secrets in a file: a JSON object, or lines KEY=VALUE. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        text = content.decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise ConfigError([FieldProblem(field, str(path), f"can't read {path}: {reason}")]) from None
    if len(content) > _MOST_BYTES:
        raise ConfigError([FieldProblem(field, str(path), f"{path} has more than {_MOST_BYTES:,} bytes")])
    return check_secrets(kind, _values(text, path, kind, field), field)


def _read(path: Path, kind: Kind) -> dict[str, str]:
    try:
        return read_secrets(path, kind)
    except ConfigError as error:
        raise DestinationDenied(
            f"The secrets of the destination can't be read: {error.problems[0].message}. Every machine that "
            "writes to it needs the file."
        ) from None


def _values(text: str, path: Path, kind: Kind, field: str) -> Mapping[str, Any]:
    if text.lstrip().startswith("{"):
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            raise ConfigError([FieldProblem(field, str(path), f"{path} is not valid JSON")]) from None
        if kind is Kind.GCS and values.get("type") == "service_account":
            return {"service_account_key": text}
        return dict(values)
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip().removeprefix("export ").strip()
        if not stripped or stripped.startswith(("#", "[")):
            continue
        name, equals, value = stripped.partition("=")
        if not equals:
            message = f"line {number} of {path} is not KEY=VALUE"
            raise ConfigError([FieldProblem(field, str(path), message)])
        found[name.strip()] = value.strip().strip("\"'")
    return found


def _incomplete(kind: Kind, found: Mapping[str, str], field: str) -> list[FieldProblem]:
    if kind is Kind.S3 and not {"access_key_id", "secret_access_key"} <= found.keys():
        return [FieldProblem(field, None, "must have access_key_id and secret_access_key")]
    if kind is Kind.AZURE and len(found) != 1:
        return [FieldProblem(field, None, "must have either account_key or sas_token")]
    if kind is Kind.GCS and not found:
        return [FieldProblem(field, None, "must have service_account_key")]
    return []


def _is_text(value: str) -> bool:
    return "\x00" not in value and value.isascii()
