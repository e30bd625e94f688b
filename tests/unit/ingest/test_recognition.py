"""A report says which formats lines were recognised as, by the names that their layouts declare."""

import io
import re
from pathlib import Path

import polars as pl
import pytest

from lumber.cli.recognised import advice, formats_text
from lumber.ingest.devices.table import DEVICES
from lumber.ingest.dry_run import dry_run
from lumber.ingest.forms import FORMATS, RECORD_NAMES, SYSLOG_NAMES, recognition_of
from lumber.ingest.layouts.table import LAYOUTS
from lumber.ingest.options import Format, IngestOptions
from lumber.ingest.patterns.pattern import LinePattern
from lumber.ingest.recognition import FormatCount, Recognition
from lumber.ingest.report import SourceReport
from lumber.ingest.sources import Source
from lumber.ingest.syslog import program_lines
from tests.unit.ingest.reading import WRITTEN_AT, chunks

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"
ACCESS = '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 23\n'
PATTERN = LinePattern.parse("%{TIMESTAMP_ISO8601:time} a")
MIXED = (
    "<34>1 2003-10-11T22:14:15.003Z host app 7 ID47 - hi\n"
    "Mar  1 10:00:00 h sshd[1]: x\n"
    "Feb 31 10:00:00 h sshd[1]: a day that isn't\n"
    "nonsense\n"
    "\n"
    '{"timestamp": "2024-01-01", "message": "a"}\n'
    '{"a": 1}\n'
    "{broken\n"
    "level=info ts=2024-01-01T00:00:00Z msg=x\n" + ACCESS * 3
)


def report_of(
    text: str | bytes, options: IngestOptions | None = None, max_lines: int = 1_000
) -> SourceReport:
    data = text.encode() if isinstance(text, str) else text
    source = Source("memory", None, io.BytesIO(data), WRITTEN_AT)
    return dry_run(source, options or IngestOptions("logs"), "sqlite", max_lines).report


def counts(report: SourceReport | Recognition) -> dict[str, int]:
    return {each.format: each.lines for each in report.formats}


def test_mixed_lines_are_counted_by_their_format_loaded_or_not() -> None:
    report = report_of(MIXED)
    assert counts(report) == {"access": 3, "rfc3164": 2, "jsonl": 2, "rfc5424": 1, "logfmt": 1}
    assert report.formats[0] == FormatCount("access", "an access log", 3)
    assert report.unrecognised == 3
    assert sum(counts(report).values()) + report.unrecognised == report.lines == 12


def test_a_dry_run_counts_the_lines_that_it_shows() -> None:
    report = report_of(ACCESS * 900, max_lines=7)
    assert (report.lines, counts(report), report.unrecognised) == (7, {"access": 7}, 0)


@pytest.mark.parametrize("chunk_bytes", [64, 1_000_000])
def test_the_counts_do_not_depend_on_chunks(chunk_bytes: int) -> None:
    found = Recognition()
    for chunk in chunks(MIXED, IngestOptions("logs", chunk_bytes=chunk_bytes)):
        found = found.plus(recognition_of(chunk))
    assert (counts(found), found.unrecognised) == (
        {"access": 3, "rfc3164": 2, "jsonl": 2, "rfc5424": 1, "logfmt": 1},
        3,
    )
    assert Recognition.read(None).plus(found) == found


def parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame({"timestamp": ["2024-01-01", "x"], "message": ["a", "b"]}).write_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "options", "format_", "lines", "unrecognised"),
    [
        ("timestamp,message\n2024-01-01,a\n2024-01-01,b,c\n", {}, "csv", 2, 0),
        (parquet(), {}, "parquet", 2, 0),
        ('[{"timestamp": "2024-01-01", "message": "a"}]', {}, "jsonl", 1, 0),
        ('{"__REALTIME_TIMESTAMP": "1", "MESSAGE": "a"}\n', {"format": Format.JOURNALD}, "journald", 1, 0),
        ("52 <34>1 2003-10-11T22:14:15.003Z host app - - - hello!", {}, "rfc5424", 1, 0),
        ("2024-01-01T10:00:00Z a\n!\n", {"pattern": PATTERN}, "pattern", 1, 1),
        ("Mar  1 10:00:00 h a: b\n" + ACCESS, {"format": Format.ACCESS}, "access", 1, 1),
    ],
)  # fmt: skip
def test_each_reader_names_its_format(content, options, format_, lines, unrecognised) -> None:
    report = report_of(content, IngestOptions("logs", **options))
    assert (counts(report), report.unrecognised) == ({format_: lines}, unrecognised)


