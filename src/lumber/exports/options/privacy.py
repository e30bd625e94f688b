"""PrivacyOptions: what is asked of addresses, identifiers and secrets in an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_serializer, model_validator

from lumber.errors import ConfigError, FieldProblem
from lumber.privacy.key import KEY_VARIABLE
from lumber.privacy.rule import AddressMode, Identifier, PrivacyRule

_KEYS = ("key", "key_file", "privacy_key")


class PrivacyOptions(BaseModel):
    """What becomes of what tells about people and machines. The key is never part of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    addresses: AddressMode = Field(
        default=AddressMode.PREFIX_PRESERVING,
        description="prefix_preserving: other addresses, where equal leading bits stay equal (ipcrypt-pfx). "
        "token: `ip_` and 16 hex digits. truncate: the network. drop: null, or `[address]` in texts. keep.",
    )
    ipv4_prefix: int = Field(default=24, ge=1, le=32, description="With truncate: bits of IPv4 to keep.")
    ipv6_prefix: int = Field(default=48, ge=1, le=128, description="With truncate: bits of IPv6 to keep.")
    identifiers: frozenset[Identifier] = Field(
        default=frozenset(Identifier), description="What becomes a token: mac, email, user, host."
    )
    secrets: bool = Field(
        default=True,
        description="Remove secrets of known formats: keys, tokens, passwords, private keys, card numbers.",
    )

    @field_serializer("identifiers")
    def _in_order(self, value: frozenset[Identifier]) -> list[str]:
        return [each.value for each in Identifier if each in value]

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Take `true` for all defaults, and the name of a mode of addresses alone."""
        if value is True:
            return {}
        if isinstance(value, Mapping) and (named := [name for name in _KEYS if name in value]):
            # What was given is not shown: it may well be the key.
            text = f"is no part of a config: put the key into {KEY_VARIABLE}, or name a key file"
            raise ConfigError([FieldProblem(f"privacy.{named[0]}", None, text)])
        return {"addresses": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> PrivacyOptions:
        usual = type(self).model_fields
        problems = [
            FieldProblem(f"privacy.{name}", getattr(self, name), "has no meaning but with addresses truncate")
            for name in ("ipv4_prefix", "ipv6_prefix")
            if self.addresses is not AddressMode.TRUNCATE and getattr(self, name) != usual[name].default
        ]
        if self.addresses is AddressMode.KEEP and not self.identifiers and not self.secrets:
            problems.append(FieldProblem("privacy", None, "does nothing: leave it out"))
        if problems:
            raise ConfigError(problems)
        return self

    @property
    def needs_key(self) -> bool:
        """Say whether anything of it is done under a key."""
        return bool(self.identifiers) or self.addresses.needs_key

    def rule(self, key: bytes = b"") -> PrivacyRule:
        """Return what the pipeline does. Raises ConfigError for a key that is none where one is needed."""
        return PrivacyRule(
            addresses=self.addresses,
            ipv4_prefix=self.ipv4_prefix,
            ipv6_prefix=self.ipv6_prefix,
            identifiers=self.identifiers,
            removes_secrets=self.secrets,
            key=key if self.needs_key else b"",
        )
