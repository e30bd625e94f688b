"""Faults of an object store: nothing is half published, and the clean-up leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from lumber.destinations.address import parse_address
from lumber.destinations.janitor import clean
from lumber.destinations.layout import manifest_key
from lumber.destinations.publishing import publish
from lumber.errors import (
    DestinationDenied,
    DestinationError,
    DestinationFull,
    DestinationUnreachable,
    ExportCancelled,
)
from tests.integration.destinations.finished import finished, large
from tests.integration.destinations.servers import BUCKET, SECRET, Fault, FaultProxy, Server
from tests.integration.destinations.test_publishing import ALL, keys
from tests.integration.processes import until

NOW = timedelta(0)
FILES = {"a.bin": large(1), "b.csv": b"small", "c.csv": b"smaller"}


def is_data(method: str, target: str) -> bool:
    return method in ("PUT", "POST") and "/plant/data/" in target


def first(times: int, what: int | str) -> Callable[[], Fault]:
    """Let the first requests about data fail."""

    def make() -> Fault:
        numbers = count()
        return lambda method, target: what if is_data(method, target) and next(numbers) < times else None

    return make


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(first(3, 500), id="500"),
        pytest.param(first(3, "reset"), id="reset", marks=pytest.mark.slow),
        pytest.param(first(8, 503), id="long", marks=pytest.mark.slow),
    ],
)
def test_faults_that_pass_are_outlived(
    proxy: FaultProxy, s3: Server, prefix: str, tmp_path: Path, fault: Callable[[], Fault]
) -> None:
    export_id = finished(tmp_path / "out", FILES)
    proxy.fault = fault()
    publish(s3.store(prefix, proxy.endpoint), ALL, tmp_path / "out", "plant")
    store = s3.store(prefix)
    assert store.find(manifest_key("plant", export_id)) is not None
    assert sum(each.size_bytes for each in store.list("plant/data/")) == sum(map(len, FILES.values()))


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(lambda m, t: 403 if is_data(m, t) else None, DestinationDenied, id="denied"),
        pytest.param(
            lambda m, t: 507 if is_data(m, t) else None, DestinationFull, id="full", marks=pytest.mark.slow
        ),
        pytest.param(
            lambda m, t: 403 if m == "PUT" and "/manifests/" in t else None, DestinationDenied, id="manifest"
        ),
        pytest.param(
            lambda m, t: 500 if "partNumber=2" in t else None,
            DestinationUnreachable,
            id="a part",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            lambda m, t: 500 if m == "POST" and "uploadId" in t else None,
            DestinationUnreachable,
            id="the completion",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_faults_that_stay_leave_no_dataset_and_the_next_attempt_continues(
    proxy: FaultProxy, s3: Server, prefix: str, tmp_path: Path, fault: Fault, error: type[DestinationError]
) -> None:
    export_id = finished(tmp_path / "out", FILES)
    proxy.fault = fault
    with pytest.raises(error) as caught:
        publish(s3.store(prefix, proxy.endpoint), ALL, tmp_path / "out", "plant")
    assert SECRET not in str(caught.value)
    store = s3.store(prefix)
    assert store.find(manifest_key("plant", export_id)) is None
    clean(store, ALL, grace=NOW, claim_limit=NOW)
    assert keys(store) == ["plant/lumber.json"]
    assert list(store.unfinished("") or ()) == []
    publish(store, ALL, tmp_path / "out", "plant")
    assert store.find(manifest_key("plant", export_id)) is not None


def test_a_manifest_whose_answer_was_lost_is_published_all_the_same(
    proxy: FaultProxy, s3: Server, prefix: str, tmp_path: Path
) -> None:
    """The repeated request finds the first one's manifest, which is the same."""
    export_id = finished(tmp_path / "out", {"b.csv": b"small"})
    key = manifest_key("plant", export_id)
    store = s3.store(prefix)

    def fault(method: str, target: str) -> int | None:
        if method == "PUT" and "/manifests/" in target and store.find(key) is None:
            store.create(key, (tmp_path / "out" / "manifest.json").read_bytes())
            return 500
        return None

    proxy.fault = fault
    assert publish(s3.store(prefix, proxy.endpoint), ALL, tmp_path / "out", "plant").was_there


@pytest.mark.slow
def test_a_server_that_does_not_answer_does_not_hold_up_a_cancellation(
    proxy: FaultProxy, s3: Server, prefix: str, tmp_path: Path
) -> None:
    finished(tmp_path / "out", FILES)
    proxy.fault = lambda method, target: "slow" if is_data(method, target) else None
    cancelled = threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            publish(
                s3.store(prefix, proxy.endpoint),
                ALL,
                tmp_path / "out",
                "plant",
                is_cancelled=cancelled.is_set,
            )
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: any("/plant/data/" in each for each in proxy.requests))
    began = time.monotonic()
    cancelled.set()
    thread.join(60)
    assert isinstance(failures[0], ExportCancelled)
    assert time.monotonic() - began < 15


_KILLED = """
import sys
from pathlib import Path
from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials, Source
from lumber.destinations.opening import open_store
from lumber.destinations.options import parse_options
from lumber.destinations.publishing import publish
from tests.integration.destinations.test_publishing import ALL
url, endpoint, secrets, folder = sys.argv[1:]
address = parse_address(url)
store = open_store(
    address, parse_options({"endpoint": endpoint}, address), Credentials(Source.FILE, Path(secrets))
)
publish(store, ALL, Path(folder), "plant")
"""


@pytest.mark.slow
def test_a_process_that_is_killed_in_the_middle_of_an_upload_leaves_nothing_after_the_clean_up(
    proxy: FaultProxy, s3: Server, prefix: str, tmp_path: Path
) -> None:
    export_id = finished(tmp_path / "out", FILES)
    proxy.fault = lambda method, target: "slow" if "partNumber=2" in target else None
    url = parse_address(f"s3://{BUCKET}/{prefix}").url
    arguments = [url, proxy.endpoint, str(s3.secrets), str(tmp_path / "out")]
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    store = s3.store(prefix)
    try:
        until(lambda: any("partNumber=2" in each for each in proxy.requests))
        until(lambda: store.unfinished("plant/"))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert store.find(manifest_key("plant", export_id)) is None
    skipped = clean(store, ALL, grace=NOW)
    assert skipped.skipped == ("plant: a publication runs.",)  # its claim isn't old enough
    done = clean(store, ALL, grace=NOW, claim_limit=NOW)
    assert (done.uploads, done.claims) == (1, 1)
    assert list(store.unfinished("") or ()) == []
    assert keys(store) == ["plant/lumber.json"]
