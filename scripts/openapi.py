"""Write the service's OpenAPI document, from which the browser part makes its types.

`python scripts/openapi.py` writes frontend/openapi.json; with `--check` it only says whether that is fresh.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from lumber.api import create_app
from lumber.settings import Settings

TARGET = Path(__file__).parent.parent / "frontend" / "openapi.json"


def document() -> str:
    """Return the document as text, the same for the same service."""
    return json.dumps(create_app(Settings()).openapi(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the document, or check it. Returns the exit code."""
    fresh = document()
    if "--check" not in arguments:
        TARGET.write_text(fresh, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == fresh:
        return 0
    print(f"{TARGET.name} is not what the service says of itself: run `make schema` and commit the change.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
