"""Temporary folders, each locked by the process that made it. The next one removes those without an owner.

A killed process can't remove its folder. The lock (`flock`) goes with the process, however it ends. It holds
where process ids mislead: in containers that share a folder, and when an id is used again.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import process, util
from pathlib import Path

from lumber.files.folder import Folder
from lumber.files.modes import PRIVATE_FOLDER

# Of this process, in the folder for temporary files: `lumber-<pid>-<random>`.
_PROCESS = "lumber-"
# Of a copy that is not complete, beside its target.
PART = ".lumber-part-"
_OWNED = re.compile(r"[0-9]+-[0-9a-f]{4}")
_SEMAPHORES = Path("/dev/shm")  # where Linux keeps named semaphores
_KEY = "lumber_folder"
_making = threading.Lock()


def process_folder() -> Path:
    """Return this process's folder for temporary files and sockets. It goes when the process ends.

    The first call makes the folder, and removes the folders and semaphores of processes that were killed.
    multiprocessing then puts its sockets there too, and names its semaphores after the folder. Processes that
    multiprocessing starts use the folder of their parent.
    """
    config = process.current_process()._config  # type: ignore[attr-defined]
    with _making:
        known = config.get(_KEY)
        if known is None or not Path(known).is_dir():
            with Folder.open(Path(tempfile.gettempdir())) as parent:
                clear_dead(parent, _PROCESS, _remove_semaphores)
                name, lock = _make(parent, _PROCESS)
                known = str(parent.path / name)
            util.Finalize(None, _remove, (known, lock), exitpriority=-100)
            config[_KEY] = known
            if config.get("tempdir") is None or not Path(config["tempdir"]).is_dir():
                config["tempdir"] = known
            config["semprefix"] = f"/{name}"
        return Path(known)


@contextmanager
def part_folder(parent: Path) -> Iterator[Path]:
    """Yield a new folder in `parent` for what is not complete, and remove it with what is left in it.

    Those that killed processes left in `parent` are removed before.
    """
    with Folder.open(parent) as folder:
        clear_dead(folder, PART)
        name, lock = _make(folder, PART)
        try:
            yield folder.path / name
        finally:
            with suppress(OSError):
                folder.remove(name)
            os.close(lock)


def clear_dead(parent: Folder, prefix: str, on_dead: Callable[[str], None] = lambda _name: None) -> list[str]:
    """Remove our folders in `parent` whose owner is gone, and return their names. Never raises an OSError.

    `on_dead` is called with each name before.
    """
    removed = []
    with suppress(OSError):
        for name in parent.names():
            if name.startswith(prefix) and _OWNED.fullmatch(name.removeprefix(prefix)):
                with suppress(OSError):
                    if _clear(parent, name, on_dead):
                        removed.append(name)
    return removed


def _clear(parent: Folder, name: str, on_dead: Callable[[str], None]) -> bool:
    with parent.folder(name) as folder:
        if os.fstat(folder.handle).st_uid != os.geteuid():
            return False
        try:
            fcntl.flock(folder.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        on_dead(name)
        parent.remove(name)
    return True


def _make(parent: Folder, prefix: str) -> tuple[str, int]:
    """Make a locked folder. Return its name and the descriptor that holds the lock."""
    while True:
        name = f"{prefix}{os.getpid()}-{os.urandom(2).hex()}"
        try:
            os.mkdir(name, PRIVATE_FOLDER, dir_fd=parent.handle)
            folder = parent.folder(name)
        except (FileExistsError, FileNotFoundError):
            continue
        try:
            # A disk without locks does without: then nobody else removes the folder.
            fcntl.flock(folder.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            folder.close()  # another process found it before it was locked, and is removing it
            continue
        except OSError:
            return name, folder.handle
        state = parent.find(name)
        if state is not None and os.path.samestat(state, os.fstat(folder.handle)):
            return name, folder.handle
        folder.close()


def _remove(path: str, lock: int) -> None:
    with suppress(OSError), Folder.open(Path(path).parent) as parent:
        parent.remove(Path(path).name)
    with suppress(OSError):
        os.close(lock)


def _remove_semaphores(name: str) -> None:
    """Remove the semaphores of a dead process. Its resource tracker would have, if it had lived."""
    with suppress(OSError), Folder.open(_SEMAPHORES) as folder:
        for each in folder.names():
            if each.startswith(f"sem.{name}-"):
                with suppress(OSError):
                    folder.unlink(each)
