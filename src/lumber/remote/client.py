"""Client: the exports of a Lumber service, from Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

from pydantic import BaseModel, TypeAdapter, ValidationError

from lumber.errors import ExportCancelled, ExportNotFound, NotPermitted, RemoteError
from lumber.exports.control import DeletedExport
from lumber.exports.history import HistoryQuery
from lumber.exports.metadata import MOST_FILES, ExportDetails, ExportMetadata, FileRecord, ShareRecord
from lumber.exports.naming import UNNAMED, Naming, NamingChange
from lumber.exports.progress import ExportProgress
from lumber.exports.status import ENDED, Status
from lumber.exports.watch import ExportState
from lumber.paths import require_local
from lumber.remote.address import server_of
from lumber.remote.choice import chosen_server, key_for
from lumber.remote.connection import Connection
from lumber.remote.following import reports
from lumber.remote.keys import checked_key
from lumber.remote.problems import error_named
from lumber.settings import load_settings

if TYPE_CHECKING:
    from types import TracebackType

    from lumber.dataset.open import Dataset
    from lumber.dataset.verdicts.verdict import Verdict
    from lumber.exports.comparing.report import Differences
    from lumber.exports.config import ExportConfig
    from lumber.exports.explaining.explanation import Explanation
    from lumber.exports.preview_report import KindPreviewReport, VersionPreview
    from lumber.exports.row_reports import RowPage
    from lumber.ingest.loads import Load, LoadPage
    from lumber.remote.download import RemoteDataset

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MOST_PER_PAGE = 1_000
# More than LUMBER_PREVIEW_SECONDS, which ends a preview at the service.
_PREVIEW_SECONDS = 600.0

Model = TypeVar("Model", bound=BaseModel)
Value = TypeVar("Value")


class Client:
    """A Lumber service. Close it after use, or use it as a context manager.

    `server` is the address, such as https://lumber.example.org. Defaults come from the settings and from
    `lumber login`, as for the command line: LUMBER_SERVER, LUMBER_API_KEY, LUMBER_API_KEY_FILE and
    LUMBER_CA_FILE. Raises ConfigError for a wrong address or key, and calls raise a LumberError: the one
    that the service names, ServerUnreachable or RemoteError.
    """

    def __init__(
        self, server: str | None = None, key: str | None = None, *, ca_file: str | Path | None = None
    ) -> None:
        settings = load_settings(ca_file=ca_file)
        address = chosen_server() if server is None else server_of(server, "server")
        if address is None:
            raise TypeError("pass the address of a service, or set LUMBER_SERVER")
        found = key_for(address, settings) if key is None else None
        stored = None if found is None else found.text
        text = stored if key is None else checked_key(key, "key")
        self.server = address
        self.connection = Connection(address, text, ca_file=settings.ca_file)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.server!r})"

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def whoami(self) -> dict[str, Any]:
        """Return the account that the calls act for, with its `name`, `role` and `scopes`.

        A service that doesn't tell returns an empty account; the key is then only known to work.
        """
        try:
            session = self.connection.get("/session")
        except RemoteError as error:
            if error.code != "not_found":
                raise
        else:
            account = session.get("account") if isinstance(session, dict) else None
            if isinstance(account, dict):
                return account
        # A call that needs a key. One without the right is known too.
        with suppress(NotPermitted):
            self.connection.get("/export/", {"limit": 1})
        return {}

    def exports(self, query: HistoryQuery | None = None) -> tuple[Sequence[ExportMetadata], int]:
        """Return one page of the exports that the account may see, and the number on all pages."""
        chosen = query or HistoryQuery()
        found: list[ExportMetadata] = []
        while True:
            size = min(chosen.limit - len(found), _MOST_PER_PAGE)
            page, total = self._page(chosen, size, chosen.offset + len(found))
            found += page
            if len(page) < size or len(found) >= chosen.limit:
                return found, total

    def export(self, export_id: str) -> ExportDetails:
        """Return an export with its attempts. Raises ExportNotFound."""
        return self.read(ExportDetails, self.connection.get(self._path(export_id)))

    def files(self, export_id: str) -> list[FileRecord]:
        """Return the files of a completed export. Raises ExportNotFound or ExportStateError."""
        path, found, total = f"{self._path(export_id)}/files", list[FileRecord](), 1
        while len(found) < total:
            params = {"limit": MOST_FILES, "after": found[-1].path if found else None}
            answer, headers = self.connection.call("GET", path, params=params, is_repeatable=True)
            page = [self.read(FileRecord, item) for item in _items(answer)]
            found += page
            # A service that knows no pages sends all files at once, and no total.
            told = headers.get("X-Total-Count", "")
            total = int(told) if told.isdecimal() and page else 0
        return found

    def verdicts(self, export_id: str) -> Sequence[Verdict]:
        """Return the verdicts on a completed export; none of a service that doesn't judge.

        Raises ExportNotFound, ExportStateError or ExportFileNotFound.
        """
        from lumber.dataset.verdicts.verdict import Verdict  # loads more than most calls need

        try:
            answer = self.connection.get(f"{self._path(export_id)}/verdicts")
        except RemoteError as error:
            if error.code != "not_found":
                raise
            return ()
        return [self.read(Verdict, item) for item in _items(answer)]

    def rows(
        self,
        export_id: str,
        *,
        kind: str | None = None,
        split: str | None = None,
        place: int = 0,
        limit: int = 50,
        search: str | None = None,
        filters: Mapping[str, Any] | None = None,
        sort: str | None = None,
        is_descending: bool = False,
    ) -> RowPage:
        """Return a page of at most 200 rows of a completed export, from number `place` on.

        `kind` is a data type or a table made of one, by default the first. `filters` have the form of an
        export's, for the columns of the dataset. `page.next` is the `place` of the next page, or None.
        Raises ConfigError, ExportNotFound, ExportStateError or ExportFileNotFound.
        """
        from lumber.remote.rows import page_of

        params = {"kind": kind, "split": split, "place": place, "limit": limit, "search": search}
        order = {} if sort is None else {"sort": sort, "order": "desc" if is_descending else "asc"}
        return page_of(self, f"{self._path(export_id)}/rows", {**params, **order}, filters)

    def explain(self, export_id: str, row: int, kind: str | None = None) -> Explanation:
        """Return what became of the row with an id of the database: where it is, or why it isn't there.

        Raises ConfigError if there is no such row, ExportNotFound, ExportStateError or ExportFileNotFound.
        """
        from lumber.remote.rows import explanation_of

        return explanation_of(self, f"{self._path(export_id)}/rows/explain", {"row": row, "kind": kind})

    def compare(self, export_id: str, other_id: str, *, examples: int | None = None) -> Differences:
        """Return what two completed exports differ in. The first one is A.

        Their rows are compared only with a number of examples, from 0 to 20, of each change. Raises
        ExportNotFound, ExportStateError or ExportFileNotFound.
        """
        from lumber.remote.comparing import differences_of

        other = self._path(other_id).removeprefix("/export")
        return differences_of(self, f"{self._path(export_id)}/compare{other}", examples)

    def loads(self, limit: int = 100, after: str | None = None) -> LoadPage:
        """Return one page of what was loaded, newest first. Raises SourceMissing if `after` isn't there."""
        from lumber.remote.loads import page_of_loads

        return page_of_loads(self, limit, after)

    def load(self, source_id: str) -> Load:
        """Return one load. Raises SourceMissing."""
        from lumber.remote.loads import load_of

        return load_of(self, self.connection.get(f"/loads/{quote(source_id, safe='')}"))

    def load_ids(self, prefix: str, limit: int = 5) -> Sequence[str]:
        """Return the ids of loads that begin with a text: the id itself first, if there is one."""
        from lumber.remote.loads import ids_starting_with

        return ids_starting_with(self, prefix, limit)

    def file_path(self, export_id: str, file_id: str) -> str:
        """Return the path of a file for calls. Raises RemoteError for an id that is none."""
        if _ID.fullmatch(file_id) is None:
            raise RemoteError(f"{self.server} names a file {file_id[:100]!r}, which is no id.")
        return f"{self._path(export_id)}/files/{file_id}"

    def create_export(
        self,
        config: ExportConfig | Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        naming: Naming = UNNAMED,
    ) -> ExportMetadata:
        """Queue an export; the service runs it. `config` is an ExportConfig or its JSON values.

        A lost answer is asked for again with the same idempotency key, so no export is created twice. Raises
        ConfigError for an invalid config.
        """
        values = {**self._values(config), **naming.as_json()}
        headers = {"Idempotency-Key": idempotency_key or uuid4().hex}
        answer, _ = self.connection.call("POST", "/export/", body=values, headers=headers, is_repeatable=True)
        return self.read(ExportMetadata, answer)

    def preview(self, config: ExportConfig | Mapping[str, Any]) -> dict[str, KindPreviewReport]:
        """Return what an export would contain, by data type. Raises ConfigError for an invalid config."""
        return self.preview_of_version(config)[0]

    def preview_of_version(
        self, config: ExportConfig | Mapping[str, Any]
    ) -> tuple[dict[str, KindPreviewReport], VersionPreview | None]:
        """Return the same, and the version of the dataset that the export would make, if it has one."""
        from lumber.exports.preview_report import KindPreviewReport, VersionPreview

        answer, _ = self.connection.call(
            "POST", "/export/preview", body=self._values(config), seconds=_PREVIEW_SECONDS
        )
        kinds = answer.get("kinds") if isinstance(answer, dict) else None
        found = kinds if isinstance(kinds, dict) else {}
        version = answer.get("version") if isinstance(answer, dict) else None
        return (
            {str(name): self.read(KindPreviewReport, report) for name, report in found.items()},
            None if version is None else self.read(VersionPreview, version),
        )

    def follow(self, export_id: str) -> Iterator[ExportState]:
        """Yield the state of an export, then each change of it, until the export has ended."""
        export: ExportMetadata = self.state(export_id)
        last: ExportState | None = None
        for report in reports(self.connection, self._path(export_id)):
            status = report.get("status")
            if status != export.status or status in ENDED:
                export = self.state(export_id)
            else:
                export = export.model_copy(update={"phase": report.get("phase")})
            state = ExportState(export, self.progress_in(report))
            if last is None or not state.is_as(last):
                yield state
            last = state
            if state.has_ended:
                return

    def wait(
        self, export_id: str, on_progress: Callable[[ExportProgress], None] | None = None
    ) -> ExportMetadata:
        """Wait until an export has ended; return its record if it is completed.

        Raises the error of a failed export, or ExportCancelled.
        """
        for state in self.follow(export_id):
            if on_progress is not None and state.progress is not None:
                on_progress(state.progress)
            if state.has_ended:
                return completed(state.export)
        raise AssertionError

    def name(self, export_id: str, change: NamingChange) -> ExportMetadata:
        """Change the name, the tags and the note of an export. Raises ExportNotFound or ConfigError."""
        # Twice is the same as once.
        body = change.model_dump(mode="json", exclude_unset=True)
        answer, _ = self.connection.call("PATCH", self._path(export_id), body=body, is_repeatable=True)
        return self.read(ExportMetadata, answer)

    def cancel(self, export_id: str) -> ExportMetadata:
        """Cancel a queued export, or ask a running one to stop. Raises ExportStateError if it ended."""
        # Twice is the same as once.
        answer, _ = self.connection.call("POST", f"{self._path(export_id)}/cancel", is_repeatable=True)
        return self.read(ExportMetadata, answer)

    def retry(self, export_id: str) -> ExportMetadata:
        """Queue a failed or cancelled export again. Raises ExportStateError for another one."""
        answer, _ = self.connection.call("POST", f"{self._path(export_id)}/retry")
        return self.read(ExportMetadata, answer)

    def delete(self, export_id: str) -> DeletedExport:
        """Delete an export that has ended, with its files. Raises ExportStateError for another one."""
        answer, _ = self.connection.call("DELETE", self._path(export_id))
        deleted = answer if isinstance(answer, dict) else {}
        return DeletedExport(
            self.read(ExportMetadata, deleted.get("export")), bool(deleted.get("files_deleted"))
        )

    def shares(self, export_id: str) -> Sequence[ShareRecord]:
        """Return the accounts and roles that may read an export. Raises ExportNotFound."""
        return self._shares(self.connection.get(f"{self._path(export_id)}/shares"))

    def share(
        self, export_id: str, users: Sequence[str] = (), roles: Sequence[str] = ()
    ) -> Sequence[ShareRecord]:
        """Let only these accounts and roles read an export, and return the shares.

        Raises ExportNotFound, and ConfigError for names that no account or role has.
        """
        body = {"users": list(users), "roles": list(roles)}
        # Twice is the same as once.
        path = f"{self._path(export_id)}/shares"
        return self._shares(self.connection.call("PUT", path, body=body, is_repeatable=True)[0])

    def _shares(self, answer: Any) -> Sequence[ShareRecord]:
        found = answer.get("shares") if isinstance(answer, dict) else None
        return [self.read(ShareRecord, item) for item in _items(found)]

    def dataset(self, export_id: str) -> RemoteDataset:
        """Return the files of a completed export, to download them.

        Raises ExportNotFound, ExportStateError, RemoteError for files that aren't safe to write, and
        DatasetDamaged if the manifest lists others.
        """
        from lumber.remote.download import dataset_of

        return dataset_of(self, export_id, self.connection.content(f"{self._path(export_id)}/manifest"))

    def download(self, export_id: str, to: str | Path) -> Dataset:
        """Download a completed export into `to`, a new or empty folder, and return the dataset.

        Every file is checked against its sha256, and the folder appears only when it is complete. If the
        download breaks, the same call later continues it. Raises ConfigError if `to` is an address,
        OutputError, DatasetDamaged, and the errors of `dataset`.
        """
        from lumber.dataset.open import Dataset  # loads Polars and pyarrow

        require_local("to", to)
        self.dataset(export_id).download(Path(to))
        return Dataset(to)

    def state(self, export_id: str) -> ExportMetadata:
        """Return an export without its attempts. Raises ExportNotFound."""
        return self.read(ExportMetadata, self.connection.get(self._path(export_id)))

    def progress(self, export_id: str) -> ExportProgress | None:
        """Return what the attempt at an export reported last; None before its first report."""
        return self.progress_in(self.connection.get(f"{self._path(export_id)}/progress"))

    def progress_in(self, report: Any) -> ExportProgress | None:
        """Return what a progress report of the service contains."""
        from lumber.exports.stored import PROGRESS  # slow to load

        try:
            return PROGRESS.load(report.get("reported"))
        except (ValueError, AttributeError):
            return None

    def starting_with(self, prefix: str, limit: int = 10) -> Sequence[ExportMetadata]:
        """Return the export with the id `prefix`, or else those whose id starts with it, newest first."""
        if _ID.fullmatch(prefix) is None:
            return ()
        try:
            return [self.export(prefix)]
        except ExportNotFound:
            pass
        found = []
        for export in self._all(HistoryQuery(text=prefix)):
            if export.export_id.startswith(prefix.lower()):
                found.append(export)
            if len(found) == limit:
                break
        return found

    def _values(self, config: ExportConfig | Mapping[str, Any]) -> dict[str, Any]:
        from lumber.exports.parsing import parse_config  # the kinds load Polars and pyarrow

        return (parse_config(config) if isinstance(config, Mapping) else config).as_json()

    def _all(self, query: HistoryQuery) -> Iterator[ExportMetadata]:
        offset, total = 0, 1
        while offset < total:
            page, total = self._page(query, _MOST_PER_PAGE, offset)
            if not page:
                return
            offset += len(page)
            yield from page

    def _page(self, query: HistoryQuery, size: int, offset: int) -> tuple[Sequence[ExportMetadata], int]:
        created = [
            None if time is None else time.isoformat() for time in (query.created_from, query.created_to)
        ]
        params = {
            "status": list(query.statuses) or None,
            "kind": query.kind,
            "text": query.text,
            "tag": list(query.tags) or None,
            "created_from": created[0],
            "created_to": created[1],
            "limit": size,
            "offset": offset,
            "order": query.order.value,
        }
        answer, headers = self.connection.call("GET", "/export/", params=params, is_repeatable=True)
        total = headers.get("X-Total-Count", "")
        page = [self.read(ExportMetadata, item) for item in _items(answer)]
        return page, int(total) if total.isdecimal() else len(page)

    def _path(self, export_id: str) -> str:
        if _ID.fullmatch(export_id) is None:
            raise ExportNotFound(f"There is no export {export_id!r}.")
        return f"/export/{quote(export_id, safe='')}"

    def read(self, model: type[Model], value: Any) -> Model:
        """Read what the service answered. Raises RemoteError if this version can't."""
        return self._checked(model.model_validate, value)

    def read_as(self, adapter: TypeAdapter[Value], value: Any) -> Value:
        """Read what the service answered as dataclasses. Raises RemoteError if this version can't."""
        return self._checked(adapter.validate_python, value)

    def _checked(self, read: Callable[[Any], Value], value: Any) -> Value:
        try:
            return read(value)
        except ValidationError as error:
            place = ".".join(map(str, error.errors()[0]["loc"])) or "all of it"
            raise RemoteError(
                f"{self.server} answers in a form that this version of Lumber can't read ({place}). "
                f"{self._versions()}"
            ) from None

    def _versions(self) -> str:
        """Say which versions of Lumber the two sides have."""
        from lumber.version import __version__

        try:
            document = self.connection.get(f"{self.server}/openapi.json")
            there = str(document["info"]["version"])
        except (RemoteError, KeyError, TypeError):
            there = "an unknown version"
        return f"It is {there}, and this is {__version__}: use the same version on both sides."


def _items(answer: Any) -> list[Mapping[str, Any]]:
    return [item for item in answer if isinstance(item, dict)] if isinstance(answer, list) else []


def completed(export: ExportMetadata) -> ExportMetadata:
    """Return the record of an ended export if it is completed; raise its error otherwise."""
    if export.status == Status.COMPLETED:
        return export
    if export.status == Status.CANCELLED:
        raise ExportCancelled(f"Export {export.export_id} was cancelled.")
    raise error_named(export.error_code or "export_failed", export.error_message or "The export failed.")
