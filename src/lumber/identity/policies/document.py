"""PolicyDocument: what an admin states in an export policy, with the same JSON everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic import ValidationInfo as Info

from lumber.catalog.registry import all_kinds
from lumber.errors import ConfigError, FieldProblem
from lumber.identity.names import folded, name_key
from lumber.identity.rights import Role

# The OpenAPI document has limits as floats. All of its readers understand this integer, and the next, alike.
_LARGEST = 2**53 - 1
_MOST = 1_000
MODULES = (
    *("addresses", "irreversible_addresses", "mac", "email", "user", "host", "secrets"),
    *("iban", "phone", "national_id", "coordinates", "url_ids"),
)
# What a policy that requires privacy, and names no modules, requires.
USUAL_MODULES = ("addresses", "mac", "email", "user", "host", "secrets")
DOWNLOAD, OUTPUT_FOLDER = "download", "output_folder"
# A folder of an object store: results may go to it and to what is below it.
_BUCKET = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@:]+(?:/[^\s?#]*)?")
_FOLDER = re.compile(r"file:///[^\s?#]+")

Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
Texts = Annotated[list[Text], Field(min_length=1, max_length=_MOST)]


def _whole(value: Any) -> Any:
    """Return 5 for 5.0, which JSON Schema takes for an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, Field(ge=0, le=_LARGEST, strict=True), BeforeValidator(_whole)]
Module = Literal[
    "addresses",
    "irreversible_addresses",
    "mac",
    "email",
    "user",
    "host",
    "secrets",
    "iban",
    "phone",
    "national_id",
    "coordinates",
    "url_ids",
]


class AppliesTo(BaseModel):
    """The accounts that a policy is for: those with one of these roles, and those with one of these names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: list[Role] = Field(default=[], max_length=_MOST, description="Roles of accounts.")
    users: list[Text] = Field(default=[], max_length=_MOST, description="Names of accounts, in any case.")

    def names(self, name: str | None, role: str | None) -> bool:
        """Say whether an account is meant. None for what isn't known: then it is."""
        if name is None or role is None:
            return True
        return role in self.roles or name_key(name) in {name_key(user) for user in self.users}


