"""PrivacyRules: the owner's own rules of a private export, with examples that are checked at creation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_serializer

from lumber.catalog.kind import Kind
from lumber.errors import FieldProblem
from lumber.exports.options.form import require_object
from lumber.privacy.own_rules import (
    ANY_NAME,
    MAX_PATTERN,
    MAX_RULES,
    ColumnAction,
    Deny,
    Match,
    OwnRules,
    is_match,
    problem_of,
)

FIELD = "privacy.rules"
_EXAMPLES = 100
_Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PATTERN)]
_Examples = Annotated[list[_Text], Field(max_length=_EXAMPLES)]
_TYPE = r"^[a-z][a-z0-9_]{0,31}$"
_FORMS = 'an object such as {"deny": [{"value": "Project Falcon", "type": "project"}]}'


class MatchRule(BaseModel):
    """A value in any case, or a pattern with examples."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    value: _Text | None = Field(default=None, description="A text, in any case, as a whole word.")
    pattern: _Text | None = Field(
        default=None,
        description="Instead of a value: a regular expression (the syntax of Rust's regex, without "
        "look-around).",
    )
    matches: _Examples = Field(default=[], description="Texts that the pattern matches. At least one.")
    leaves: _Examples = Field(default=[], description="Texts that the pattern doesn't match.")

    @model_serializer(mode="wrap")
    def _what_is_set(self, handler: Any) -> dict[str, Any]:
        return {name: each for name, each in handler(self).items() if each}

    @property
    def match(self) -> Match:
        """The value or pattern that workers apply."""
        return Match(self.value, self.pattern)


class AllowRule(MatchRule):
    """What is never replaced: whole values that would be found."""


class DenyRule(MatchRule):
    """What is always replaced."""

    type: str = Field(
        default="value",
        pattern=_TYPE,
        description="What it is, in lower case. Its pseudonyms are `own_`, this type and 16 hex digits.",
    )


class PrivacyRules(BaseModel):
    """The owner's own rules."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    allow: Annotated[list[AllowRule], Field(max_length=MAX_RULES)] = Field(
        default=[], description="Values that are never replaced, such as public names of one's own."
    )
    deny: Annotated[list[DenyRule], Field(max_length=MAX_RULES)] = Field(
        default=[], description="Values that are always replaced, in columns, texts and JSON."
    )
    columns: Annotated[dict[_Text, ColumnAction], Field(max_length=MAX_RULES)] = Field(
        default={},
        description="What becomes of whole text columns, by name, such as device_id or logs.device_id. keep: "
        "they stay as they are. drop: null, or `[removed]`. token: one token for each value.",
    )

    json_paths: Annotated[dict[_Text, ColumnAction], Field(max_length=MAX_RULES)] = Field(
        default={},
        description="What becomes of values in JSON columns, by a path such as customer.id; * is any "
        "name, and lists have no part in it. keep, drop (the field is left out) or token.",
    )

    @model_serializer(mode="wrap")
    def _what_is_set(self, handler: Any) -> dict[str, Any]:
        return {name: each for name, each in handler(self).items() if each}

    def __bool__(self) -> bool:
        return bool(self.allow or self.deny or self.columns or self.json_paths)

    def own_rules(self) -> OwnRules:
        """Return the rules that workers apply."""
        return OwnRules(
            allow=tuple(rule.match for rule in self.allow),
            deny=tuple(Deny(rule.match, rule.type) for rule in self.deny),
            columns=tuple(sorted(self.columns.items())),
            # Paths of names before those of any name.
            json_paths=tuple(
                sorted(self.json_paths.items(), key=lambda item: (ANY_NAME in item[0], item[0]))
            ),
        )

    def problems(self) -> Iterator[FieldProblem]:
        """Yield what is wrong with each rule alone. Names of columns are checked elsewhere."""
        named: Sequence[tuple[str, Sequence[MatchRule]]] = (("allow", self.allow), ("deny", self.deny))
        for name, rules in named:
            for number, rule in enumerate(rules):
                yield from _problems(f"{FIELD}.{name}.{number}", rule, is_whole=name == "allow")

        for path in self.json_paths:
            if not all(path.split(".")):
                allowed = ("names of fields with dots between them, such as customer.id",)
                yield FieldProblem(f"{FIELD}.json_paths", path, f"{path!r} is no path", allowed)

    def problem_together(self) -> FieldProblem | None:
        """Return why rules that are right by themselves can't be used together."""
        problem = problem_of(self.own_rules().maybe) if len(self.deny) > 1 else None
        return (
            None if problem is None else FieldProblem(f"{FIELD}.deny", None, f"is too much in all: {problem}")
        )


def _problems(field: str, rule: MatchRule, *, is_whole: bool) -> Iterator[FieldProblem]:
    if (rule.value is None) == (rule.pattern is None):
        yield FieldProblem(field, None, "has to name either a value or a pattern", ("value", "pattern"))
        return
    if rule.value is not None:
        if rule.matches or rule.leaves:
            yield FieldProblem(field, rule.value, "is a value, which needs no examples: leave them out")
        if not rule.value.strip():
            yield FieldProblem(f"{field}.value", rule.value, "is only spaces")
        return
    assert rule.pattern is not None
    problem = problem_of(rule.pattern)
    if problem is not None:
        yield FieldProblem(f"{field}.pattern", rule.pattern, f"is no pattern: {problem}")
        return
    if is_match(rule.match, ""):
        yield FieldProblem(f"{field}.pattern", rule.pattern, "matches an empty text")
    if not rule.matches:
        message = "needs at least one example of what the pattern matches"
        yield FieldProblem(f"{field}.matches", None, message, ("texts that the pattern matches",))
    how = "as a whole " if is_whole else ""
    for name, texts, expected in (("matches", rule.matches, True), ("leaves", rule.leaves, False)):
        for text in texts:
            if is_match(rule.match, text, is_whole=is_whole) is not expected:
                does = "doesn't match" if expected else "matches"
                message = f"the pattern {rule.pattern!r} {does} the example {text!r} {how}".rstrip()
                yield FieldProblem(f"{field}.{name}", text, message)


def column_problems(
    rules: PrivacyRules | None, kinds: Sequence[Kind], *, has_templates: bool
) -> list[FieldProblem]:
    """Return the columns that no exported kind has as text, or that templates would show."""
    if rules is None or not rules.columns:
        return []
    from lumber.privacy.pseudonymizer import contents

    texts = {kind.name: list(contents(kind)) for kind in kinds}
    known = {name for names in texts.values() for name in names}
    known |= {f"{kind}.{name}" for kind, names in texts.items() for name in names}
    allowed = tuple(sorted(name for name in known if "." not in name))
    kept = rules.own_rules()
    shown = [
        FieldProblem(
            f"{FIELD}.columns",
            kind.message_column,
            f"{kind.message_column!r} can't be kept with templates, which are made of it",
            ("drop", "token"),
        )
        for kind in kinds
        if has_templates and kind.message_column and kept.keeps(kind.name, kind.message_column)
    ]
    return shown + [
        FieldProblem(
            f"{FIELD}.columns", name, f"{name!r} is no text column of the exported data types", allowed
        )
        for name in rules.columns
        if name not in known
    ]


def require_rules(value: Any) -> Any:
    """Return what a config says, if it is an object. Raises ConfigError."""
    return require_object(FIELD, value, _FORMS)
