"""The `lumber` script's way in: a Ctrl-C while the program is still being loaded is answered too."""

from __future__ import annotations

import sys

_INTERRUPTED = 130


def main() -> None:
    """Load the command line, run it and exit."""
    try:
        from lumber.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        code = _INTERRUPTED
    sys.exit(code)
