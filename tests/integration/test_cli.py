"""The command line as a shell sees it: help, JSON, exit codes, terminals, and no secret in any output."""

import json
import os
import pty
import re
import select
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lumber.store.bulk import BulkConnection
from lumber.store.url import DatabaseUrl
from tests.commands import lumber_bytes, plain_environment
from tests.databases import PostgresServer
from tests.integration.processes import LUMBER, PATIENCE_SECONDS

BUDGET_REASON = "A handful of commands run as real processes, for pipes, exit codes and terminals."

COMMANDS = (
    "ingest",
    "loads",
    "preview",
    "export",
    "exports",
    "verify",
    "diff",
    "migrate",
    "sample",
    "doctor",
    "serve",
    "worker",
)
# They answer other programs by what they serve, and by their log.
LASTING = ("serve", "worker")
PAGES = [
    *(command for command in COMMANDS if command not in ("exports", "loads")),
    *(f"loads {name}" for name in ("list", "show", "delete")),
    *(f"exports {name}" for name in ("list", "show", "watch", "cancel", "retry", "delete", "download")),
]
SECRET = "s3cr3t-w0rd"
ROWS = 3_000
ESCAPES = re.compile(rb"\x1b|\r")


def environment(**changes: str) -> dict[str, str]:
    return plain_environment(LUMBER_WORKERS="1", COLUMNS="200") | changes


