"""The page that `--help` prints: it fits 80 columns and never cuts the name of an option."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

_COMMANDS, _ARGUMENTS, _OPTIONS = "Commands", "Arguments", "Options"
# Longer names get a line of their own.
_LONGEST_NAME = 26
_NARROWEST = 40
_RANGE, _LEAST = re.compile(r"([0-9.]+)<=x<=([0-9.]+)"), re.compile(r"\bx>=([0-9.]+)")
_CODE = re.compile(r"`([^`]*)`")
_NAME_STYLE, _CODE_STYLE, _TITLE_STYLE = "bold cyan", "cyan", "bold"
# A name, and what it does.
_Row = tuple[str, str]


class HelpCommand(TyperCommand):
    """A command with our page of help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the page."""
        print_help(self, ctx)


class HelpGroup(TyperGroup):
    """A group of commands with our page of help."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the page."""
        print_help(self, ctx)


def print_help(command: TyperCommand | TyperGroup, ctx: Any) -> None:
    """Print usage, description, commands and options by group, as wide as the terminal."""
    sections = _sections(command, ctx)
    page = _Page(
        Console(highlight=False, emoji=False), [name for rows in sections.values() for name, _ in rows]
    )
    page.line(Text(_usage(command, ctx), _TITLE_STYLE))
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        page.gap()
        page.paragraph(paragraph)
    for title, rows in sections.items():
        page.gap()
        page.line(Text(f"{title}:", _TITLE_STYLE))
        for name, text in rows:
            page.row(name, text)


def _usage(command: TyperCommand | TyperGroup, ctx: Any) -> str:
    arguments = [_argument(each) for each in command.get_params(ctx) if each.param_type_name == "argument"]
    rest = [command.subcommand_metavar] if isinstance(command, TyperGroup) else []
    return " ".join(["Usage:", ctx.command_path, "[OPTIONS]", *arguments, *rest])


def _sections(command: TyperCommand | TyperGroup, ctx: Any) -> dict[str, list[_Row]]:
    """Return the rows by title: commands and arguments first, options without a group last."""
    found: dict[str, list[_Row]] = {}
    if isinstance(command, TyperGroup):
        found[_COMMANDS] = [(name, _first(each.help)) for name, each in command.commands.items()]
    rest: list[_Row] = []
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is None:
            continue
        title = getattr(parameter, "rich_help_panel", None)
        if parameter.param_type_name == "argument":
            found.setdefault(title or _ARGUMENTS, []).append((_argument(parameter), _description(record)))
        else:
            (rest if title is None else found.setdefault(title, [])).append(
                (_names(parameter, ctx), _description(record))
            )
    return {**found, _OPTIONS: rest}


def _description(record: _Row) -> str:
    """Return the description of a parameter, with its range in words."""
    text = record[1].replace("  [", " [")
    return _RANGE.sub(r"\1 to \2", _LEAST.sub(r"at least \1", text))


def _argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _names(parameter: Any, ctx: Any) -> str:
    """Return the names of an option, the long one first, with its value."""
    names = sorted(parameter.opts, key=len, reverse=True)
    text = ", ".join(names) + "".join(f"/{name}" for name in parameter.secondary_opts)
    return text if parameter.is_flag else f"{text} {parameter.metavar or parameter.display_type(ctx)}"


def _first(text: str | None) -> str:
    """Return the first paragraph of a description, in one line."""
    return " ".join(inspect.cleandoc(text or "").split("\n\n", 1)[0].split())


class _Page:
    """Writes wrapped lines."""

    def __init__(self, console: Console, names: Sequence[str]) -> None:
        self._console = console
        self._width = max(console.width, _NARROWEST)
        self._names_width = min(_LONGEST_NAME, self._width // 3, max(map(len, names)))

    def line(self, text: Text) -> None:
        """Write one text, wrapped."""
        self._write(self._wrapped(text, self._width))

    def gap(self) -> None:
        """Write an empty line."""
        self._console.print()

    def paragraph(self, text: str) -> None:
        """Write a paragraph: indented lines as they are, and each item of a list on lines of its own."""
        for part in re.split(r"\n(?=- |  )", text):
            if part.startswith("  "):
                self._write([Text(part, _CODE_STYLE)])
                continue
            indent = "  " if part.startswith("- ") else ""
            wrapped = self._wrapped(_styled(" ".join(part.split())), self._width - len(indent))
            self._write(Text(indent if index else "") + line for index, line in enumerate(wrapped))

    def row(self, name: str, text: str) -> None:
        """Write a name and, beside or below it, what it does."""
        indent = Text(" " * (self._names_width + 4))
        head = Text("  ") + Text(name, _NAME_STYLE)
        lines = [indent + line for line in self._wrapped(_styled(text), self._width - len(indent))]
        if len(name) <= self._names_width and lines:
            lines[0] = head + lines[0][len(head) :]
        else:
            lines.insert(0, head)
        self._write(lines)

    def _wrapped(self, text: Text, width: int) -> list[Text]:
        return list(text.wrap(self._console, width, overflow="fold"))

    def _write(self, lines: Iterable[Text]) -> None:
        for line in lines:
            line.rstrip()
            self._console.print(line, soft_wrap=True)


def _styled(text: str) -> Text:
    """Return a text with the parts in backticks as code."""
    styled = Text()
    for index, part in enumerate(_CODE.split(text)):
        styled.append(part, _CODE_STYLE if index % 2 else "")
    return styled
