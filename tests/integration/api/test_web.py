"""The pages: what a browser gets, what a program gets, and what both get without a build."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from lumber.api import create_app
from lumber.api.web import WebRoute
from lumber.settings import Settings

NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGE = '<!doctype html><style nonce="__CSP_NONCE__"></style><div id="root"></div>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small build."""
    built = tmp_path / "web"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(PAGE)
    (built / "assets" / "main-abc123.js").write_text("console.log(1)")
    (built / "assets" / "main-abc123.js.gz").write_bytes(b"gz of it")
    (built / "assets" / "main-abc123.js.br").write_bytes(b"br of it")
    (built / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("not for you")
    return built


@pytest.fixture
def browser(folder: Path, tmp_path: Path) -> Iterator[TestClient]:
    """A client of an app that serves that build."""
    app = create_app(Settings(serve_worker=False, data_dir=tmp_path, workers=1))
    app.router.routes[-1] = WebRoute(folder)
    with TestClient(app, headers={"Accept-Encoding": "identity"}) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/index.html", "/exports", "/exports/some-id", "/nowhere/at/all"])
def test_a_page_of_ours_is_the_index_with_a_strict_policy(browser: TestClient, path: str) -> None:
    answer = browser.get(path, headers=NAVIGATION)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<div id="root">' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_each_page_has_a_nonce_of_its_own_in_text_and_policy(browser: TestClient) -> None:
    nonces = set()
    for _ in range(2):
        answer = browser.get("/")
        nonce = answer.text.split('nonce="')[1].split('"')[0]
        assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]
        nonces.add(nonce)
    assert len(nonces) == 2
    assert "__CSP_NONCE__" not in nonces


def test_hashed_files_are_kept_for_ever_and_others_asked_for_again(browser: TestClient) -> None:
    script = browser.get("/assets/main-abc123.js")
    assert (script.status_code, script.text) == (200, "console.log(1)")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["x-content-type-options"] == "nosniff"
    icon = browser.get("/favicon.svg")
    assert (icon.headers["content-type"], icon.headers["cache-control"]) == ("image/svg+xml", "no-cache")


@pytest.mark.parametrize(
    ("accepted", "encoding", "size"),
    [("gzip, deflate, br", "br", 8), ("gzip;q=0.5", "gzip", 8), ("zstd", None, 14)],
)
def test_the_smallest_form_that_a_browser_takes_is_sent(
    browser: TestClient, accepted: str, encoding: str | None, size: int
) -> None:
    answer = browser.head("/assets/main-abc123.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-length"] == str(size)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/nothing/here", {}),
        ("GET", "/api/v1/nothing", NAVIGATION),
        ("GET", "/health/nothing", NAVIGATION),
        ("GET", "/assets/main-old.js", NAVIGATION),
        ("POST", "/exports", NAVIGATION),
        ("GET", "/../secret.txt", NAVIGATION),
        ("GET", "/%2e%2e/secret.txt", NAVIGATION),
        ("GET", "//etc/passwd", {}),
    ],
)
def test_what_is_no_page_stays_an_error(
    browser: TestClient, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = browser.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_new_build_is_served_without_a_restart(browser: TestClient, folder: Path) -> None:
    browser.get("/")
    (folder / "assets" / "main-def456.js").write_text("console.log(2)")
    (folder / "index.html").write_text("<!doctype html>new")
    assert "new" in browser.get("/").text
    assert browser.get("/assets/main-def456.js").status_code == 200


def test_without_a_build_the_page_says_how_to_get_one(tmp_path: Path) -> None:
    app = create_app(Settings(serve_worker=False, data_dir=tmp_path, workers=1))
    app.router.routes[-1] = WebRoute(tmp_path / "none")
    with TestClient(app) as client:
        for path in ("/", "/exports"):
            answer = client.get(path, headers=NAVIGATION)
            assert answer.status_code == 503
            assert "make serve" in answer.text
        assert client.get("/api/v1/health/live").status_code == 200
        assert client.get("/exports").status_code == 404


def test_pages_are_not_in_the_document_but_in_the_metrics(browser: TestClient) -> None:
    browser.get("/")
    browser.get("/exports/x", headers=NAVIGATION)
    text = browser.get("/metrics").text
    assert 'lumber_http_requests_total{method="GET",route="/{path}",status="200"} 2.0' in text
    assert all(path.startswith("/api/v1/") for path in browser.get("/openapi.json").json()["paths"])