class PolicyDocument(BaseModel):
    """An export policy. A rule that is null doesn't restrict anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)] = Field(
        description="Unique name, in any case."
    )
    applies_to: AppliesTo = Field(description="Whom the policy is for: at least one role or account.")
    kinds: Texts | None = Field(default=None, description="Data types that may be exported.")
    columns: Annotated[dict[str, Texts], Field(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="Columns that may be exported, by data type. A data type without an entry has all. Ids "
        "and times are always allowed.",
    )
    processes: Texts | None = Field(
        default=None,
        description="Processes whose log lines may be exported. Data types without processes then need to be "
        "named in kinds.",
    )
    earliest: datetime | None = Field(
        default=None, description="Exports must start at this time or later. Without a zone it is UTC."
    )
    latest: datetime | None = Field(
        default=None,
        description="Exports must end at this time or earlier, inclusive. A date alone includes that day.",
    )
    max_days: Annotated[int, Field(ge=1, le=36_600, strict=True), BeforeValidator(_whole)] | None = Field(
        default=None, description="Longest range of dates of an export, in days."
    )
    privacy_required: bool = Field(default=False, description="Exports must be private.")
    privacy_modules: list[Module] = Field(
        default=[],
        max_length=_MOST,
        description="With privacy_required: what must be replaced or removed. None: addresses, mac, email, "
        "user, host and secrets. irreversible_addresses: addresses must be truncated or dropped.",
    )
    max_rows: Whole | None = Field(default=None, description="Most rows of an export.")
    destinations: Texts | None = Field(
        default=None,
        description="Where results may go: download, output_folder, or the address of a folder in an object "
        "store such as s3://bucket/folder, or of a folder such as file:///mnt/lake, with what is below it.",
    )
    rows_per_day: Whole | None = Field(
        default=None, description="Most rows of all exports of an account on one day in UTC."
    )
    bytes_per_day: Whole | None = Field(
        default=None,
        description="Most bytes that exports of an account write on one day in UTC, and also most bytes that "
        "it downloads.",
    )
    is_enabled: bool = Field(default=True, description="A policy that is not enabled restricts nothing.")

    @field_validator("earliest", "latest", mode="before")
    @classmethod
    def _moment(cls, value: Any, info: Info) -> Any:
        if isinstance(value, int | float) or (
            isinstance(value, str) and value.strip().lstrip("+-").isdigit()
        ):
            raise ValueError("is not a date or time such as 2026-01-31 or 2026-01-31T12:00:00Z")
        day = _as_day(value)
        edge = time.max if info.field_name == "latest" else time.min
        return value if day is None else datetime.combine(day, edge, tzinfo=UTC)

    @field_validator("earliest", "latest", mode="after")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        if value is None:
            return None
        try:
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError:
            raise ValueError("is outside the years 1 to 9999 in UTC") from None

    @field_validator("name", mode="after")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must have printable characters only")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> PolicyDocument:
        problems = [
            *self._people_problems(),
            *data_problems(self.kinds, self.columns),
            *self._rule_problems(),
        ]
        if problems:
            raise ConfigError(problems)
        return self

    def _people_problems(self) -> list[FieldProblem]:
        if not self.applies_to.roles and not self.applies_to.users:
            message = "must name at least one role or account"
            return [FieldProblem("applies_to", None, message, tuple(Role))]
        return [
            FieldProblem("applies_to.users", user, f"{user!r} can't name an account")
            for user in self.applies_to.users
            if not name_key(user)
        ]

    def _rule_problems(self) -> list[FieldProblem]:
        problems = []
        if self.earliest and self.latest and self.latest < self.earliest:
            problems.append(FieldProblem("latest", self.latest.isoformat(), "is before earliest"))
        if self.privacy_modules and not self.privacy_required:
            message = "has no effect without privacy_required"
            problems.append(FieldProblem("privacy_modules", list(self.privacy_modules), message))
        problems += [
            FieldProblem(
                "destinations",
                each,
                f"{each!r} is not a destination",
                (DOWNLOAD, OUTPUT_FOLDER, "s3://bucket/folder", "file:///folder"),
            )
            for each in self.destinations or ()
            if each not in (DOWNLOAD, OUTPUT_FOLDER) and not _is_bucket(each)
        ]
        return problems

    @property
    def name_key(self) -> str:
        """The unique form of the name."""
        return folded(self.name)

    @property
    def modules(self) -> Sequence[str]:
        """What private exports must replace or remove."""
        return (self.privacy_modules or USUAL_MODULES) if self.privacy_required else ()

    def may_go(self, destination: str) -> bool:
        """Say whether results may go to a destination: `download`, `output_folder` or an address."""
        return self.destinations is None or any(
            destination == each or ("://" in each and destination.startswith(f"{each.rstrip('/')}/"))
            for each in self.destinations
        )

    def as_json(self) -> dict[str, Any]:
        """Return the policy as plain JSON values."""
        return self.model_dump(mode="json")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the fields of two policies that differ, each with its values before and after."""
    return {
        name: (before.get(name), after.get(name))
        for name in PolicyDocument.model_fields
        if before.get(name) != after.get(name)
    }


def _is_bucket(text: str) -> bool:
    # A part `..` could lead out of the folder that is meant.
    return (_BUCKET.fullmatch(text) or _FOLDER.fullmatch(text)) is not None and ".." not in text.split("/")


def _as_day(value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and len(value.strip()) == 10:
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return None
    return None


def data_problems(
    kinds: Iterable[str] | None, columns: Mapping[str, Iterable[str]] | None
) -> list[FieldProblem]:
    """Return what is wrong with the data types and columns that a policy names."""
    known = all_kinds()
    named = [("kinds", name) for name in kinds or ()]
    named += [("columns", name) for name in columns or ()]
    problems = [
        FieldProblem(field, name, f"{name!r} is not a data type", tuple(known))
        for field, name in named
        if name not in known
    ]
    for name, chosen in (columns or {}).items():
        allowed = tuple(known[name].schema.names) if name in known else tuple(chosen)
        problems += [
            FieldProblem(f"columns.{name}", column, f"{column!r} is not a column of {name}", allowed)
            for column in chosen
            if column not in allowed
        ]
    return problems