def run(*arguments: object, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """Run in this process, which takes hundredths of a second and not one."""
    return lumber_bytes(*arguments, **environment(**changes))


def run_process(*arguments: object, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """Run the script in a process of its own, as a shell does."""
    command = [LUMBER, *(os.fsencode(a) if isinstance(a, str | Path) else str(a) for a in arguments)]
    return subprocess.run(command, capture_output=True, timeout=PATIENCE_SECONDS, env=environment(**changes))


def strict_json(text: bytes) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text.decode(), parse_constant=refuse)


def run_json(*arguments: object, code: int, **changes: str) -> dict[str, Any]:
    """Run with --json and return the one object on standard output."""
    done = run(*arguments, "--json", **changes)
    assert done.returncode == code, done.stderr.decode()
    assert done.stdout.count(b"\n") == 1
    answer = strict_json(done.stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a SQLite file with sample data; tests may add exports to its ledger."""
    url = f"sqlite:///{tmp_path_factory.mktemp('cli') / 'lumber.db'}"
    done = run("sample", "--rows", ROWS, "--database-url", url)
    assert done.returncode == 0, done.stderr
    return url


# Help


def test_the_first_page_names_every_command_the_first_steps_and_the_exit_codes() -> None:
    done = run("--help")
    text = done.stdout.decode()
    assert done.returncode == 0
    assert all(command in text for command in COMMANDS)
    assert "lumber sample" in text
    assert "Exit codes: 0 done" in text


@pytest.mark.parametrize("command", PAGES)
def test_the_help_of_a_command_is_plain_text_with_an_example(command: str) -> None:
    done = run(*command.split(), "--help")
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert not ESCAPES.search(done.stdout)
    assert "example" in text.lower()
    assert f"lumber {command}" in text
    assert command in LASTING or "\n  --json " in text


def test_the_version_is_one_line() -> None:
    done = run_process("--version")
    assert done.returncode == 0
    assert re.fullmatch(rb"lumber \d+\.\d+\.\d+\S*\n", done.stdout)


# Exit codes


def test_a_process_ends_with_the_code_of_its_command(database: str, tmp_path: Path) -> None:
    assert run_process("doctor", "--database-url", database).returncode == 0
    assert run_process("migrate", "--database-url", f"sqlite:///{tmp_path}").returncode == 1
    assert run_process("export", "--nothing").returncode == 2
    assert run_process("export", "-d", "\udcff", "--database-url", database).returncode == 3
    assert run_process("verify", tmp_path / "\udcff").returncode == 4


def test_success_is_0(database: str) -> None:
    assert run("doctor", "--database-url", database).returncode == 0
    assert run("preview", "-d", "logs", "--database-url", database).returncode == 0


@pytest.mark.parametrize("command", ["preview", "export"])
def test_a_filter_that_does_not_narrow_a_kind_is_said(command: str, database: str, tmp_path: Path) -> None:
    chosen = ["-d", "logs", "-d", "ips", "--process", "sshd", "--filter", "log_level=ERROR,INFO"]
    folder = ["--output", tmp_path / "out"] if command == "export" else []
    done = run(command, *chosen, *folder, "--database-url", database, "--json")
    assert done.returncode == 0
    strict_json(done.stdout)
    notes = " ".join(done.stderr.decode().split())
    assert "ips is not filtered by log_level, processes: it has no such column" in notes
    assert "logs is not" not in notes


def test_a_failure_is_1(tmp_path: Path, database: str) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    selection = ["export", "-d", "logs", "-o", tmp_path, "--database-url", database]
    answer = run_json(*selection, code=1)
    assert (answer["error"]["code"], answer["error"]["retryable"]) == ("output_occupied", False)
    assert "is not empty (it holds mine.txt)" in answer["error"]["message"]
    assert [item.name for item in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["export", "--nothing"], ["export", "--batch-size", "many"], ["verify"], []],
    ids=["command", "option", "value", "argument", "empty"],
)
def test_a_usage_error_is_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_usage_error_is_an_object_too() -> None:
    answer = run_json("export", "--batch-size", "many", code=2)
    assert answer["error"]["code"] == "usage"
    assert "--batch-size" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "field", "allowed"),
    [
        (["-d", "flows"], "data_types", "logs"),
        ([], "data_types", "logs"),
        (["-d", "logs", "-f", "colour=red"], "filters.colour", "logs.message"),
        (["-d", "logs", "-f", "log_level"], "--filter", "device_id is_null"),
        (["-d", "logs", "--format", "xml"], "output_format", "parquet"),
        (["-d", "logs", "--validation", "harsh"], "validation_level", "strict"),
        (["-d", "logs", "--batch-size", "0"], "batch_size", None),
        (["-d", "logs", "--start", "2026"], "start_date", None),
        (["-d", "logs", "--max-reject-ratio", "nan"], "max_reject_ratio", None),
        (["-d", "logs", "--config", "missing.json"], "--config", None),
        (["-d", "\udcff"], "data_types", "logs"),
    ],
    ids=lambda value: ascii(value) if isinstance(value, list) else "",
)
def test_a_bad_configuration_is_3_and_names_field_and_choices(
    database: str, arguments: list[str], field: str, allowed: str | None
) -> None:
    answer = run_json("export", *arguments, "--database-url", database, code=3)
    error = answer["error"]
    assert (error["code"], error["fields"][0]["field"]) == ("config_invalid", field)
    assert error["message"]
    assert allowed is None or allowed in error["fields"][0]["allowed"]


def test_without_json_an_error_is_a_sentence_on_standard_error(database: str) -> None:
    done = run("export", "-d", "flows", "-f", "colour=red", "--database-url", database)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.decode().startswith("error: data_types: 'flows' is not a kind of data (allowed: logs,")
    assert b"Traceback" not in done.stderr


def test_a_setting_that_is_wrong_is_3_and_named() -> None:
    answer = run_json("doctor", code=3, LUMBER_WORKERS="none")
    assert answer["error"]["fields"][0]["field"] == "LUMBER_WORKERS"


def test_nothing_found_is_4(tmp_path: Path, database: str) -> None:
    never = ["-d", "logs", "-f", "message=never said", "--database-url", database]
    assert run_json("preview", *never, code=4)["rows"] == 0
    answer = run_json("export", *never, "-o", tmp_path / "out", code=4)
    assert answer["error"]["code"] == "nothing_matched"
    assert "lumber preview" in answer["error"]["message"]
    assert "--allow-empty" in answer["error"]["message"]
    assert not (tmp_path / "out").exists()
    assert run("verify", tmp_path).returncode == 4
    assert run_json("ingest", "logs", tmp_path / "missing.log", "--database-url", database, code=4)["error"]


def test_a_missing_database_is_1_with_the_next_step(tmp_path: Path) -> None:
    answer = run_json("preview", "-d", "logs", code=1, LUMBER_DATA_DIR=str(tmp_path))
    assert answer["error"]["code"] == "database_missing"
    assert "lumber sample" in answer["error"]["message"]
    assert list(tmp_path.iterdir()) == []


# JSON


def test_an_export_answers_with_its_id_path_and_counts(tmp_path: Path, database: str) -> None:
    out = tmp_path / "out"
    answer = run_json("export", "-d", "logs", "-d", "ips", "-o", out, "--database-url", database, code=0)
    assert set(answer) >= {"export_id", "status", "path", "kinds"}
    assert (answer["status"], answer["path"]) == ("completed", str(out))
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["export_id"] == answer["export_id"]
    assert list(answer["kinds"]) == ["logs", "ips"]
    for name, counts in answer["kinds"].items():
        assert set(counts) == {"read", "written", "rejected", "deduplicated"}
        assert counts["read"] == counts["written"] + counts["rejected"] + counts["deduplicated"] > 0
        assert {key: manifest["kinds"][name][key] for key in counts} == counts
    assert answer["kinds"]["logs"]["read"] == ROWS


def test_the_summary_names_templates_and_sequences(tmp_path: Path, database: str) -> None:
    chosen = ["export", "-d", "logs", "--sequences", "session", "--database-url", database]
    answer = run_json(*chosen, "-o", tmp_path / "a", code=0)
    derived = json.loads((tmp_path / "a" / "manifest.json").read_text())["derived"]
    assert answer["derived"].keys() == derived.keys() == {"templates", "sequences"}
    assert {name: counts["rows"] for name, counts in answer["derived"].items()} == {
        name: section["rows"] for name, section in derived.items()
    }
    text = run(*chosen, "-o", tmp_path / "b").stdout.decode()
    for name, counts in answer["derived"].items():
        assert f"{name}: {counts['rows']:,} row" in text
        assert counts["files"] > 0


@pytest.mark.parametrize("command", ["preview", "export"])
def test_a_sample_larger_than_the_selection_is_said(command: str, database: str, tmp_path: Path) -> None:
    folder = ["--output", tmp_path / "out"] if command == "export" else []
    chosen = [command, "-d", "logs", "-d", "ips", *folder, "--database-url", database]
    done = run(*chosen, "--sample", "50000", "--json")
    assert done.returncode == 0
    note = f"logs: the sample asked for 50,000, the selection has {ROWS:,}"
    assert f"note: {note}" in done.stderr.decode()
    if folder:
        assert note in (tmp_path / "out" / "README.md").read_text()


def test_a_kind_without_rows_is_named(database: str, tmp_path: Path) -> None:
    chosen = ["-d", "logs", "-d", "ips", "--process", "nobody"]
    done = run("export", *chosen, "-o", tmp_path / "out", "--database-url", database)
    assert done.returncode == 0
    assert "note: No row of logs matched." in done.stderr.decode()


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor"],
        ["migrate"],
        ["preview", "-d", "logs", "-d", "anomalies", "-d", "ips", "--validation", "strict"],
        ["sample", "--rows", "10"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_json_is_one_object_and_nothing_else(database: str, arguments: list[str], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}" if arguments[0] in ("migrate", "sample") else database
    assert run_json(*arguments, "--database-url", url, code=0)


def test_json_holds_any_path(tmp_path: Path, database: str) -> None:
    out = tmp_path / "größe 日本 [bold]"
    answer = run_json("export", "-d", "ips", "-o", out, "--database-url", database, code=0, PYTHONUTF8="1")
    assert answer["path"] == str(out)
    answer = run_json("verify", tmp_path / "\udcff", code=4)
    assert answer["error"]["code"] == "dataset_missing"


def test_options_win_over_the_config_file(tmp_path: Path, database: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps({"data_types": ["logs"], "output_format": "csv", "filters": {"id": {"lte": 100}}})
    )
    out = tmp_path / "out"
    run_json(
        "export",
        "--config",
        config,
        "--format",
        "jsonl",
        "-f",
        "id<=10",
        "-o",
        out,
        "--database-url",
        database,
        code=0,
    )
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["config"]["output_format"] == "jsonl"
    assert manifest["kinds"]["logs"]["read"] == 10


def test_an_export_without_output_goes_to_the_data_folder(tmp_path: Path, database: str) -> None:
    answer = run_json(
        "export", "-d", "ips", "--database-url", database, code=0, LUMBER_DATA_DIR=str(tmp_path)
    )
    assert answer["path"] == str(tmp_path / "exports" / answer["export_id"])
    assert (Path(answer["path"]) / "manifest.json").exists()


# Terminals and pipes


def test_piped_output_is_plain_text(tmp_path: Path, database: str) -> None:
    for command, arguments in (
        (run_process, ["export", "-d", "logs", "-o", tmp_path / "out"]),
        (run, ["preview", "-d", "logs"]),
        (run, ["doctor"]),
        (run, ["export", "-d", "flows"]),
    ):
        done = command(*arguments, "--database-url", database)
        assert not ESCAPES.search(done.stdout + done.stderr), arguments
        assert b"rows/s" not in done.stdout + done.stderr


def on_terminal(*arguments: object) -> tuple[int, bytes]:
    """Run on a terminal of 120 columns; return the exit code and everything that it showed."""
    variables = environment(TERM="xterm-256color", COLUMNS="120")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(LUMBER, ["lumber", *map(str, arguments)], variables)
    shown = bytearray()
    try:
        while select.select([terminal], [], [], PATIENCE_SECONDS)[0]:
            try:
                data = os.read(terminal, 65_536)
            except OSError:  # the other end is closed
                break
            if not data:
                break
            shown += data
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), bytes(shown)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # pty.fork in a process with threads
def test_a_terminal_shows_the_progress_and_then_the_result(tmp_path: Path, database: str) -> None:
    code, shown = on_terminal("export", "-d", "logs", "-o", tmp_path / "out", "--database-url", database)
    text = shown.decode()
    assert code == 0
    assert "rows/s" in text
    assert f"/{ROWS}" in text.replace(" ", "")
    assert f"{ROWS:,}" in text
    assert text.index("rows/s") < text.index("Dataset:")


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_terminal_shows_no_progress_with_json(tmp_path: Path, database: str) -> None:
    out = tmp_path / "out"
    code, shown = on_terminal("export", "-d", "ips", "-o", out, "--json", "--database-url", database)
    assert code == 0
    assert not re.search(rb"\x1b", shown)
    assert strict_json(shown)["status"] == "completed"


def test_hostile_text_of_the_data_cannot_steer_a_terminal(sqlite_url: str) -> None:
    hostile = "\x1b]0;owned\x07[red]\x1b[2J\u202e"
    with BulkConnection(DatabaseUrl.parse(sqlite_url)) as connection:
        connection.execute(f"INSERT INTO log_entries (timestamp, message) VALUES (0, '{hostile}')")
        connection.commit()
    done = run("preview", "-d", "logs", "--database-url", sqlite_url)
    assert done.returncode == 0
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", done.stdout + done.stderr)
    assert "\u202e" not in done.stdout.decode()
    assert "[red]" in done.stdout.decode()


# Secrets


def shows_no_secret(done: subprocess.CompletedProcess[bytes]) -> None:
    text = (done.stdout + done.stderr).decode()
    assert SECRET not in text
    assert "Traceback" not in text
    assert text


@pytest.fixture(scope="module")
def addresses(postgres_server: PostgresServer) -> Sequence[str]:
    """Addresses with a password in them, none of which can be used."""
    port = postgres_server.port
    return [
        f"postgresql://lumber:{SECRET}@localhost:1/lumber",
        f"postgresql://lumber:{SECRET}@no-such-host.invalid/lumber",
        f"postgresql://lumber:{SECRET}@127.0.0.1:{port}/no_such_database",
        f"postgresql://no_such_role:{SECRET}@127.0.0.1:{port}/postgres",
        f"postgresql://lumber@localhost:1/lumber?password={SECRET}",
        f"postgresql://lumber:x@{SECRET}@localhost:1/lumber",
        f"mysql://lumber:{SECRET}@localhost/lumber",
        f"postgresql+psycopg9://lumber:{SECRET}@localhost:1/lumber",
        f"postgresql:/lumber:{SECRET}@localhost/lumber",
        f"postgresql://lumber:{SECRET}@localhost:port/lumber",
        f"lumber:{SECRET}@localhost/lumber",
        f"postgresql://lumber:{SECRET}@localhost:1/",
    ]


@pytest.mark.parametrize("index", range(12))
def test_a_password_never_appears_in_any_output(addresses: Sequence[str], index: int, tmp_path: Path) -> None:
    url = addresses[index]
    command = [["doctor"], ["export", "-d", "logs", "-o", tmp_path / "out"], ["migrate"]][index % 3]
    done = run(*command, "--database-url", url)
    assert done.returncode in (1, 3)
    shows_no_secret(done)
    done = run("preview", "-d", "logs", "--json", LUMBER_DATABASE_URL=url)
    assert done.returncode in (1, 3)
    shows_no_secret(done)
    assert strict_json(done.stdout)["error"]["code"] in ("config_invalid", "database_unreachable")


def test_every_address_is_tried(addresses: Sequence[str]) -> None:
    assert len(addresses) == 12
    assert all(SECRET in address for address in addresses)


def test_a_password_stays_out_of_a_dataset_and_of_success(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    url = postgres_url.replace("postgres@", f"postgres:{SECRET}@")
    for command in (["sample", "--rows", "10"], ["doctor"], ["migrate", "--json"], ["preview", "-d", "logs"]):
        done = run(*command, "--database-url", url)
        assert done.returncode == 0
        shows_no_secret(done)
    done = run("export", "-d", "logs", "-o", tmp_path / "out", "--database-url", url)
    assert done.returncode == 0
    shows_no_secret(done)
    for file in (tmp_path / "out").rglob("*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()
