"""Write what the browser part is made from: the OpenAPI document, the operators of filters, and the formats.

`python scripts/openapi.py` writes all; with `--check` it only says whether they are up to date.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from lumber.api import create_app
from lumber.catalog.operators import BUILT_IN
from lumber.ingest.options import RECORD_FORMATS, Format
from lumber.settings import Settings

FRONTEND = Path(__file__).parent.parent / "frontend"


def documents() -> dict[Path, Any]:
    """Return the content of each file: always the same for the same service."""
    operators = {each.name: {"label": each.label, "takes": each.takes.value} for each in BUILT_IN}
    formats = {
        "records": [Format.AUTO, *RECORD_FORMATS],
        "logs": [item for item in Format if item not in (Format.AUTO, *RECORD_FORMATS)],
    }
    return {
        FRONTEND / "openapi.json": create_app(Settings()).openapi(),
        FRONTEND / "src" / "lib" / "api" / "operators.json": operators,
        FRONTEND / "src" / "lib" / "api" / "formats.json": formats,
    }


def main(arguments: list[str]) -> int:
    """Write the files, or check them. Returns the exit code."""
    stale = []
    for target, content in documents().items():
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        if "--check" not in arguments:
            target.write_text(text, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != text:
            stale.append(target.name)
    for name in stale:
        print(f"{name} is out of date: run `make schema` and commit the change.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
