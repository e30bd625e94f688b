"""Passwords on the command line don't stay in the process list."""

import subprocess
import sys

import pytest

from lumber.cli.process_list import masked

# The script of the package, up to the moment at which it runs the command.
ENTRY = """
import sys
from pathlib import Path
import lumber.cli.main
def show(arguments):
    print(Path("/proc/self/cmdline").read_bytes().rstrip(b"\\0").split(b"\\0")[3:], arguments)
    return 0
lumber.cli.main.run = show
from lumber.cli.entry import main
main()
"""


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["--database-url", "postgresql://u:secret@h/db"], ["--database-url", "postgresql://u:***@h/db"]),
        (["--database-url=postgresql://u:p@h/db"], ["--database-url=postgresql://u:*@h/db"]),
        (["--database-url", "postgresql://h/db?user=u&password=pw&sslmode=require"],
         ["--database-url", "postgresql://h/db?user=u&password=**&sslmode=require"]),
        (["--database-url", "postgresql://u:a:b/c@h/db"], ["--database-url", "postgresql://u:***@h/db"]),
        (["--database-url", "postgresql://u@h:5432/db"], ["--database-url", "postgresql://u@h:5432/db"]),
        (["--database-url", "sqlite:////a:b@c/d.db"], ["--database-url", "sqlite:////a:b@c/d.db"]),
        (["--process", "x://u:secret@h"], ["--process", "x://u:secret@h"]),
        (["--database-url"], ["--database-url"]),
    ],
)  # fmt: skip
def test_only_passwords_of_database_addresses_are_masked(given: list[str], shown: list[str]) -> None:
    assert masked(given) == shown


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a program change what is shown")
def test_the_process_list_shows_no_password_and_the_program_still_knows_it() -> None:
    arguments = ["--database-url", "postgresql://u:s3cret@h/db", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", ENTRY, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.startswith("[b'--database-url', b'postgresql://u:***@h/db', b'--json']")
    assert done.stdout.rstrip().endswith(str(arguments))
    assert done.stderr.count("LUMBER_DATABASE_URL") == 1
    assert "s3cret" not in done.stderr
