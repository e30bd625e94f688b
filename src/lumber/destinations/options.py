"""The options of a destination: how its store is reached. They hold no secret."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from lumber.destinations.address import Address, Kind
from lumber.errors import ConfigError, FieldProblem

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,62}$")]
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}|[0-9a-fA-F:.]{2,45}")


class DestinationOptions(BaseModel):
    """Options of a destination. Each applies to some kinds of stores only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str | None = Field(
        default=None,
        max_length=1_000,
        description="Address of a service that isn't the provider's own, such as https://minio.example.org. "
        "For s3, gs and az.",
    )
    region: Word | None = Field(default=None, description="Region of the bucket. For s3.")
    path_style: bool | None = Field(
        default=None,
        description="Put the bucket into the path of a request, not into the host name. Default: if there is "
        "an endpoint. For s3.",
    )
    account: Word | None = Field(default=None, description="Storage account. For az.")
    allow_http: bool = Field(
        default=False,
        description="Allow an endpoint without TLS on another machine: everybody in between can then read "
        "the data. Loopback addresses are always allowed.",
    )

    @field_validator("endpoint", mode="after")
    @classmethod
    def _plain_endpoint(cls, value: str | None) -> str | None:
        if value is None:
            return None
        host = ""
        try:
            parts = urlsplit(value)
            host = parts.hostname or ""
            is_plain = parts.scheme in ("http", "https") and _HOST.fullmatch(host) is not None
            is_plain = is_plain and parts.username is None and not parts.query and not parts.fragment
            is_plain = is_plain and (parts.port is None or parts.port > 0) and value.isprintable()
        except ValueError:
            is_plain = False
        if not is_plain or " " in value:
            raise ValueError("must be http:// or https:// with a host, and without credentials or parameters")
        if _is_link_local(host):
            raise ValueError("is an address of the machine's own network link, where no store is")
        return value.rstrip("/")

    @property
    def is_local(self) -> bool:
        """Say whether the endpoint is on this machine."""
        host = urlsplit(self.endpoint or "").hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def as_json(self) -> dict[str, Any]:
        """Return the options that are set, as plain JSON values."""
        return self.model_dump(mode="json", exclude_defaults=True)


_BY_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.FOLDER: (),
    Kind.S3: ("endpoint", "region", "path_style", "allow_http"),
    Kind.GCS: ("endpoint", "allow_http"),
    Kind.AZURE: ("account", "endpoint", "allow_http"),
}


def parse_options(values: Mapping[str, Any], address: Address) -> DestinationOptions:
    """Return the options for an address. Raises ConfigError that names every wrong one."""
    allowed = _BY_KIND[address.kind]
    problems = [
        FieldProblem(f"options.{name}", None, f"is not an option of {address.kind.value}", allowed)
        for name in values
        if name not in allowed
    ]
    try:
        options = DestinationOptions.model_validate({k: v for k, v in values.items() if k in allowed})
    except ValidationError as error:
        problems += [_problem(item) for item in error.errors(include_url=False, include_context=False)]
        raise ConfigError(problems) from None
    if address.kind is Kind.AZURE and options.account is None:
        problems.append(FieldProblem("options.account", None, "is required for az://"))
    is_plain = (options.endpoint or "").startswith("http://")
    if is_plain and not options.is_local and not options.allow_http:
        message = "has no TLS. Use https, or set allow_http if everybody in between may read the data"
        problems.append(FieldProblem("options.endpoint", options.endpoint, message))
    if problems:
        raise ConfigError(problems)
    return options


def _problem(item: Mapping[str, Any]) -> FieldProblem:
    field = ".".join(str(part) for part in ("options", *item["loc"]))
    # An endpoint with credentials in it isn't repeated.
    return FieldProblem(field, None, str(item["msg"]).removeprefix("Value error, "))


def _is_link_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_link_local
    except ValueError:
        return False
