"""A pytest plugin for the time that the suite takes: long parts first, and at the end what took how long.

`make test` runs the tests that are not marked `slow`, `make test-all` runs all of them. A file whose tests in
`make test` take more than LIMIT_SECONDS says why, in a constant BUDGET_REASON.

durations.json holds the expected seconds of every file: those of `make test`, then those of its slow tests.
`pytest --renew-durations` writes the seconds of the files that ran. Without the table, xdist would hand out
the files by name, and one worker would be idle while the other still has a long file.

One worker runs a whole file, and all files of each folder in TOGETHER: a browser, a service or the libraries
that read datasets take seconds to start, and start once for all of them.
"""

from __future__ import annotations

import ast
import json
import os
from collections import defaultdict
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

LIMIT_SECONDS = 20.0
SHOWN_FILES = 25
TOGETHER = ("tests/acceptance", "tests/e2e")
CHECKOUT = Path(__file__).resolve().parent.parent
DURATIONS = Path(__file__).with_name("durations.json")
# A file that the table does not know may be a long one.
UNKNOWN_SECONDS = 30.0
# Set by whoever starts PostgreSQL, which is no child of the process that runs the tests.
POSTGRES_PID = pytest.StashKey[int]()
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Spent:
    """What tests took, in seconds: on the clock (quick tests, slow tests), and of the processor."""

    wall: list[float] = field(default_factory=lambda: [0.0, 0.0])
    cpu: float = 0.0
    tests: int = 0

    def add(self, other: Spent) -> None:
        self.wall = [one + two for one, two in zip(self.wall, other.wall, strict=True)]
        self.cpu += other.cpu
        self.tests += other.tests

    def __str__(self) -> str:
        return f"{sum(self.wall):8.1f} {self.cpu:8.1f} {self.tests:6}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-durations", action="store_true", help="write the seconds of the files that ran")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Budget(config), "lumber-budget")


class LoadPartScheduling(LoadFileScheduling):
    """Hands out the parts of the suite to the workers."""

    def _split_scope(self, nodeid: str) -> str:
        return part_of(_file_of(nodeid))


def part_of(file: str) -> str:
    """Return what one worker runs as a whole: the file, or its folder."""
    folder = file.rpartition("/")[0]
    return folder if folder in TOGETHER else file


class Budget:
    """Sorts the files before a run, and adds up what they took."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._files: dict[str, Spent] = defaultdict(Spent)
        self._cpu_seconds = 0.0

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> LoadPartScheduling | None:
        return LoadPartScheduling(config, log) if config.getoption("dist") == "loadfile" else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put the parts first whose chosen tests take longest, and in a part the files."""
        expected = read_durations()
        chosen: dict[str, set[bool]] = defaultdict(set)
        for item in items:
            chosen[_file_of(item.nodeid)].add(item.get_closest_marker("slow") is not None)
        unknown = [UNKNOWN_SECONDS, UNKNOWN_SECONDS]
        seconds = {
            file: sum(expected.get(file, unknown)[is_slow] for is_slow in kinds)
            for file, kinds in chosen.items()
        }
        parts: dict[str, float] = defaultdict(float)
        for file, found in seconds.items():
            parts[part_of(file)] += found

        def place(item: pytest.Item) -> tuple[float, str, float]:
            file = _file_of(item.nodeid)
            return -parts[part_of(file)], part_of(file), -seconds[file]

        items.sort(key=place)

    def pytest_runtest_logstart(self) -> None:
        self._cpu_seconds = self._used()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note the processor time since the last report; xdist sends it along with the report."""
        report = yield
        now = self._used()
        report.cpu_seconds = now - self._cpu_seconds
        self._cpu_seconds = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        spent = self._files[_file_of(report.nodeid)]
        spent.wall["slow" in report.keywords] += report.duration
        spent.cpu += report.cpu_seconds
        spent.tests += report.when == "call"

    def _used(self) -> float:
        """Return the processor time of this process, of its children and of its PostgreSQL server so far."""
        server = self._config.stash.get(POSTGRES_PID, None)
        own = sum(os.times()[:4]) + sum(map(_seconds_of, _children(os.getpid())))
        return own if server is None else own + sum(map(_seconds_of, [server, *_children(server)]))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the budget: totals by directory, the slowest files, and who owes a reason."""
        if len(self._files) < 2:
            return
        folders: dict[str, Spent] = defaultdict(Spent)
        for file, spent in self._files.items():
            folders[file.rpartition("/")[0]].add(spent)
            folders["all"].add(spent)
        terminalreporter.section("budget")
        terminalreporter.write_line("   clock      cpu  tests   (seconds of one worker)")
        for folder, spent in sorted(folders.items()):
            terminalreporter.write_line(f"{spent} {folder}")
        terminalreporter.write_line(f"The slowest {SHOWN_FILES} files:")
        slowest = sorted(self._files.items(), key=lambda entry: -sum(entry[1].wall))
        for file, spent in slowest[:SHOWN_FILES]:
            terminalreporter.write_line(f"{spent} {file}")
        for file, spent in slowest:
            if spent.wall[0] > LIMIT_SECONDS and reason_of(CHECKOUT / file) is None:
                terminalreporter.write_line(
                    f"{file} takes {spent.wall[0]:.0f} s in `make test`, more than {LIMIT_SECONDS:.0f} s. "
                    "Make it faster, mark tests as slow, or give the reason in BUDGET_REASON.",
                    red=True,
                )

    def pytest_sessionfinish(self) -> None:
        is_worker = hasattr(self._config, "workerinput")
        if self._config.getoption("--renew-durations") and not is_worker:
            write_durations({file: spent.wall for file, spent in self._files.items()})


def read_durations() -> dict[str, list[float]]:
    """Return the expected seconds of every file: of its quick tests, and of its slow ones."""
    expected: dict[str, list[float]] = json.loads(DURATIONS.read_text())
    return expected


def write_durations(found: dict[str, list[float]]) -> None:
    """Write the seconds of these files; those of others stay, as long as the files are there."""
    known = {file: wall for file, wall in read_durations().items() if (CHECKOUT / file).exists()}
    for file, wall in found.items():
        # Tests that did not run keep what they took last time.
        kept = known.get(file, [0.0, 0.0])
        known[file] = [round(new, 1) if new else old for new, old in zip(wall, kept, strict=True)]
    lines = ",\n".join(f"  {json.dumps(file)}: {json.dumps(wall)}" for file, wall in sorted(known.items()))
    DURATIONS.write_text(f"{{\n{lines}\n}}\n")


def reason_of(file: Path) -> str | None:
    """Return why a file may take longer than LIMIT_SECONDS: its BUDGET_REASON."""
    for statement in ast.parse(file.read_text()).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "BUDGET_REASON":
            return str(ast.literal_eval(statement.value))
    return None


def _children(pid: int) -> list[int]:
    """Return the living children of a process; none if it has ended."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # a thread may end meanwhile
                found += map(int, (thread / "children").read_text().split())
    return found


def _seconds_of(pid: int) -> float:
    """Return the processor time of a process and of its children that have ended; 0 if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS


def _file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]
