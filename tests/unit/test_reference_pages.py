"""The reference pages: every command, exit code, field and setting is documented, with its true default."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from lumber.audit.actions import DECLARED
from lumber.catalog.operators import all_operators
from lumber.cli.commands import COMMANDS, LazyCommand
from lumber.cli.config.request import ConfigRequest
from lumber.cli.config.table import OPTIONS
from lumber.cli.exit_codes import ExitCode
from lumber.exports import ExportConfig
from lumber.exports.options.form import model_in
from lumber.exports.parsing import parse_config
from lumber.settings import Settings

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMMAND_LINE, CONFIG, SETTINGS, AUDIT = (
    (DOCS / name).read_text() for name in ("command-line.md", "export-config.md", "settings.md", "audit.md")
)


def rows(page: str, first: str) -> dict[str, list[str]]:
    """Return the rows of the tables whose first column has this title: the first cell, and the others."""
    found: dict[str, list[str]] = {}
    for table in re.findall(rf"^\| {first} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", page, re.MULTILINE):
        for line in table.splitlines():
            name, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
            found[name.strip("`")] = cells
    return found


def fields(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield path and default of every field that has no fields of its own."""
    for name, info in model.model_fields.items():
        part = model_in(info.annotation)
        if part is not None:
            yield from fields(part, f"{above}{name}.")
        elif info.is_required():
            yield f"{above}{name}", ...
        else:
            default = info.get_default(call_default_factory=True)
            yield f"{above}{name}", TypeAdapter(Any).dump_python(default, mode="json")


def commands() -> Iterator[str]:
    yield from COMMANDS
    for group in ("exports", "user", "key", "notice", "policy", "presets", "privacy", "schedule"):
        yield from (f"{group} {name}" for name in LazyCommand(name=group, callback=None).load().commands)


def test_every_command_is_documented_with_an_example() -> None:
    for name in commands():
        assert f"`lumber {name}`" in COMMAND_LINE, name
    for name in COMMANDS:
        section = COMMAND_LINE.split(f"\n## lumber {name}\n")[1].split("\n## ")[0]
        assert f"lumber {name} " in section or f"lumber {name}\n" in section.split("```sh")[1], name


def test_every_action_of_the_audit_trail_is_documented_with_its_details() -> None:
    documented = {
        name: re.findall(r"`(\w+)`", details) for name, (_, details) in rows(AUDIT, "action").items()
    }
    assert documented == {action.value: list(declared.members) for action, declared in DECLARED.items()}


def test_every_exit_code_is_documented() -> None:
    assert rows(COMMAND_LINE, "exit code").keys() == {str(code.value) for code in ExitCode}


def test_every_option_in_an_example_exists() -> None:
    examples = re.findall(r"```sh\n(.*?)```", COMMAND_LINE, re.DOTALL)
    used = set(re.findall(r" (--[a-z-]+)", "".join(examples)))
    known: set[str] = set()
    for name in COMMANDS:
        command = LazyCommand(name=name, callback=None).load()
        for each in (command, *(each.load() for each in getattr(command, "commands", {}).values())):
            for parameter in each.params:
                known.update((*parameter.opts, *parameter.secondary_opts))
    assert used <= known
    assert used


def test_every_field_is_documented_with_its_default() -> None:
    documented = {name: cells[1].strip("`") for name, cells in rows(CONFIG, "field").items()}
    known = dict(fields(ExportConfig))
    assert documented.keys() == known.keys()
    for name, default in known.items():
        if default is ...:
            assert documented[name] == "required"
        elif name == "privacy.identifiers":  # a set
            assert sorted(json.loads(documented[name])) == sorted(default)
        else:
            assert json.loads(documented[name]) == default, name


def test_every_operator_is_documented() -> None:
    assert [name for name in all_operators() if f"`{name}`" not in CONFIG] == []


def test_the_examples_of_the_config_are_valid() -> None:
    examples = re.findall(r"```json\n(.*?)```", CONFIG, re.DOTALL)
    assert len(examples) > 5
    for example in examples:
        parse_config(json.loads(example))


def test_the_filters_in_the_table_are_valid() -> None:
    texts = list(rows(COMMAND_LINE, "filter"))
    assert len(texts) == 5
    given = {"--data-type": ["logs", "ips"], "--filter": texts}
    assert given.keys() <= {option.name for option in OPTIONS}
    assert len(ConfigRequest(None, given).build().filters) == len(texts)


def test_every_setting_is_documented_with_its_default() -> None:
    documented = rows(SETTINGS, "variable")
    assert documented.keys() == {f"LUMBER_{name.upper()}" for name in Settings.model_fields}
    for name, info in Settings.model_fields.items():
        default, meaning = documented[f"LUMBER_{name.upper()}"]
        assert len(meaning) > 10
        # A missing default means something else than nothing: the page says it in words.
        if info.default_factory is None and info.default not in (None, ""):
            is_text = isinstance(info.default, bool | str)
            assert default == (str(info.default).lower() if is_text else f"{info.default:.15g}"), name
