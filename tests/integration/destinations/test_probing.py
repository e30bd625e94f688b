"""What a probe finds out about real servers, and that it leaves nothing behind."""

from functools import partial
from pathlib import Path

import pytest

from lumber.destinations.address import parse_address
from lumber.destinations.credentials import Credentials, Source
from lumber.destinations.opening import open_store
from lumber.destinations.options import parse_options
from lumber.destinations.probing import probe, require_fit
from lumber.destinations.promises import Status
from lumber.destinations.store import Store
from lumber.errors import DestinationUnfit
from tests.integration.destinations.servers import (
    BUCKET,
    READ_KEY,
    READ_SECRET,
    SECRET,
    FaultProxy,
    Server,
    free_ports,
    secret_file,
)


def test_a_store_that_keeps_all_promises_is_ok(store: Store) -> None:
    found = probe(lambda: store)
    assert (found.status, found.message) == (Status.OK, "")
    assert found.promises.is_complete
    assert list(store.list("")) == []
    assert list(store.unfinished("") or ()) == []


def test_a_server_that_ignores_preconditions_is_found_out(careless: Server, prefix: str) -> None:
    store = careless.store(prefix)
    found = probe(lambda: store)
    assert found.status is Status.LIMITED
    assert found.promises.as_json() == {
        "conditional_put": False,
        "conditional_update": False,
        "multipart": True,
        "list": True,
        "delete": True,
    }
    assert "If-None-Match" in found.message
    assert "If-Match" in found.message
    assert list(store.list("")) == []


@pytest.mark.parametrize(
    ("key", "secret", "code"),
    [("lumberkey", "wrong-secret", "SignatureDoesNotMatch"), (READ_KEY, READ_SECRET, "AccessDenied")],
)
def test_secrets_that_are_refused_are_named_by_the_servers_code_only(
    s3: Server, tmp_path: Path, key: str, secret: str, code: str
) -> None:
    server = Server(s3.endpoint, secret_file(tmp_path, key, secret))
    found = probe(lambda: server.store("denied"))
    assert found.status is Status.FAILING
    assert code in found.message
    assert key not in found.message
    assert secret not in found.message
    with pytest.raises(DestinationUnfit, match="can't be used"):
        require_fit(found)


def test_a_server_that_is_not_there_is_failing(tmp_path: Path) -> None:
    server = Server(f"http://127.0.0.1:{free_ports(1)[0]}", secret_file(tmp_path))
    found = probe(lambda: server.store("gone"))
    assert found.status is Status.FAILING
    assert "doesn't respond" in found.message


def test_secrets_that_are_gone_are_failing_not_an_error(s3: Server, tmp_path: Path) -> None:
    address = parse_address(f"s3://{BUCKET}/x")
    options = parse_options({"endpoint": s3.endpoint}, address)
    credentials = Credentials(Source.ENVIRONMENT, variables={"access_key_id": "LUMBER_NO_SUCH_VARIABLE"})
    found = probe(partial(open_store, address, options, credentials))
    assert found.status is Status.FAILING
    assert "LUMBER_NO_SUCH_VARIABLE isn't set" in found.message


@pytest.mark.parametrize("refused", ["PUT /lake/", "GET /lake/"])
def test_a_store_that_can_not_be_written_or_read_is_failing(
    proxy: FaultProxy, s3: Server, prefix: str, refused: str
) -> None:
    proxy.fault = lambda method, target: 403 if f"{method} {target}".startswith(refused) else None
    found = probe(lambda: s3.store(prefix, proxy.endpoint))
    assert found.status is Status.FAILING
    assert SECRET not in found.message
    assert list(s3.store(prefix).list("")) == []


def test_a_store_that_can_not_delete_is_limited(proxy: FaultProxy, s3: Server, prefix: str) -> None:
    def fault(method: str, target: str) -> int | None:
        return 403 if method == "DELETE" or (method == "POST" and target.endswith("?delete")) else None

    proxy.fault = fault
    found = probe(lambda: s3.store(prefix, proxy.endpoint))
    assert found.status is Status.LIMITED
    assert not found.promises.delete
    assert "can't delete" in found.message
