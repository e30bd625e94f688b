"""The rule of the privacy step, as plain frozen data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from lumber.errors import ConfigError, FieldProblem
from lumber.privacy.key import check_key, derived_key, key_id
from lumber.privacy.known import KnownValues
from lumber.privacy.own_rules import OwnRules
from lumber.steps.step import Step, StepContext, Unfitted
from lumber.text import counted

if TYPE_CHECKING:
    from lumber.catalog.kind import Kind
    from lumber.privacy.known_values import KnownFit
    from lumber.privacy.made_files import MadeFiles
    from lumber.privacy.step import PrivacyStep


class AddressMode(StrEnum):
    """How an IP address is replaced."""

    PREFIX_PRESERVING = "prefix_preserving"  # another address; equal leading bits stay equal (ipcrypt-pfx)
    TOKEN = "token"  # `ip_` and 16 hex digits
    TRUNCATE = "truncate"  # its network
    DROP = "drop"  # null in an address column that may be null, `[address]` everywhere else
    KEEP = "keep"

    @property
    def needs_key(self) -> bool:
        """Return whether the replacement of an address depends on a key."""
        return self in (AddressMode.PREFIX_PRESERVING, AddressMode.TOKEN)


class Identifier(StrEnum):
    """Values other than addresses that become pseudonyms."""

    MAC = "mac"
    EMAIL = "email"
    USER = "user"
    HOST = "host"
    IBAN = "iban"
    PHONE = "phone"
    NATIONAL_ID = "national_id"
    COORDINATES = "coordinates"
    URL_IDS = "url_ids"


_NAMES = {
    Identifier.MAC: "hardware addresses",
    Identifier.EMAIL: "e-mail addresses",
    Identifier.USER: "names of users",
    Identifier.HOST: "names of hosts",
    Identifier.PHONE: "telephone numbers",
    Identifier.NATIONAL_ID: "national ids",
    Identifier.COORDINATES: "coordinates",
    Identifier.URL_IDS: "ids in web addresses",
}


@dataclass(frozen=True, slots=True)
class PrivacyRule(Step):
    """The rule of the privacy step. Picklable for worker processes. Its representation omits the key.

    Raises ConfigError for invalid prefix lengths, and for a missing or bad key if the rule needs one.
    """

    addresses: AddressMode = AddressMode.PREFIX_PRESERVING
    ipv4_prefix: int = 24
    ipv6_prefix: int = 48
    identifiers: frozenset[Identifier] = frozenset(Identifier)
    removes_secrets: bool = True
    key: bytes = field(default=b"", repr=False)
    context: str | None = None
    own: OwnRules = field(default=OwnRules(), repr=False)
    # Leaves out what columns tell about the original addresses, such as `ip_scope`.
    drops_scope: bool = False
    # Other numbers in place of the ids of rows.
    renumbers_ids: bool = False
    # Moves all times by a secret number of weeks, which the key, the context and this group give.
    shifts_times: bool = False
    shift_group: str | None = None
    # Replaces the hosts and users that stand in any row in all texts. A first pass finds them.
    finds_known: bool = False
    known: KnownValues | None = field(default=None, repr=False)

    name = "privacy"
    shares_fit = True

    def __post_init__(self) -> None:
        problems = [
            FieldProblem(f"privacy.{name}", value, "is no prefix length", (f"1 to {bits}",))
            for name, value, bits in (
                ("ipv4_prefix", self.ipv4_prefix, 32),
                ("ipv6_prefix", self.ipv6_prefix, 128),
            )
            if not 1 <= value <= bits
        ]
        if problems:
            raise ConfigError(problems)
        if self.needs_key or self.key:
            check_key(self.key)

    # What works by the rule takes time to load, and most exports do without it.

    def fit(self, record: Kind) -> KnownFit | None:
        """Return what collects the known values of all kinds; None if the rule has or needs none."""
        if not self.needs_known:
            return None
        from lumber.privacy.known_values import KnownFit

        return KnownFit(
            record,
            has_hosts=Identifier.HOST in self.identifiers,
            has_users=Identifier.USER in self.identifiers,
        )

    def fitted(self, found: KnownFit) -> PrivacyRule:
        """Return the rule with the known values."""
        return replace(self, known=found.found())

    @property
    def needs_known(self) -> bool:
        """Return whether known values are still to be found."""
        is_used = bool({Identifier.HOST, Identifier.USER} & self.identifiers)
        return self.finds_known and self.known is None and is_used

    def start(self, context: StepContext) -> PrivacyStep:
        """Begin a partition."""
        if self.needs_known:
            raise Unfitted(self.name)
        from lumber.privacy.step import PrivacyStep

        return PrivacyStep(self, context.kind, context.record)

    def file_scan(self) -> MadeFiles:
        """Return what scans the files that later jobs make of the records."""
        from lumber.privacy.made_files import MadeFiles

        return MadeFiles(self)

    @property
    def needs_key(self) -> bool:
        """Return whether this rule needs a key."""
        is_needed = bool(self.identifiers) or self.addresses.needs_key or self.renumbers_ids
        return is_needed or self.shifts_times or self.own.needs_key

    @property
    def is_addresses_only(self) -> bool:
        """Return whether the rule covers only addresses, which has a faster implementation."""
        return not self.identifiers and not self.removes_secrets and not self.own

    @property
    def key_id(self) -> str | None:
        """The public id of the key; None without a key."""
        return key_id(self.key) if self.key else None

    def derived_key(self, label: str) -> bytes:
        """Return the 32 bytes of the key in the rule's context for one purpose."""
        return derived_key(self.key, label, self.context)

    @property
    def is_active(self) -> bool:
        """Return whether the rule changes anything."""
        is_usual = self.addresses is not AddressMode.KEEP or bool(self.identifiers) or self.removes_secrets
        return is_usual or bool(self.own)

    def described(self) -> list[str]:
        """Return the lines that describe the rule in a dataset. Of the key they show only its id."""
        addresses = {
            AddressMode.PREFIX_PRESERVING: "Internet addresses are others now (ipcrypt-pfx), in columns "
            "and in texts: equal leading bits stay equal.",
            AddressMode.TOKEN: "Internet addresses are tokens, in columns and in texts.",
            AddressMode.TRUNCATE: "Of internet addresses the network is kept: "
            f"{self.ipv4_prefix} bits of IPv4, {self.ipv6_prefix} bits of IPv6.",
            AddressMode.DROP: "Internet addresses are left out.",
            AddressMode.KEEP: "Internet addresses are as they were.",
        }
        lines = [addresses[self.addresses]]
        if self.identifiers:
            named = [_NAMES[each] for each in sorted(self.identifiers) if each is not Identifier.IBAN]
            lines += [f"Tokens (HMAC-SHA256) stand for: {', '.join(named)}."] if named else []
            if Identifier.PHONE in self.identifiers:
                lines += [
                    "Of telephone numbers with a plus, the country's code is kept: +4900 and ten digits."
                ]
            if Identifier.IBAN in self.identifiers:
                lines += ["IBANs are others now, of the same country and with valid check digits."]
        if self.removes_secrets:
            lines += ["Secrets of known formats are removed."]
        if self.drops_scope:
            lines += ["The scope of internet addresses is left out."]
        if self.renumbers_ids:
            lines += ["Ids of rows are other numbers now, under which references still agree."]
        if self.shifts_times:
            group = "" if self.shift_group is None else f" in the group {json.dumps(self.shift_group)}"
            lines += [
                "All times are earlier than they were, by one secret number of weeks: in columns, and in "
                "texts in known forms. The number is the same for all datasets under the same key and "
                f"context{group}."
            ]
        if self.finds_known:
            lines += ["Hosts and users that stand in columns or fields of any row are replaced in all texts."]
        if self.own.deny:
            types = ", ".join(sorted({each.type for each in self.own.deny}))
            lines += [f"Tokens stand for what the owner's rules deny: {types}."]
        if self.own.allow or self.own.kept_columns or self.own.kept_paths:
            kept = [f"column {name}" for name in self.own.kept_columns]
            kept += [f"{path} in JSON" for path in self.own.kept_paths]
            kept += [counted(len(self.own.allow), "allowed value")] if self.own.allow else []
            lines += [f"By the owner's rules these are as they were: {', '.join(kept)}."]
        if self.key_id is not None:
            within = "" if self.context is None else f" and in the context {json.dumps(self.context)}"
            lines += [
                f"Key `{self.key_id}`: datasets made under it{within} have the same pseudonyms; "
                "it is not in here."
            ]
        return lines
