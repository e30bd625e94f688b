"""The providers of an operator: a TOML file, checked when the service starts."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lumber.errors import ConfigError, FieldProblem
from lumber.identity.oidc.addresses import checked_provider_url
from lumber.identity.rights import Role
from lumber.settings import Settings

_SETTING = "LUMBER_OIDC_FILE"
_SECRET_VARIABLE = "LUMBER_OIDC_SECRET_"
_MOST_BYTES = 1024 * 1024
_MOST_PROVIDERS = 20
_LONGEST = 300


class ProviderConfig(BaseModel):
    """One provider, as the file has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    name: str = Field(min_length=1, max_length=64)
    issuer: str
    client_id: str = Field(min_length=1, max_length=_LONGEST)
    client_secret_file: Path | None = None
    public_client: bool = False
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    allowed_domains: tuple[str, ...] = ()
    allowed_groups: tuple[str, ...] = ()
    allow_anyone: bool = False
    groups_claim: str = Field(default="groups", min_length=1, max_length=_LONGEST)
    roles: dict[str, Role] = Field(default_factory=dict)
    default_role: Role | None = None
    create_accounts: bool = False
    trust_unverified_email: bool = False

    @field_validator("id")
    @classmethod
    def _check_id(cls, value: str) -> str:
        # The audit trail and the sessions say `password`, or the id of a provider.
        if value == "password":
            raise ValueError("'password' is the sign-in with a password: choose another id")
        return value

    @field_validator("issuer")
    @classmethod
    def _check_issuer(cls, value: str) -> str:
        if "?" in value:
            raise ValueError("an issuer has no query")
        return checked_provider_url(value, may_be_http=True)

    @field_validator("name")
    @classmethod
    def _check_name(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("a name has printable characters only")
        return value

    @field_validator("scopes")
    @classmethod
    def _check_scopes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("the scopes must have 'openid'")
        if any(not scope.isascii() or not scope.isprintable() or " " in scope for scope in value):
            raise ValueError("a scope has letters, digits and signs, and no spaces")
        return value

    @field_validator("allowed_domains")
    @classmethod
    def _check_domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any("@" in domain or "*" in domain or not domain for domain in value):
            raise ValueError("a domain is like example.org; subdomains are named one by one")
        return tuple(domain.lower() for domain in value)

    @model_validator(mode="after")
    def _check_accounts(self) -> ProviderConfig:
        has_rule = bool(self.allowed_domains or self.allowed_groups)
        if self.create_accounts and not has_rule and not self.allow_anyone:
            raise ValueError(
                "create_accounts needs allowed_domains or allowed_groups. Set allow_anyone = true if "
                "everybody whom the provider knows may have an account"
            )
        if has_rule and self.allow_anyone:
            raise ValueError("allow_anyone has no effect with allowed_domains or allowed_groups: remove one")
        if self.create_accounts and self.default_role is None and not self.roles:
            raise ValueError("create_accounts needs default_role or roles")
        return self


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider with the secret of this client. A public client has none."""

    config: ProviderConfig
    client_secret: str | None = field(repr=False)
    # None if the secret is in the environment, or there is none.
    secret_file: Path | None = None

    @property
    def id(self) -> str:
        """The id in the addresses of the service."""
        return self.config.id

    @property
    def is_loopback(self) -> bool:
        """Whether the provider is on this machine and may be reached without TLS."""
        return self.config.issuer.startswith("http://")


def read_providers(settings: Settings) -> tuple[Provider, ...]:
    """Return the providers of the settings. Raises ConfigError naming the provider and the field."""
    if settings.oidc_file is None:
        return ()
    path = settings.oidc_file.expanduser()
    document = _document(path)
    entries = document.pop("providers", None)
    if document:
        raise _problem(sorted(document)[0], None, f"{path} has tables [[providers]] only")
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MOST_PROVIDERS:
        raise _problem("providers", None, f"{path} must have 1 to {_MOST_PROVIDERS} tables [[providers]]")
    found: list[Provider] = []
    for number, entry in enumerate(entries):
        config = _config(f"providers[{number}]", entry)
        place = f"providers[{number}]"
        if any(config.id == other.id for other in found):
            raise _problem(f"{place}.id", config.id, f"two providers have the id {config.id!r}")
        file = config.client_secret_file
        file = None if file is None else path.parent / file.expanduser()
        found.append(Provider(config, _secret(place, config, file), file))
    return tuple(found)


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise _problem(_SETTING, str(path), f"{path} can't be read: {error.strerror}") from None
    if len(raw) > _MOST_BYTES:
        raise _problem(_SETTING, str(path), f"{path} has more than {_MOST_BYTES:,} bytes")
    try:
        return tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _problem(_SETTING, str(path), f"{path} is not TOML: {error}") from None


def _config(place: str, entry: object) -> ProviderConfig:
    if isinstance(entry, dict) and "client_secret" in entry:
        message = f"put the secret into a file, or into the variable {_SECRET_VARIABLE}<ID>"
        raise _problem(f"{place}.client_secret", None, message)
    try:
        return ProviderConfig.model_validate(entry)
    except ValidationError as error:
        problems = [
            FieldProblem(
                ".".join([place, *map(str, item["loc"])]),
                None,
                item["msg"].removeprefix("Value error, "),
            )
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigError(problems) from None


def _secret(place: str, config: ProviderConfig, file: Path | None) -> str | None:
    """Return the secret of the client, without a line break at its end."""
    variable = _SECRET_VARIABLE + config.id.upper().replace("-", "_")
    given = os.environ.get(variable) or None
    if config.public_client:
        if given is not None or file is not None:
            raise _problem(f"{place}.public_client", True, "a public client has no secret: remove one")
        return None
    if given is not None and file is not None:
        message = f"the variable {variable} is set too: remove one of both"
        raise _problem(f"{place}.client_secret_file", str(file), message)
    if file is not None:
        given = _first_line(f"{place}.client_secret_file", file)
    if not given:
        message = f"name a file, set {variable}, or set public_client = true if the client has no secret"
        raise _problem(f"{place}.client_secret_file", None, message)
    return given


def _first_line(place: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise _problem(place, str(path), f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _problem(place, str(path), f"{path} is not UTF-8") from None
    if not text or not text.isprintable():
        raise _problem(place, str(path), f"{path} must have one line with the secret")
    return text


def _problem(name: str, value: object, message: str) -> ConfigError:
    return ConfigError([FieldProblem(name, value, message)])
