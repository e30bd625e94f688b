"""What people call an export: its name, its tags and its note. Its config and its dataset don't have them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from lumber.errors import ConfigError, FieldProblem
from lumber.text import counted

MAX_NAME, MAX_TAG, MAX_TAGS, MAX_NOTE = 120, 40, 20, 2_000
_NAME_RULE = f"1 to {MAX_NAME} printable characters"
_TAG_RULE = f"1 to {MAX_TAG} letters, digits, '.', '_' and '-'"
_NOTE_RULE = f"at most {MAX_NOTE:,} printable characters and line breaks"
_IN_TAGS = frozenset("._-")

_Name = Annotated[str, StringConstraints(max_length=MAX_NAME)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TAG)]
_Note = Annotated[str, StringConstraints(max_length=MAX_NOTE)]


class NamingChange(BaseModel):
    """Changes of the name, the tags and the note. Fields that aren't given stay; null removes one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name | None = Field(default=None, description="Name: printable characters.")
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS)] | None = Field(
        default=None, description="All tags: letters, digits, '.', '_' and '-'. Case makes no difference."
    )
    note: _Note | None = Field(default=None, description="Note: printable characters and line breaks.")

    @classmethod
    def of_tags(cls, tags: Iterable[str]) -> NamingChange:
        """Return a change of the tags alone, which are checked later."""
        return cls.model_construct({"tags"}, tags=list(tags))

    def checked(self) -> Mapping[str, Any]:
        """Return the given fields as the ledger stores them. Raises ConfigError."""
        found: dict[str, Any] = {}
        if "name" in self.model_fields_set:
            found["name"] = _checked_name(self.name)
        if "tags" in self.model_fields_set:
            found["tags"] = checked_tags(self.tags or ()) or None
        if "note" in self.model_fields_set:
            found["note"] = _checked_note(self.note)
        return found


@dataclass(frozen=True, slots=True)
class Naming:
    """The name, the tags and the note of a new export, as the ledger stores them."""

    name: str | None = None
    tags: list[str] | None = None
    note: str | None = None

    @classmethod
    def checked(cls, name: str | None = None, tags: Iterable[str] = (), note: str | None = None) -> Naming:
        """Return what somebody asks for. Raises ConfigError."""
        return cls(_checked_name(name), checked_tags(tags) or None, _checked_note(note))

    def as_json(self) -> dict[str, Any]:
        """Return what is set, as the fields of a body."""
        values = {"name": self.name, "tags": self.tags, "note": self.note}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def default(cls, name: str) -> Naming:
        """Return a name that Lumber gives; it is cut if it is too long."""
        shown = "".join(each for each in name if each.isprintable())
        return cls(shown[:MAX_NAME].strip() or None)


UNNAMED = Naming()


def parse_naming(values: Mapping[str, Any]) -> Naming:
    """Read the fields of a name, tags and a note. Raises ConfigError."""
    from lumber.exports.parsing import config_problems  # loads the kinds

    try:
        return Naming(**NamingChange.model_validate(dict(values)).checked())
    except ValidationError as error:
        raise ConfigError(config_problems(error)) from None


def checked_tags(tags: Iterable[str]) -> list[str]:
    """Return tags sorted, each once and in lower case. Raises ConfigError."""
    found = sorted({unicodedata.normalize("NFKC", tag).strip().lower() for tag in tags})
    wrong = [tag for tag in found if not _is_tag(tag)]
    if wrong:
        raise ConfigError([FieldProblem("tags", tag, f"{tag!r} is not a tag", (_TAG_RULE,)) for tag in wrong])
    if len(found) > MAX_TAGS:
        raise ConfigError(
            [FieldProblem("tags", len(found), f"has {counted(len(found), 'tag')}", (f"at most {MAX_TAGS}",))]
        )
    return found


def _is_tag(text: str) -> bool:
    return 1 <= len(text) <= MAX_TAG and all(each.isalnum() or each in _IN_TAGS for each in text)


def _checked_name(name: str | None) -> str | None:
    shown = None if name is None else unicodedata.normalize("NFC", name).strip()
    if not shown:
        return None
    if len(shown) > MAX_NAME or not shown.isprintable():
        raise ConfigError(
            [FieldProblem("name", name, f"{shown[:MAX_NAME]!r} can't name an export", (_NAME_RULE,))]
        )
    return shown


def _checked_note(note: str | None) -> str | None:
    shown = None if note is None else note.replace("\r\n", "\n").strip()
    if not shown:
        return None
    if len(shown) > MAX_NOTE:
        raise ConfigError([FieldProblem("note", len(shown), f"has {len(shown):,} characters", (_NOTE_RULE,))])
    wrong = next((each for each in shown if not each.isprintable() and each not in "\n\t"), None)
    if wrong is not None:
        raise ConfigError([FieldProblem("note", wrong, f"has the character {wrong!r}", (_NOTE_RULE,))])
    return shown
