"""The classes of holes that services of this kind had in public: each is an attack on one running service."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.integration.api.attacked import Attacked, attacked_service
from tests.integration.processes import until

STREAMS = 2
NAVIGATION = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with attacked_service(tmp_path_factory.mktemp("attacked"), max_streams=STREAMS) as site:
        yield site


def export_path(site: Attacked, rest: str = "") -> str:
    return f"/api/v1/export/{site.house.export_id}{rest}"


# What a browser may do with an answer.


def answers_of_every_sort(site: Attacked) -> dict[str, object]:
    file = f"/files/{site.house.names['file_id']}"
    host, key = f"127.0.0.1:{site.port}", site.house.keys["exporter"]
    return {
        "a page": site.call("/", Accept=NAVIGATION),
        "data": site.call("/api/v1/export/", "exporter"),
        "a file": site.call(export_path(site, file), "exporter"),
        "a part of a file": site.call(export_path(site, file), "exporter", Range="bytes=0-1"),
        "the zip": site.call(export_path(site, "/download"), "exporter"),
        "the document": site.call("/openapi.json"),
        "health": site.call("/health/live"),
        "nothing there": site.call("/api/v1/nothing"),
        "a wrong method": site.call("/api/v1/export/", "exporter", method="PUT"),
        "nobody": site.call("/api/v1/export/"),
        "no right": site.call("/api/v1/audit", "viewer"),
        "another host": site.raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
        "a key in the URL": site.raw(
            f"GET /?key={key} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ),
        "no HTTP": site.raw("nonsense\r\n\r\n"),
    }


def test_every_answer_forbids_frames_and_sniffing_and_says_who_may_keep_it(site: Attacked) -> None:
    for name, answer in answers_of_every_sort(site).items():
        headers = answer.headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], name
        assert "default-src 'none'" in headers["content-security-policy"], name
        assert "unsafe" not in headers["content-security-policy"], name
        assert headers["referrer-policy"] == "no-referrer", name
        assert headers["x-content-type-options"] == "nosniff", name
        kept = "private, no-cache" if "file" in name else "no-store"
        assert headers["cache-control"] == kept, name
        assert "server" not in headers, name
        assert not [header for header in headers if header.startswith("access-control")], name
        if name != "no HTTP":
            assert headers["cross-origin-opener-policy"] == "same-origin", name
            assert headers["cross-origin-resource-policy"] == "same-origin", name
            assert "camera=()" in headers["permissions-policy"], name
            assert headers["strict-transport-security"].startswith("max-age="), name


def test_no_other_origin_is_told_that_it_may_read(site: Attacked) -> None:
    for method in ("OPTIONS", "GET"):
        answer = site.call(
            "/api/v1/export/",
            "exporter",
            method=method,
            Origin="https://evil.example",
            Access_Control_Request_Method="GET",
        )
        assert not [header for header in answer.headers if header.startswith("access-control")]
        assert answer.status == (405 if method == "OPTIONS" else 200)


# Exhaustion.


def test_a_key_has_so_many_streams_open_and_others_have_their_own(site: Attacked) -> None:
    path = f"/api/v1/export/{site.house.running_id}/events"
    with ExitStack() as streams:
        for _ in range(STREAMS):
            assert streams.enter_context(site.opened(path, "exporter")).status == 200
        refused = site.call(path, "exporter")
        assert (refused.status, refused.code) == (429, "too_many_requests")
        assert int(refused.headers["retry-after"]) > 0
        with site.opened(path, "admin") as other:
            assert other.status == 200

    def is_free() -> bool:
        with site.opened(path, "exporter") as stream:
            return stream.status == 200

    # A client that is gone takes no place.
    until(is_free)