EXAMPLES = re.findall(r"```log\n(.*?)```\n\n```json\n", PAGE.read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_page_is_recognised(example: str) -> None:
    report = report_of(example)
    assert len(report.formats) == 1
    assert report.unrecognised == 0
    assert report.formats[0].format in {*map(str, Format)}


def test_every_name_of_a_form_has_its_format() -> None:
    """A name in two formats would count the lines of both as one."""
    named = [str(format_) for format_, layouts in LAYOUTS.items() for _ in {each.name for each in layouts}]
    named += [*map(str, DEVICES), *map(str, SYSLOG_NAMES), *map(str, RECORD_NAMES), "pattern"]
    named += ["iso8601"] * len({*program_lines.FORMS})
    assert sorted(FORMATS.values()) == sorted(named)
    assert {*map(str, Format)} - {*named} == {"auto", "syslog"}


def test_few_formats_are_named_and_the_rest_is_counted() -> None:
    found = [FormatCount("a", f"form {n}", 100 - n) for n in range(8)]
    text = formats_text(found, 1_200)
    assert text.startswith("100 lines as form 0, 99 as form 1, ")
    assert text.endswith("96 as form 4, 282 in 3 other formats, 1,200 not recognised")
    assert formats_text([], 1) == "none of 1 line"


@pytest.mark.parametrize(
    ("format_", "filled", "mapped", "expected"),
    [
        ("jsonl", (0, 0, 0), (), "no line has a level, process or host: if a field has it, name it with "
         "--map log_level=FIELD --map process_name=FIELD --map host_name=FIELD"),
        ("csv", (9, 100, 100), (), "few lines have a level: if a field has it, name it with "
         "--map log_level=FIELD"),
        ("csv", (0, 100, 100), ("log_level",), None),
        ("jsonl", (100, 100, 0), (), None),
        ("iso8601", (0, 0, 0), (), "no line has a level, process or host: if the text has it, give the form "
         "of the lines with --pattern"),
        ("rfc3164", (0, 100, 100), (), "no line has a level: use --default-level if you know it"),
        ("access", (0, 0, 0), (), "no line has a level: use --default-level if you know it"),
        ("klog", (100, 0, 0), (), None),
        ("iso8601", (10, 10, 10), (), None),
    ],
)  # fmt: skip
def test_advice_is_given_only_if_it_helps(format_, filled, mapped, expected) -> None:
    columns = dict(zip(("log_level", "process_name", "host_name"), filled, strict=True))
    assert advice([FormatCount(format_, "a form", 100)], columns, 100, mapped) == expected


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("2024-03-01 10:00:00,123 ERROR [main] com.x.Y: failed", "log4j"),
        ("2024-03-01 10:00:00,123 - app.db - ERROR - lost", "Python's logging"),
        ("2016-10-06T00:17:09.669794202Z stdout F all", "Kubernetes (CRI)"),
        ("[2024-03-01 10:00:00,123] INFO started (kafka.server.KafkaServer)", "a log of Kafka"),
        ("2024-01-05T10:00:00.5+01:00 host app[7]: hello", "a log with ISO 8601 times"),
    ],
)
def test_the_layout_after_an_iso_8601_time_has_its_own_name(line: str, name: str) -> None:
    assert report_of(f"{line}\n").formats == [FormatCount("iso8601", name, 1)]
