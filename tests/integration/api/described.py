"""A service to call as its OpenAPI document says, and what must then be true of its answers."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as examples
from schemathesis.checks import CheckContext
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from lumber.api import create_app
from lumber.settings import Settings
from tests.clones import make_tables
from tests.integration.api.serving import LONG_SECONDS, completed_export, listening, running_export

_TOO_LARGE = 413
# What a schema of one field can't express: fields that depend on each other, and names that the service
# looks up. Each is the field of an error and a part of its message.
_BEYOND_THE_SCHEMA = (
    ("end_date|end_before", "is before start_date"),
    ("end_date|end_before", "can't be used with"),
    ("end_before", "isn't after start_date"),
    ("date_range", "isn't a range of dates"),
    ("date_range", "can't be used with"),
    ("date_range", "begins before the year 1"),
    ("date_range", "is empty at"),
    ("time_zone", "isn't a time zone of the IANA database"),
    ("time_zone", "has no effect without date_range"),
    ("partition_by|planning", "can't be used with"),
    ("incremental|new_major", "needs dataset"),
    ("split.stratify", "can't be used in a version of a dataset"),
    ("split.dates.*", "burst_seconds"),
    ("filters", "conditions"),
    ("filters.*", "values"),
    ("start_date|end_date|split.dates.*|filters.*|created_.*", "is outside the years 1 to 9999"),
    (".*", "has no effect "),
    (".*", "have no effect "),
    ("compression", "compress"),
    ("fields.*", "is not exported"),
    ("fields.*", "is not a column of"),
    ("filters.*", "cannot be filtered on"),
    ("templates|sequences|labels", "need"),
    (r"templates\.custom_masks\..*", ""),  # a regular expression that Rust understands
    ("templates.custom_masks|templates.keep", ""),  # together, they may be too long or mean two things
    ("sample", "needs share or rows"),
    ("sample", "must have only one of share and rows"),
    ("sample.share", "should be less than 1, got 1.0"),  # an integer in a schema, and a share here
    ("sample.stratify", "is not a column of any exported data type"),
    ("sequences.size|sequences.step", "must be "),
    ("split.by", "is not a text column of"),
    ("split.ratios.*", "must add up to 1"),
    ("split.ratios.*", "must be greater than 0"),
    ("split.dates", "can't be combined with split.ratios"),
    ("split.dates", "must put validation before test"),
    ("privacy.key", ""),  # the service of the tests has none
    (r"privacy\.rules\..*", ""),  # a value or a pattern, its syntax and its examples
    (".*", "is not a field, got"),  # of a schedule's config, which other calls describe
    ("name", "cannot name a file"),
    ("modified_at", "is not a plausible time"),
    ("timezone", "is not a time zone"),
    ("format", "is not a format of"),
    ("map", "is not a column of"),  # which of them depends on the kind
    ("map", "both mean the column"),
    ("map", "needs the name of a field"),
    ("map|time_format", "applies to records"),
    ("time_format", "has "),  # its directives
    ("time_format", "needs %I and %p"),
    ("pattern", ""),  # its syntax
    ("name", "is a built-in format"),
    ("name", "can't name"),  # accounts, keys and exports
    ("tags", "is not a tag"),
    ("note", "has the character"),
    ("ids", "must be given, or matching"),
    ("after", "can't be used with ids"),
    ("tags", "must be given to tag"),
    ("tag", "is not a tag"),
    ("password|new_password", ""),  # its rules
    ("email", "is not an e-mail address"),
    ("expires", "is neither a span"),
    ("applies_to", "must name at least one"),
    ("applies_to.users|users", ""),  # names of accounts that exist
    ("kinds|columns", "is not a data type"),
    ("columns.*", "is not a column of"),
    ("earliest|latest", ""),  # times, in this order
    ("destinations", "is not a destination"),
    ("name", "there is a policy"),
    ("url", "must be a text of at most"),
    ("url", "is not an absolute path"),
    ("url", "is not in a folder that LUMBER_DESTINATION_FOLDERS"),
    ("url", "is not a kind of destination"),
    ("url", "can't be "),  # the name of a bucket, a part of a prefix
    ("url", "must have no "),  # credentials, a part '..'
    ("url", "may not share a folder"),
    ("options.*", ""),  # which of them belongs to which kind
    ("secrets", ""),  # which of them belong to which kind
    ("secrets.*", ""),
    ("secret_file", ""),  # the service of the tests has no folder for them
    ("destination", "there is no destination"),
    ("source", "there is no source"),
    ("incremental", "can't be used with source"),
    ("name", "there is a source"),
    ("url", "is not a database address"),
    ("url", "has two @"),
    ("url", "must name a"),  # file, database
    ("url", "has the p"),  # port, parameter
    ("url", "has a ssl"),
    ("url", "is not a database that Lumber can use"),
    ("url", "may only be that of"),
    ("url", "is not an address"),
    ("url", "has a character that no address has"),
    ("url", "may have the parameter"),
    ("url", "must have no password"),
    ("password", "must be a text without NUL"),
    ("mapping", "is not TOML"),
    ("mapping", "has more than"),
    ("kind|table|select|key|time|filter|guarantee|columns|columns.*", ""),  # what is in the TOML
    ("cron", "isn't a cron expression"),
    ("cron", "give either cron or every_seconds"),
    ("jitter_seconds", "must be less than the time between two runs"),
    ("overlap", "would skip what catch_up all runs"),
    ("name", "there is a schedule"),
    ("name", "there is a preset"),
    ("name", "must have printable characters"),
    ("data_types|(?s:config.*)|gate.*", ""),  # a config or gate, which other calls describe
    ("name", "there is a notice"),
    ("name", "has at most 100 notices"),
    ("max_drift", "is not a column"),
    ("rows.max|rows.max_ratio", "is below the minimum"),
    ("test_set.name", "is not a name"),
    ("url", "must be an address"),
    ("url|to|secret", "with the channel"),  # which of them belongs to which channel
    ("to", "is not an e-mail address"),
    ("secret", "random bytes in base64"),
    ("datasets", "must have printable characters"),
    ("name", "must have printable characters"),
    ("name", "at least 1 character"),
    # Rows: what the dataset has.
    (r"filters|filters\..*", ""),
    ("split", "is not a split of"),
    ("place", "is after the last row"),
    ("place", "no rejected row begins"),
    ("after", "isn't the place of a row"),
    ("row", "has no row"),
    ("sort", "can't be sorted"),
    ("rule", "no row of"),
)


def accepted_or_beyond_the_schema(_: CheckContext, response: Response, case: schemathesis.Case) -> None:
    """Calls that the document allows are accepted, or refused for a reason that no schema can express."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    refused = [
        (error["field"], error["message"])
        for error in response.json()["errors"]
        if not any(
            re.fullmatch(field, error["field"]) and part in error["message"]
            for field, part in _BEYOND_THE_SCHEMA
        )
    ]
    assert not refused, f"refused though the document allows it: {refused}"


