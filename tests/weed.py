"""A real server that speaks S3, on loopback: SeaweedFS."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.store import S3Store

ACCESS_KEY, SECRET_KEY = "lumbertests", "0123456789abcdef0123456789abcdef"
BUCKET = "lake"
# Other ports of the server are these plus 10,000.
_HIGHEST = 50_000
_SECONDS = 60


@dataclass(frozen=True)
class Weed:
    """A running server with one bucket."""

    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """What programs of Amazon read."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def store(self) -> S3Store:
        return S3Store(
            BUCKET,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key_id=ACCESS_KEY,
            secret_access_key=SECRET_KEY,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )


@contextmanager
def running_weed(folder: Path) -> Iterator[Weed]:
    """Run a server with its files in a folder."""
    config = folder / "s3.json"
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identity = {"name": "tests", "credentials": credentials, "actions": actions}
    config.write_text(json.dumps({"identities": [identity]}))
    ports = dict(zip(("master", "volume", "filer", "s3"), _free_ports(4), strict=True))
    command = [
        str(Path(sys.executable).with_name("weed")),
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={ports['master']}",
        f"-volume.port={ports['volume']}",
        "-volume.max=20",
        "-master.volumeSizeLimitMB=64",
        "-filer",
        f"-filer.port={ports['filer']}",
        "-s3",
        f"-s3.port={ports['s3']}",
        f"-s3.config={config}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            weed = Weed(f"http://127.0.0.1:{ports['s3']}")
            _make_bucket(weed, process, folder / "log")
            yield weed
        finally:
            # Its files go too, so it needs no time to end well.
            process.kill()
            process.wait()


def _make_bucket(weed: Weed, process: "subprocess.Popen[bytes]", log: Path) -> None:
    # The server makes the bucket with the first object.
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            obstore.put(weed.store(), "ready", b"yes")
            return
        except Exception:  # noqa: BLE001 - whatever a server that starts answers
            assert process.poll() is None, log.read_text()[-2_000:]
            assert time.monotonic() < deadline, log.read_text()[-2_000:]
            time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    with ExitStack() as kept:
        while len(found) < count:
            one = kept.enter_context(socket.socket())
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            if port < _HIGHEST:
                found.append(port)
    return found
