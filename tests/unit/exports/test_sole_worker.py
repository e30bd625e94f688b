"""The lock file beside a SQLite database is written to only if it is one."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lumber.errors import DatabaseError, DatabaseLocked
from lumber.exports.sole_worker import sole_worker
from lumber.store.url import DatabaseUrl


@pytest.fixture
def url(tmp_path: Path) -> DatabaseUrl:
    return DatabaseUrl.parse(f"sqlite:///{tmp_path / 'lumber.db'}")


def test_the_lock_names_its_process_and_is_the_owners_only(url: DatabaseUrl, tmp_path: Path) -> None:
    lock = tmp_path / "lumber.db-worker"
    with sole_worker(url):
        assert lock.read_text() == f"{os.getpid()}\n"
        assert lock.stat().st_mode & 0o777 == 0o600
        with pytest.raises(DatabaseLocked, match=f"process {os.getpid()}"), sole_worker(url):
            pass
    with sole_worker(url):
        pass


@pytest.mark.parametrize("make", [os.symlink, os.link])
def test_another_name_of_a_file_is_not_written_to(
    url: DatabaseUrl, tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    (tmp_path / "precious").write_text("x")
    make(tmp_path / "precious", tmp_path / "lumber.db-worker")
    with pytest.raises(DatabaseError), sole_worker(url):
        pass
    assert (tmp_path / "precious").read_text() == "x"


def test_a_pipe_is_not_waited_for(url: DatabaseUrl, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lumber.db-worker")
    with pytest.raises(DatabaseError, match="is not a lock file of Lumber"), sole_worker(url):
        pass
