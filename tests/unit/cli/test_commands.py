"""Commands are known by name and sentence, and loaded when they are needed."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup

from lumber.cli.commands import COMMANDS, LazyCommand
from lumber.cli.main import run

# Whichever of these is loaded is felt: together they take seconds.
HEAVY = ("sqlalchemy", "polars", "pyarrow", "adbc_driver_manager", "pydantic", "fastapi", "uvicorn", "numpy")
PROBE = f"""
import sys
from pathlib import Path
from lumber.cli.main import run
code = run(sys.argv[1:])
print("loaded:", [name for name in {HEAVY} if name in sys.modules])
print("code:", code)
"""


@pytest.mark.parametrize("arguments", [["--version"], []])
def test_the_first_page_loads_no_command(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=True
    )
    assert "loaded: []" in done.stdout
    assert f"code: {0 if arguments else 2}" in done.stdout


def test_a_command_loads_its_own_module_only() -> None:
    probe = PROBE + "print('others:', [n for n in sys.modules if n.startswith('lumber.api')])"
    done = subprocess.run(
        [sys.executable, "-c", probe, "verify", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'fastapi'" not in done.stdout
    assert "'uvicorn'" not in done.stdout
    assert "others: []" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_sentence_on_the_first_page_is_that_of_the_command(name: str) -> None:
    command = LazyCommand(name=name, callback=None, help=COMMANDS[name]).load()
    assert command.name == name
    assert inspect.cleandoc(command.help).split("\n\n")[0].replace("\n", " ") == COMMANDS[name]


def test_a_preview_takes_every_option_of_an_export_that_says_what_is_exported() -> None:
    names = {
        name: {
            option
            for parameter in LazyCommand(name=name, callback=None).load().params
            for option in parameter.opts
        }
        for name in ("export", "preview")
    }
    of_files = {
        "--batch-size",
        "--max-reject-ratio",
        "--output",
        "-o",
        "--allow-empty",
    }
    of_names = {"--name", "--tag", "--note"}
    assert names["export"] - names["preview"] == of_files | of_names


def test_a_command_of_several_has_them_all() -> None:
    group = LazyCommand(name="exports", callback=None).load()
    assert isinstance(group, TyperGroup)
    names = [
        "list",
        "show",
        "rows",
        "compare",
        "watch",
        "name",
        "cancel",
        "retry",
        "tag",
        "delete",
        "share",
        "download",
    ]
    assert list(group.commands) == names
    for name, command in group.commands.items():
        loaded = command.load()
        assert loaded.name == name
        assert inspect.cleandoc(loaded.help).split("\n\n")[0].replace("\n", " ") == command.help


def test_a_mistyped_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verfy"]) == 2
    assert "Did you mean 'verify'?" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["exports"], ["exports", "nothing"]])
def test_a_group_without_a_command_is_a_usage_error(arguments: list[str]) -> None:
    assert run(arguments) == 2


def test_the_module_does_what_the_script_does() -> None:
    arguments = ["verify", "no-such-folder", "--json"]
    by_module, by_script = (
        subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        for command in ([sys.executable, "-m", "lumber"], [Path(sys.executable).with_name("lumber")])
    )
    assert by_module.returncode == by_script.returncode == 4
    assert (by_module.stdout, by_module.stderr) == (by_script.stdout, by_script.stderr)
