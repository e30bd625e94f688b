"""Which parts of the command line are passwords."""

import pytest

from lumber.cli.process_list import masked


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
