"""PrivacyOptions: how an export replaces addresses and identifiers, and removes secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_serializer, model_validator

from lumber.catalog.kind import Kind
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.json_types import Flag, Whole
from lumber.exports.options.privacy_rules import PrivacyRules
from lumber.privacy.key import KEY_VARIABLE
from lumber.privacy.own_rules import OwnRules
from lumber.privacy.rule import AddressMode, Identifier, PrivacyRule

# Letters, digits and a few signs, without a space at the ends: two contexts that look the same are the same.
_CONTEXT = r"^[A-Za-z0-9]([A-Za-z0-9 ._@-]*[A-Za-z0-9])?$"
_Columns = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1, max_length=10)]
_KEYS = ("key", "key_file", "privacy_key")


class PrivacyOptions(BaseModel):
    """How to pseudonymise people and devices. The key is never part of the config."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    addresses: AddressMode = Field(
        default=AddressMode.PREFIX_PRESERVING,
        description="What addresses become. prefix_preserving: other addresses, where equal leading bits "
        "stay equal (ipcrypt-pfx). token: `ip_` and 16 hex digits. truncate: their network. drop: null, or "
        "`[address]` in texts. keep: unchanged.",
    )
    ipv4_prefix: Whole = Field(default=24, ge=1, le=32, description="With truncate: IPv4 bits to keep.")
    ipv6_prefix: Whole = Field(default=48, ge=1, le=128, description="With truncate: IPv6 bits to keep.")
    identifiers: frozenset[Identifier] = Field(
        default=frozenset(Identifier),
        description="Identifiers to replace: mac, email, user, host, iban, phone, national_id, coordinates, "
        "url_ids.",
    )
    secrets: Flag = Field(
        default=True,
        description="Remove secrets of known formats: keys, tokens, passwords, private keys, card numbers.",
    )
    context: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        pattern=_CONTEXT,
        description="A short public text, such as the recipient's name. Another context gives other "
        "pseudonyms under the same key. It stands in the manifest and the card.",
    )

    drop_scope: Flag = Field(
        default=False,
        description="Leave out what tells the scope of original addresses: ip_scope is null.",
    )
    renumber_ids: Flag = Field(
        default=False,
        description="Replace the ids of rows by other numbers, which the key gives. References agree.",
    )
    shift_times: Flag = Field(
        default=False,
        description="Move all times into the past by one secret number of whole weeks, which the key gives.",
    )
    shift_group: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        pattern=_CONTEXT,
        description="With shift_times: exports of the same group are moved alike. Without one, the group is "
        "the dataset. It stands in the manifest and the card.",
    )
    known_values: Flag = Field(
        default=False,
        description="Replace the hosts and users of all rows in all texts, also where nothing else tells "
        "them. For that, all rows are read once more.",
    )
    k_anonymity: list[_Columns] = Field(
        default_factory=list,
        max_length=10,
        description="Sets of columns: for each, the manifest says how many rows the smallest group with the "
        "same values has.",
    )
    rules: PrivacyRules | None = Field(
        default=None,
        description="The owner's own rules: what is never replaced (allow), what always is (deny), and what "
        "becomes of whole columns.",
    )

    @field_serializer("identifiers")
    def _in_order(self, value: frozenset[Identifier]) -> list[str]:
        return [each.value for each in Identifier if each in value]

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """Accept `true` for the defaults, and a mode for addresses alone."""
        if value is True:
            return {}
        if isinstance(value, Mapping) and (named := [name for name in _KEYS if name in value]):
            # The value isn't shown: it may be the key.
            text = f"must not be in a config: set {KEY_VARIABLE}, or use a key file"
            raise ConfigError([FieldProblem(f"privacy.{named[0]}", None, text)])
        return {"addresses": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> PrivacyOptions:
        usual = type(self).model_fields
        problems = [
            FieldProblem(f"privacy.{name}", getattr(self, name), "has no effect without addresses truncate")
            for name in ("ipv4_prefix", "ipv6_prefix")
            if self.addresses is not AddressMode.TRUNCATE and getattr(self, name) != usual[name].default
        ]
        if self.rules is not None:
            problems += self.rules.problems()
            if not problems and (together := self.rules.problem_together()) is not None:
                problems.append(together)
        is_idle = self.addresses is AddressMode.KEEP and not self.identifiers and not self.secrets
        if is_idle and not (self.rules and (self.rules.deny or self.rules.columns or self.rules.json_paths)):
            problems.append(FieldProblem("privacy", None, "has no effect with these fields: leave it out"))
        if self.shift_group is not None and not self.shift_times:
            message = "has no effect without shift_times"
            problems.append(FieldProblem("privacy.shift_group", self.shift_group, message))
        if self.context is not None and not self.needs_key:
            problems.append(FieldProblem("privacy.context", self.context, "has no effect without pseudonyms"))
        if self.known_values and not {Identifier.HOST, Identifier.USER} & self.identifiers:
            message = "has no effect without identifiers host or user"
            problems.append(FieldProblem("privacy.known_values", True, message))
        if problems:
            raise ConfigError(problems)
        return self

    def anonymity_problems(self, kinds: Sequence[Kind]) -> list[FieldProblem]:
        """Return the sets of columns that no kind is written with, or that repeat a column."""
        known = tuple(sorted({name for kind in kinds for name in kind.schema.names}))
        problems = []
        for at, names in enumerate(self.k_anonymity):
            field = f"privacy.k_anonymity.{at}"
            given = ", ".join(names)
            if len(set(names)) < len(names):
                problems.append(FieldProblem(field, given, f"names a column twice: {given}"))
            elif unknown := [name for name in names if name not in known]:
                message = f"no exported data type is written with the column {', '.join(unknown)}"
                problems.append(FieldProblem(field, given, message, known))
            elif not any(set(names) <= set(kind.schema.names) for kind in kinds):
                message = f"no exported data type is written with all of {given}"
                allowed = tuple(f"of {kind.name} {', '.join(sorted(kind.schema.names))}" for kind in kinds)
                problems.append(FieldProblem(field, given, message, allowed))
        return problems

    @property
    def needs_key(self) -> bool:
        """Say whether it needs a key."""
        is_needed = bool(self.identifiers) or self.addresses.needs_key or self.renumber_ids
        is_needed = is_needed or self.shift_times
        return is_needed or (self.rules is not None and self.rules.own_rules().needs_key)

    def rule(self, key: bytes = b"", dataset: str | None = None) -> PrivacyRule:
        """Return the rule that workers apply; `dataset` is the group whose times are shifted alike.

        Raises ConfigError for an invalid key if it needs one.
        """
        return PrivacyRule(
            addresses=self.addresses,
            ipv4_prefix=self.ipv4_prefix,
            ipv6_prefix=self.ipv6_prefix,
            identifiers=self.identifiers,
            removes_secrets=self.secrets,
            key=key if self.needs_key else b"",
            context=self.context,
            drops_scope=self.drop_scope,
            renumbers_ids=self.renumber_ids,
            shifts_times=self.shift_times,
            shift_group=(self.shift_group or dataset) if self.shift_times else None,
            finds_known=self.known_values,
            own=OwnRules() if self.rules is None else self.rules.own_rules(),
        )
