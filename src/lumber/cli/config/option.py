"""An option of the command line for a field of ExportConfig, which supplies what isn't declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from lumber.cli.config.values import Assignment, Reader
from lumber.exports.config import ExportConfig
from lumber.exports.options.form import fields_at


@dataclass(frozen=True, slots=True)
class ConfigOption:
    """An option of the command line that sets a field of the config."""

    name: str
    field: str
    panel: str
    metavar: str | None = None
    help: str | None = None
    default: str | None = None
    short: str | None = None
    # The name that sets a boolean field to false.
    off: str | None = None
    is_flag: bool = False
    repeats: bool = False
    read: Reader | None = None
    # Words that complete the option, in addition to those that the field's type allows.
    words: tuple[str, ...] = ()
    # Only for commands that write files: a preview would be the same.
    writes: bool = False

    @property
    def parameter(self) -> str:
        """The name of the command's parameter."""
        return self.name.removeprefix("--").replace("-", "_")

    @property
    def info(self) -> FieldInfo:
        """The field of the config."""
        *parents, name = self.field.split(".")
        return fields_at(ExportConfig, parents)[name]

    @property
    def annotation(self) -> Any:
        """The type of the command's parameter."""
        if self.is_flag:
            return bool
        if self.off is not None:
            return bool | None
        if self.repeats:
            return list[str] | None
        if self.read is not None:
            return str | None
        number = next((each for each in (int, float) if each in _members(self.info.annotation)), str)
        return number | None

    @property
    def missing(self) -> Any:
        """The value of the command's parameter if the option isn't given."""
        return False if self.is_flag else None

    def is_given(self, value: Any) -> bool:
        """Say whether a value of the command's parameter means that the option is given."""
        return value not in (self.missing, [])

    @property
    def text(self) -> str:
        """The description, with the default."""
        default = self._default_text() if self.default is None else self.default
        text = self.help or self.info.description or ""
        return f"{text} [default: {default}]" if default else text

    def choices(self) -> list[str]:
        """Return the words that a shell may complete."""
        return [*self.words, *_words(self.info.annotation)]

    def read_value(self, value: Any) -> list[Assignment]:
        """Return what a given value assigns. Raises ConfigError."""
        path = tuple(self.field.split("."))
        return [(path, value)] if self.read is None else list(self.read(value))

    def _default_text(self) -> str:
        default = self.info.default
        if self.off is not None and isinstance(default, bool):
            return (self.name if default else self.off).removeprefix("--")
        if isinstance(default, str | int | float) and not isinstance(default, bool):
            return f"{default:g}" if isinstance(default, float) else str(default)
        return ""


def _members(annotation: Any) -> tuple[Any, ...]:
    """Return the types of a union, or the type itself, without their metadata."""
    members = get_args(annotation) or (annotation,)
    return tuple(get_args(each)[0] if get_origin(each) is Annotated else each for each in members)


def _words(annotation: Any) -> Iterator[str]:
    """Yield the words that a type allows."""
    if get_origin(annotation) is Literal:
        yield from (each for each in get_args(annotation) if isinstance(each, str))
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (str(each.value) for each in annotation)
    else:
        for each in get_args(annotation):
            yield from _words(each)
