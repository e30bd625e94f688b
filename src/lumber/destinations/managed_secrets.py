"""Secrets that a client sent: the service keeps them in files of its own, which only its user can read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from lumber.dataset.layout import output_errors
from lumber.destinations.credentials import Credentials, Source
from lumber.files.modes import PRIVATE_FILE, PRIVATE_FOLDER


def keep_secrets(data_dir: Path, secrets: Mapping[str, str]) -> Credentials:
    """Write secrets to a new file in the data folder and return the reference. Raises OutputError."""
    folder = data_dir.expanduser().absolute() / "destination-secrets"
    path = folder / f"{uuid4()}.json"
    with output_errors(path):
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(handle, "w") as file:
            json.dump(dict(secrets), file)
            file.flush()
            os.fsync(handle)
    return Credentials(Source.FILE, path, is_managed=True)


def discard_secrets(credentials: Credentials) -> None:
    """Remove the file of secrets that the service wrote. Never raises; other files stay."""
    if credentials.is_managed and credentials.path is not None:
        with suppress(OSError):
            credentials.path.unlink()