def validate(case: schemathesis.Case, address: str) -> None:
    """Make a call and hold its answer against every check of schemathesis."""
    response = case.call(base_url=address, timeout=LONG_SECONDS)
    # A 422 can be right for what the document allows: our own check looks at the reason.
    excluded = [positive_data_acceptance]
    if response.status_code == _TOO_LARGE:
        # A wrong body that is also too large is refused. Schemathesis doesn't count that as a refusal.
        excluded.append(negative_data_rejection)
    case.validate_response(
        response, excluded_checks=excluded, additional_checks=[accepted_or_beyond_the_schema]
    )


def described_calls() -> schemathesis.BaseSchema:
    """Return the calls that the service's document describes."""
    # The service is made only for its document, which needs no database.
    found = schemathesis.openapi.from_dict(create_app(Settings(data_dir=Path("nowhere"))).openapi())
    # The stream of a running export doesn't end, so each call would last until its time limit of ten seconds.
    found.config.max_stream_events = 1
    return found


def examples_of_each(count: int) -> examples:
    """Return how many calls are made up for each operation: always the same ones."""
    return examples(
        max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )


@dataclass(frozen=True)
class Served:
    """A service on a loopback port, with exports in several states."""

    address: str
    export_ids: tuple[str, ...]
    completed_id: str
    file_id: str


@contextmanager
def described_service(home: Path) -> Iterator[Served]:
    """Run a service in a thread, which answers with exports in several states."""
    make_tables(f"sqlite:///{home / 'lumber.db'}")
    settings = Settings(
        serve_worker=False, data_dir=home, database_url=f"sqlite:///{home / 'lumber.db'}", max_queued=1_000
    )
    found: list[Served] = []
    is_ready, may_stop = threading.Event(), threading.Event()

    async def serve() -> None:
        app = create_app(settings)
        async with listening(app) as (port, _):
            found.append(await _populated(f"http://127.0.0.1:{port}", app.state.service.ledger, home))
            is_ready.set()
            await asyncio.to_thread(may_stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert is_ready.wait(LONG_SECONDS)
        yield found[0]
    finally:
        may_stop.set()
        thread.join()


async def _populated(address: str, ledger: Any, home: Path) -> Served:
    files = {
        "logs/train-00000-of-00001.json": b'[\n{"message":"a row"}\n]\n',
        "quality_report.json": b"{}",
        "rejects/logs.jsonl": b"",
    }
    completed = await completed_export(ledger, home / "done", files)
    failed = await running_export(ledger)
    await ledger.fail(failed, "disk_full", "The disk is full.")
    running = await running_export(ledger)
    [file, *_] = await ledger.files(completed)
    return Served(address, (completed, failed.export_id, running.export_id), completed, file.id)
