"""`--help` of every command: nothing is cut on a terminal of 80 columns, and examples can be copied."""

from __future__ import annotations

import re

import pytest

from lumber.cli.commands import COMMANDS, LazyCommand
from lumber.cli.main import run

SUBCOMMANDS = [
    f"exports {name}" for name in ("list", "show", "watch", "cancel", "retry", "delete", "download")
]
SUBCOMMANDS += [f"audit {name}" for name in ("list", "outgoing", "verify", "export")]
SUBCOMMANDS += [f"privacy {name}" for name in ("reverse", "rotate")]
GROUPS = ("audit", "exports", "loads", "privacy")
PAGES = ["", *COMMANDS, *SUBCOMMANDS]


def page(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int
) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run([*words.split(), "--help"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


@pytest.mark.parametrize("columns", [80, 60])
@pytest.mark.parametrize("words", PAGES)
def test_a_page_of_help_is_as_wide_as_the_terminal_and_cuts_nothing(
    words: str, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = page(words, monkeypatch, capsys, columns)
    # An example is a line to copy, also from a narrow terminal.
    examples = re.findall(r"^(?:Examples?|First steps):\n((?:  .*\n)+)", text, re.MULTILINE)
    prose = text if not examples else text.replace(examples[0], "")
    assert [line for line in prose.splitlines() if len(line) > columns] == []
    assert "…" not in text


@pytest.mark.parametrize(
    "words", [each for each in PAGES if each not in ("", "audit", "exports", "loads", "privacy")]
)
def test_every_option_is_described_and_stands_whole_at_the_start_of_a_line(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *rest = words.split()
    command = LazyCommand(name=name, callback=None).load()
    for each in rest:
        command = command.commands[each].load()
    lines = page(words, monkeypatch, capsys, 80).splitlines()
    starts = {re.split(r"[\s,/]", line[2:])[0] for line in lines if line.startswith("  -")}
    options = [each for each in command.params if each.param_type_name == "option"]
    assert {max(each.opts, key=len) for each in options} <= starts
    described = {each.name: len(re.findall(r"[A-Za-z]{2,}", each.help or "")) for each in command.params}
    assert [name for name, words in described.items() if words < 3] == []


@pytest.mark.parametrize("words", PAGES[1:])
def test_every_example_fits_80_columns_and_names_the_command(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = page(words, monkeypatch, capsys, 80).splitlines()
    start = next(index for index, line in enumerate(lines) if re.match(r"Examples?:", line))
    examples = lines[start + 1 : lines.index("", start)]
    assert any(f"lumber {words}" in line for line in examples)
    assert [line for line in examples if len(line) > 80] == []


@pytest.mark.parametrize("command", ["export", "preview"])
def test_the_options_of_an_export_are_in_groups(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    titles = re.findall(r"^(\S.*):$", page(command, monkeypatch, capsys, 80), re.MULTILINE)
    assert [title for title in titles if not title.startswith("Example")] == [
        "What to export",
        "Splits",
        "Labels",
        "Duplicates",
        "Sample and order",
        "Templates and sequences",
        "Privacy",
        "Files",
        *(["Name"] if command == "export" else []),
        "Options",
    ]


def test_a_shell_completes_commands_options_and_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def complete(text: str) -> list[str]:
        monkeypatch.setenv("_LUMBER_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", text)
        monkeypatch.setenv("COMP_CWORD", str(len(text.split(" ")) - 1))
        with pytest.raises(SystemExit):
            run([])
        return capsys.readouterr().out.split()

    assert complete("lumber verif") == ["verify"]
    assert complete("lumber export --split-se") == ["--split-seed"]
    assert complete("lumber export --split time") == ["time", "time_group"]
