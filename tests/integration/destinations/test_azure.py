"""Azure Blob Storage, as Azurite speaks it."""

import base64
import hashlib
import hmac
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path

import pytest

from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials, Source
from lumber.destinations.janitor import clean
from lumber.destinations.layout import data_key, manifest_key
from lumber.destinations.opening import open_store
from lumber.destinations.options import parse_options
from lumber.destinations.probing import probe
from lumber.destinations.promises import Status
from lumber.destinations.publishing import publish
from lumber.destinations.store import Store
from tests.integration.destinations.finished import FILES, finished, large
from tests.integration.destinations.servers import free_ports, process_on
from tests.integration.processes import CHECKOUT, PATIENCE_SECONDS, until

pytestmark = pytest.mark.slow

# The account of every Azurite, as its documentation has it. It opens nothing else.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
MAIN = CHECKOUT / "tests" / "servers" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


_THERE_ALREADY = 409


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    if not MAIN.is_file() or shutil.which("node") is None:
        pytest.skip("Azurite isn't installed: npm ci in tests/servers")
    folder = tmp_path_factory.mktemp("azurite")
    (port,) = free_ports(1)
    command = [
        "node", MAIN, "--blobHost", "127.0.0.1", "--blobPort", port,
        "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck",
    ]  # fmt: skip
    with process_on(command, folder / "azurite.log"):
        endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
        until(lambda: make_container(endpoint))
        (folder / "secrets").write_text(f"AZURE_STORAGE_ACCOUNT_KEY={ACCOUNT_KEY}\n")
        address = parse_address("az://lake/some/prefix")
        options = parse_options({"account": ACCOUNT, "endpoint": endpoint}, address)
        yield open_store(address, options, Credentials(Source.FILE, folder / "secrets"))


def make_container(endpoint: str) -> bool:
    """Make the container; obstore can't. Return whether the server answers."""
    date = formatdate(usegmt=True)
    headers = f"x-ms-date:{date}\nx-ms-version:2021-08-06\n"
    resource = f"/{ACCOUNT}/{ACCOUNT}/lake\nrestype:container"
    text = "PUT\n" + "\n" * 11 + headers + resource
    signature = base64.b64encode(
        hmac.new(base64.b64decode(ACCOUNT_KEY), text.encode(), hashlib.sha256).digest()
    ).decode()
    request = urllib.request.Request(
        f"{endpoint}/lake?restype=container",
        method="PUT",
        headers={
            "x-ms-date": date,
            "x-ms-version": "2021-08-06",
            "Authorization": f"SharedKey {ACCOUNT}:{signature}",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS):
            return True
    except urllib.error.HTTPError as error:
        return error.code == _THERE_ALREADY
    except OSError:
        return False


def test_azure_promises_everything(azure: Store) -> None:
    found = probe(lambda: azure)
    assert (found.status, found.message) == (Status.OK, "")


def test_a_dataset_is_published_and_cleaned(azure: Store, tmp_path: Path) -> None:
    files = {**FILES, "large.bin": large()}
    export_id = finished(tmp_path / "out", files)
    made = publish(azure, probe(lambda: azure).promises, tmp_path / "out", "plant")
    assert made.uploaded_bytes == sum(map(len, files.values()))
    manifest = (tmp_path / "out" / "manifest.json").read_bytes()
    assert azure.read(manifest_key("plant", export_id), 10_000)[0] == manifest
    orphan = data_key("plant", "ab" * 32, "x.csv")
    azure.create(orphan, b"x")
    done = clean(azure, probe(lambda: azure).promises, grace=timedelta(0))
    assert done.files == 1
    # Azure drops unfinished uploads by itself, and can't list them.
    assert "can't be listed" in done.skipped[0]
    assert azure.find(orphan) is None
