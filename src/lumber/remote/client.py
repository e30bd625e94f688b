"""Client: the exports of a Lumber service, from Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from lumber.errors import ExportNotFound, NotPermitted, RemoteError
from lumber.exports.history import HistoryQuery
from lumber.exports.metadata import ExportDetails, ExportMetadata, FileRecord
from lumber.exports.progress import ExportProgress
from lumber.remote.address import server_of
from lumber.remote.choice import chosen_server, key_for
from lumber.remote.connection import Connection
from lumber.remote.keys import checked_key
from lumber.settings import load_settings

if TYPE_CHECKING:
    from types import TracebackType

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MOST_PER_PAGE = 1_000
_SEARCHED_CHARACTERS = 200

Model = TypeVar("Model", bound=BaseModel)


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
        return self._read(ExportDetails, self.connection.get(self._path(export_id)))

    def files(self, export_id: str) -> list[FileRecord]:
        """Return the files of a completed export. Raises ExportNotFound or ExportStateError."""
        found = self.connection.get(f"{self._path(export_id)}/files")
        return [self._read(FileRecord, item) for item in _items(found)]

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
            "created_from": created[0],
            "created_to": created[1],
            "limit": size,
            "offset": offset,
            "order": query.order.value,
        }
        answer, headers = self.connection.call("GET", "/export/", params=params, is_repeatable=True)
        total = headers.get("X-Total-Count", "")
        page = [self._read(ExportMetadata, item) for item in _items(answer)]
        return page, int(total) if total.isdecimal() else len(page)

    def _path(self, export_id: str) -> str:
        if _ID.fullmatch(export_id) is None:
            raise ExportNotFound(f"There is no export {export_id!r}.")
        return f"/export/{quote(export_id, safe='')}"

    def _read(self, model: type[Model], value: Any) -> Model:
        """Read what the service answered. Raises RemoteError if this version can't."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            place = ".".join(map(str, error.errors()[0]["loc"])) or "all of it"
            raise RemoteError(
                f"{self.server} answers in a form that this version of Lumber can't read ({place}). "
                f"{self._versions()}"
            ) from None

    def _versions(self) -> str:
        """Say which versions of Lumber the two sides have."""
        from lumber import __version__

        try:
            document = self.connection.get(f"{self.server}/openapi.json")
            there = str(document["info"]["version"])
        except (RemoteError, KeyError, TypeError):
            there = "an unknown version"
        return f"It is {there}, and this is {__version__}: use the same version on both sides."


def _items(answer: Any) -> list[Mapping[str, Any]]:
    return [item for item in answer if isinstance(item, dict)] if isinstance(answer, list) else []
