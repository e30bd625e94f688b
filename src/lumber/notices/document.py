"""NoticeDocument: what somebody states about a notice, with the same JSON everywhere."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from lumber.errors import ConfigError, FieldProblem
from lumber.exports.announcing import Event
from lumber.exports.options.json_types import Flag

LONGEST_URL, MOST_RECIPIENTS, MOST_DATASETS = 2_000, 20, 100
# Printable ASCII without quotes, brackets, commas and colons: nothing that has a meaning in a header.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)
_LONGEST_ADDRESS = 254
_URL = re.compile(r"[!-~]+")

Name = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]
Address = Annotated[str, StringConstraints(min_length=3, max_length=_LONGEST_ADDRESS)]
Dataset = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Channel(StrEnum):
    """The way in which a notice is sent."""

    WEBHOOK = "webhook"
    EMAIL = "email"


class NoticeDocument(BaseModel):
    """Who is told about which events: a webhook, or up to twenty e-mail addresses."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="Name of the notice.")
    channel: Channel = Field(
        description="webhook: a POST to `url`. email: one mail to the addresses in `to`."
    )
    url: Annotated[str, StringConstraints(max_length=LONGEST_URL)] | None = Field(
        default=None,
        description="Address of a webhook: https. http and addresses inside the network are for networks in "
        "LUMBER_NOTICE_ALLOWED_NETWORKS only.",
    )
    to: Annotated[list[Address], Field(min_length=1, max_length=MOST_RECIPIENTS)] | None = Field(
        default=None, description="E-mail addresses."
    )
    events: Annotated[list[Event], Field(min_length=1, max_length=len(Event))] = Field(
        default=[Event.FAILED, Event.HELD, Event.PAUSED, Event.TABLES_FAILED],
        description="What it tells: completed and failed exports, held versions, paused schedules, runs "
        "without new data, and tables that lack a version because commits failed.",
    )
    datasets: Annotated[list[Dataset], Field(min_length=1, max_length=MOST_DATASETS)] | None = Field(
        default=None,
        description="Names of the datasets that it tells about. Null: all exports and schedules.",
    )
    is_for_all: Flag = Field(
        default=False,
        description="Also tells about exports and schedules of other accounts. Only an admin may set it.",
    )
    is_enabled: Flag = Field(default=True, description="A notice that isn't enabled tells nothing.")

    @field_validator("name")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must have printable characters only")
        return value

    @field_validator("events", "to", "datasets")
    @classmethod
    def _once(cls, value: list[Any] | None) -> list[Any] | None:
        return None if value is None else list(dict.fromkeys(value))

    @model_validator(mode="after")
    def _consistent(self) -> NoticeDocument:
        problems = self._webhook_problems() if self.channel is Channel.WEBHOOK else self._mail_problems()
        problems += [
            FieldProblem("datasets", name, "must have printable characters only")
            for name in self.datasets or ()
            if not name.isprintable()
        ]
        if problems:
            raise ConfigError(problems)
        return self

    def _webhook_problems(self) -> list[FieldProblem]:
        if self.to is not None:
            return [FieldProblem("to", self.to, "has no effect with the channel webhook: remove it")]
        if self.url is None:
            return [FieldProblem("url", None, "is required with the channel webhook")]
        problem = url_problem(self.url)
        return [] if problem is None else [FieldProblem("url", None, problem)]

    def _mail_problems(self) -> list[FieldProblem]:
        if self.url is not None:
            return [FieldProblem("url", None, "has no effect with the channel email: remove it")]
        if self.to is None:
            return [FieldProblem("to", None, "is required with the channel email")]
        return [
            FieldProblem("to", each, f"{each!r} is not an e-mail address", ("name@example.org",))
            for each in self.to
            if _ADDRESS.fullmatch(each) is None or ".." in each
        ]

    @property
    def place(self) -> str:
        """Where it is sent, without what may be secret: the host of a webhook, or the addresses."""
        return urlsplit(self.url).hostname or "" if self.url is not None else ", ".join(self.to or ())

    def as_json(self) -> dict[str, Any]:
        """Return the notice as plain JSON values."""
        return self.model_dump(mode="json")


def checked_document(values: dict[str, Any]) -> NoticeDocument:
    """Return a notice. Raises ConfigError that names every wrong field."""
    try:
        return NoticeDocument.model_validate(values)
    except ValidationError as error:
        problems: list[FieldProblem] = []
        for item in error.errors(include_url=False):
            cause = item.get("ctx", {}).get("error")
            if isinstance(cause, ConfigError):
                problems.extend(cause.problems)
            else:
                message = str(item["msg"]).removeprefix("Value error, ")
                problems.append(FieldProblem(".".join(map(str, item["loc"])), None, message))
        raise ConfigError(problems) from None


def url_problem(url: str) -> str | None:
    """Say what is wrong with the address of a webhook; None if nothing is.

    The text never repeats the address, whose path may be a secret.
    """
    rule = "must be an address like https://hooks.example.org/lumber"
    if _URL.fullmatch(url) is None or len(url) > LONGEST_URL or "\\" in url:
        return f"{rule}, without spaces"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return rule
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        return rule
    if parts.username is not None or parts.password is not None or parts.fragment:
        return f"{rule}, without a user, a password and a fragment"
    return None
