"""`lumber.connect(...)`: a service makes and opens datasets as `lumber.export` and `lumber.open` do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lumber.dataset.layout import MANIFEST
from lumber.errors import ExportNotFound, LumberError
from lumber.exports.history import HistoryQuery
from lumber.exports.metadata import ExportMetadata
from lumber.exports.naming import Naming
from lumber.exports.places import named_version
from lumber.exports.progress import ExportProgress
from lumber.remote.client import Client
from lumber.remote.staging import require_free
from lumber.settings import load_settings

if TYPE_CHECKING:
    from types import TracebackType

    from lumber.dataset.open import Dataset
    from lumber.exports.config import ExportConfig

# Of what was downloaded without a folder of its own, within the data folder.
_DOWNLOADS = "downloads"


class RemoteService:
    """A service at another address. Close it after use, or use it as a context manager.

    Datasets are downloaded: what is returned lies on this machine, and needs the service no longer. Several
    threads may share it. `client` has the other calls.
    """

    def __init__(self, client: Client) -> None:
        self.client = client

    def __enter__(self) -> RemoteService:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RemoteService({self.client.server!r})"

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def export(
        self,
        config: ExportConfig | Mapping[str, Any],
        *,
        output: str | Path | None = None,
        name: str | None = None,
        tags: Sequence[str] = (),
        note: str | None = None,
        on_progress: Callable[[ExportProgress], None] | None = None,
    ) -> Dataset:
        """Export rows at the service, download the dataset and return it.

        `config` is an ExportConfig or its JSON values. `output` is the dataset's folder, new or empty;
        without it, a folder within LUMBER_DATA_DIR that is named after the export. `name`, `tags` and `note`
        show in the history. Ctrl-C cancels the export. Raises ConfigError for an invalid config, the error of
        a failed export, and the errors of `open`.
        """
        create = self.creation(config, output, Naming.checked(name, tags, note))
        try:
            export_id = create()
            self.client.wait(export_id, on_progress)
        except KeyboardInterrupt:
            with suppress(LumberError):
                self.client.cancel(create())
            raise
        return self._downloaded(export_id, output)

    def open(self, place: str, *, output: str | Path | None = None) -> Dataset:
        """Download a dataset of the service, unless that was done before, and open it.

        `place` is the id of an export, or at least its first four characters, or a version of a named
        dataset, such as plant@v12 or plant@latest. `output` is as for `export`. A download that breaks is
        continued by the next call. Raises ExportNotFound, DatasetNotFound, ExportStateError, OutputError,
        DatasetDamaged, ServerUnreachable, or another error that the service names.
        """
        return self._downloaded(self._export_id(place), output)

    def creation(
        self, config: ExportConfig | Mapping[str, Any], output: str | Path | None, naming: Naming
    ) -> Callable[[], str]:
        """Return what creates an export and returns its id: also after a lost answer, always the same one.

        Raises OutputOccupied if the dataset couldn't be put into `output`.
        """
        if output is not None:
            require_free(Path(output))
        key = uuid4().hex
        return lambda: self.client.create_export(config, idempotency_key=key, naming=naming).export_id

    def exports(self, query: HistoryQuery | None = None) -> Sequence[ExportMetadata]:
        """Return the exports of the service that match a search, newest first: without one, the last 100."""
        return self.client.exports(query)[0]

    def _export_id(self, place: str) -> str:
        named = named_version(place)
        if named is not None:
            from lumber.exports.versions.listing import find_version
            from lumber.remote.named_datasets import get_dataset

            name, version = named
            return find_version(get_dataset(self.client, name), version).export_id
        found = self.client.starting_with(place, limit=2) if len(place) >= 4 else ()
        if len(found) != 1:
            what = "Several exports begin" if found else "No export begins"
            raise ExportNotFound(f"{what} with {place!r} at {self.client.server}.")
        return found[0].export_id

    def _downloaded(self, export_id: str, output: str | Path | None) -> Dataset:
        from lumber.dataset.open import Dataset  # loads Polars and pyarrow

        if output is not None:
            return self.client.download(export_id, output)
        folder = load_settings().data_dir / _DOWNLOADS / export_id
        # A folder appears when it is complete, and no other dataset ever has its id.
        if (folder / MANIFEST).is_file():
            return Dataset(folder)
        return self.client.download(export_id, folder)


def connect(
    server: str | None = None, key: str | None = None, *, ca_file: str | Path | None = None
) -> RemoteService:
    """Return a service at another address, which exports and opens datasets as this module does.

    `server` is its address, and `key` an API key. Defaults are LUMBER_SERVER, LUMBER_API_KEY and what `lumber
    login` stored. Raises ConfigError for a wrong address or key. Nothing is called yet.

    >>> with lumber.connect("https://lumber.example.org") as service:
    ...     ds = service.export({"data_types": ["logs"], "output_format": "parquet", "split": "time"})
    >>> ds.to_polars("logs", split="train")
    """
    return RemoteService(Client(server, key, ca_file=ca_file))
