"""The addresses in the pages are those of the service."""

from __future__ import annotations

import json
import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = [CHECKOUT / "README.md", *sorted(CHECKOUT.glob("docs/*.md"))]
# Those of the service that aren't calls of the API.
_OTHERS = {"/mcp", "/openapi.json"}
_ADDRESS = re.compile(
    r"(?:localhost|127\.0\.0\.1|10\.0\.0\.\d+|lumber\.example\.org)(?::\d+)?(/[a-z][\w/$.-]*)"
)
# Probes have a port or a key in front of them, not an address.
_PROBED = re.compile(r"(?<![\w.])/(?:api/v1/)?(?:health/\w+|metrics)\b")


def known(path: str) -> bool:
    """Say whether the service has a path. `$id` and words in capitals stand for anything."""
    patterns = json.loads((CHECKOUT / "frontend/openapi.json").read_text())["paths"]
    return path in _OTHERS or any(
        re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path) for pattern in patterns
    )


def unknown(text: str) -> list[str]:
    """Return the paths of addresses and probes that the service doesn't have."""
    found = [*_ADDRESS.findall(text), *_PROBED.findall(text)]
    return [path for path in found if not known(path)]


def test_every_address_is_one_of_the_service() -> None:
    wrong = {path.name: unknown(path.read_text()) for path in PAGES}
    assert {name: paths for name, paths in wrong.items() if paths} == {}


def test_a_wrong_address_is_found() -> None:
    text = "curl http://10.0.0.7:8000/health/live; path: /metrics; localhost:8000/api/v1/loads/$source"
    assert unknown(text) == ["/health/live", "/metrics"]
