"""The API keys of services: from the environment, from a file, or stored by `lumber login`.

The stored keys are in one file of the user's configuration folder, which only the user can read. A message
never shows a key.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumber.errors import ConfigError, FieldProblem, OutputUnwritable
from lumber.files.folder import Folder
from lumber.files.modes import PRIVATE_FILE, PRIVATE_FOLDER
from lumber.identity.keys import read_key

_NAME = "servers.json"
_MOST_BYTES = 1024 * 1024
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """What `lumber login` stored: a key for each service, and the service that commands use by default."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    default: str | None = None


def config_folder() -> Path:
    """Return the user's configuration folder of Lumber (XDG Base Directory specification)."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "lumber"


def stored_keys() -> StoredKeys:
    """Read the stored keys. Raises ConfigError if the file is damaged, or if others can read it."""
    path = config_folder() / _NAME
    try:
        handle = os.open(path, _READ)
    except FileNotFoundError:
        return StoredKeys()
    except OSError as error:
        raise _problem(path, f"can't be read: {error.strerror}") from None
    with os.fdopen(handle, "rb") as file:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise _problem(path, "is not a regular file")
        if state.st_mode & _OTHERS:
            raise _problem(path, f"can be read by others. Run `chmod 600 {path}`, and revoke the keys in it")
        return _parsed(path, file.read(_MOST_BYTES))


def store_key(server: str, key: str, *, is_default: bool) -> Path:
    """Store the key of a service, in place of an earlier one. Return the file."""
    with _changing() as (stored, write):
        keys = {**stored.keys, server: key}
        write(StoredKeys(keys, server if is_default else stored.default))
    return config_folder() / _NAME


def forget_key(server: str) -> bool:
    """Remove the key of a service. Return whether there was one."""
    with _changing() as (stored, write):
        keys = {name: key for name, key in stored.keys.items() if name != server}
        write(StoredKeys(keys, None if stored.default == server else stored.default))
        return server in stored.keys


def checked_key(text: str, source: str) -> str:
    """Return an API key without the space around it. Raises ConfigError, which names the source only."""
    key = text.strip()
    if read_key(key) is None:
        raise ConfigError(
            [FieldProblem(source, None, "isn't an API key, or is mistyped: keys look like lmb_ID_SECRET")]
        )
    return key


def key_in(path: Path, source: str) -> tuple[str, bool]:
    """Read an API key from a file; return it, and whether other users can read the file too.

    Raises ConfigError, which never shows the content.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES)
            is_open = bool(os.fstat(file.fileno()).st_mode & _OTHERS)
    except OSError as error:
        raise ConfigError(
            [FieldProblem(source, str(path), f"{path} can't be read: {error.strerror}")]
        ) from None
    return checked_key(raw.decode("ascii", "replace"), source), is_open


def _parsed(path: Path, content: bytes) -> StoredKeys:
    try:
        value = json.loads(content)
        keys, default = value["servers"], value.get("default")
        found = {str(server): str(entry["key"]) for server, entry in keys.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _problem(path, "is damaged. Delete it, and run `lumber login` again") from None
    return StoredKeys(found, default if default in found else None)


@contextmanager
def _changing() -> Iterator[tuple[StoredKeys, Any]]:
    """Yield the stored keys and a function that writes others. Changes of other processes wait."""
    path = config_folder()
    try:
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        with Folder.open(path) as folder:
            fcntl.flock(folder.handle, fcntl.LOCK_EX)
            yield stored_keys(), lambda keys: _write(folder, keys)
    except OSError as error:
        raise OutputUnwritable(f"{path} can't be written: {error.strerror or error}.") from None


def _write(folder: Folder, stored: StoredKeys) -> None:
    """Replace the file: it is never incomplete, and never readable by others."""
    servers = {server: {"key": key} for server, key in sorted(stored.keys.items())}
    content = json.dumps({"default": stored.default, "servers": servers}, indent=2).encode() + b"\n"
    part = f".{_NAME}-{os.getpid()}"
    with suppress(FileNotFoundError):
        folder.unlink(part)
    handle = os.open(part, _NEW, PRIVATE_FILE, dir_fd=folder.handle)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, PRIVATE_FILE)
        file.write(content)
        file.flush()
        os.fsync(handle)
    os.rename(part, _NAME, src_dir_fd=folder.handle, dst_dir_fd=folder.handle)
    folder.sync()


def _problem(path: Path, message: str) -> ConfigError:
    return ConfigError([FieldProblem(str(path), None, message)])
