"""Reads indexes of Elasticsearch and OpenSearch over HTTP: a point in time, in slices.

Tested against a stand-in that answers as their documentation says, not against a real server.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pyarrow as pa

from lumber.errors import SourceFailed, SourceUnfit
from lumber.sources.address import SourceAddress, checked_parameters, refused
from lumber.sources.guarantee import Guarantee
from lumber.sources.interface import (
    Json,
    NoSuchTable,
    Query,
    ReaderColumn,
    ReaderOptions,
    ReaderTable,
    as_json,
    from_json,
)

# Columns of every index, unless it has fields of these names.
ROW_NUMBER = "row_number"
# A document's number is that of its slice times this, and its place in the slice.
ROWS_OF_A_SLICE = 2**40

_PAGE_ROWS = 2_000
_SLICE_ROWS = 500_000
_MOST_SLICES = 16
_KEEP_ALIVE = "5m"
_CONNECT_SECONDS = 10.0
_MOST_PAGE_SECONDS = 120.0
_MOST_SHOWN = 1_000
_WHOLE = ("long", "integer", "short", "byte")
_REAL = ("double", "float", "half_float", "scaled_float")
_DATES = ("date", "date_nanos")
_NESTED = ("object", "nested", "flattened", "flat_object")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SearchReader:
    """An open server of Elasticsearch or OpenSearch; see `Reader`.

    The address is `elasticsearch+https://USER@HOST:PORT` or `opensearch+https://...`. Without a user, the
    password is an API key.
    """

    def __init__(self, address: SourceAddress, options: ReaderOptions) -> None:
        self._client = _client(address, options)
        self._shown = str(address)
        self._is_opensearch = address.name == "opensearch"
        self._points: dict[str, str] = {}
        self._tables: dict[str, ReaderTable] = {}
        self._stopped = threading.Event()
        try:
            self._version = str(self._call("GET", "/")["version"]["number"])
        except BaseException:
            self._client.close()
            raise

    def tables(self) -> list[str]:
        """Return the names of indexes, data streams and aliases, without hidden ones."""
        found = self._call("GET", "/_resolve/index/*")
        names = (
            each["name"] for part in ("indices", "aliases", "data_streams") for each in found.get(part, ())
        )
        return sorted(name for name in names if not name.startswith("."))

    def schema(self, query: Query) -> ReaderTable:
        """Describe the documents of an index, alias or pattern. Raises NoSuchTable."""
        if query.table is None:
            raise SourceUnfit(
                "A search engine has no SELECT: give the name of an index as table, and a filter."
            )
        if query.table not in self._tables:
            self._tables[query.table] = self._described(query.table)
        return self._tables[query.table]

    def freeze(self, queries: Sequence[Query]) -> Json:
        """Open a point in time of each index."""
        self._let_go()
        slices = {}
        for query in queries:
            slices[str(query.table)] = max(
                1, min(_MOST_SLICES, (self.schema(query).rows or 0) // _SLICE_ROWS)
            )
        for name in dict.fromkeys(str(query.table) for query in queries):
            place = f"/{_path(name)}"
            if self._is_opensearch:
                found = self._call("POST", f"{place}/_search/point_in_time?keep_alive={_KEEP_ALIVE}")
                self._points[name] = found["pit_id"]
            else:
                found = self._call("POST", f"{place}/_pit?keep_alive={_KEEP_ALIVE}")
                self._points[name] = found["id"]
        moment = datetime.now(UTC).isoformat()
        return {"server": self._version, "moment": moment, "points": dict(self._points), "slices": slices}

    def cut(self, token: Json, query: Query) -> list[Json]:
        """Divide an index into slices, by the number of its documents."""
        slices = token["slices"][query.table]
        base = {"query": as_json(query), "point": token["points"][query.table], "slices": slices}
        return [{**base, "slice": number} for number in range(slices)]

    def read(self, range_: Json) -> Iterator[pa.RecordBatch]:
        """Yield the documents of a slice."""
        query = from_json(range_["query"])
        columns = self._chosen(query)
        self._stopped.clear()
        number, after = range_["slice"] * ROWS_OF_A_SLICE, None
        while True:
            if self._stopped.is_set():
                raise SourceFailed(f"Reading {self._shown} was stopped.")
            page = self._page(range_, query, columns, after)
            hits = page["hits"]["hits"]
            if page.get("timed_out") or page.get("_shards", {}).get("failed"):
                raise SourceFailed(
                    f"{self._shown} answered for some of its shards only. Run the export again."
                )
            if not hits:
                return
            arrays = [_array(column, hits, number) for column in columns]
            yield pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])
            number += len(hits)
            after = hits[-1]["sort"]

    def confirm(self, token: Json) -> None:
        """Do nothing: the server holds the moment."""

    def cancel(self) -> None:
        """Read no further page, and give the points in time back."""
        self._stopped.set()

    def close(self) -> None:
        """Give the points in time back, and close the connection."""
        with suppress(SourceFailed, SourceUnfit):
            self._let_go()
        self._client.close()

    def _let_go(self) -> None:
        points, self._points = list(self._points.values()), {}
        for point in points:
            with suppress(SourceFailed, SourceUnfit):
                if self._is_opensearch:
                    self._call("DELETE", "/_search/point_in_time", {"pit_id": [point]})
                else:
                    self._call("DELETE", "/_pit", {"id": point})

    def _described(self, name: str) -> ReaderTable:
        try:
            mappings = self._call("GET", f"/{_path(name)}/_mapping")
        except NoSuchTable:
            raise NoSuchTable(name, self.tables()[:_MOST_SHOWN]) from None
        if not mappings:
            raise NoSuchTable(name, self.tables()[:_MOST_SHOWN])
        types: dict[str, str] = {}
        for each in mappings.values():
            for field, type_ in _fields(each.get("mappings", {}).get("properties", {})):
                # An index of another form: then only texts can be sure.
                types[field] = type_ if types.get(field, type_) == type_ else "keyword"
        types.setdefault("_id", "keyword")
        types.setdefault("_index", "keyword")
        columns = [ReaderColumn(field, _type(type_), words=type_) for field, type_ in types.items()]
        has_number = ROW_NUMBER not in types
        if has_number:
            columns.append(ReaderColumn(ROW_NUMBER, pa.int64(), nullable=False, words="long"))
        rows = int(self._call("GET", f"/{_path(name)}/_count")["count"])
        unique = (ROW_NUMBER,) if has_number else ()
        note = f"The column {ROW_NUMBER} numbers the documents anew in each export." if has_number else ""
        return ReaderTable(name, tuple(columns), Guarantee.SNAPSHOT, unique, rows, (note,) if note else ())

    def _chosen(self, query: Query) -> list[ReaderColumn]:
        known = {column.name: column for column in self.schema(query).columns}
        return [known[name] for name in query.columns] if query.columns else list(known.values())

    def _page(self, range_: Json, query: Query, columns: Sequence[ReaderColumn], after: Any) -> Any:
        plain = [
            c.name for c in columns if c.words not in _DATES and c.name not in (ROW_NUMBER, "_id", "_index")
        ]
        body: Json = {
            "size": _PAGE_ROWS,
            "pit": {"id": range_["point"], "keep_alive": _KEEP_ALIVE},
            # Documents have no order of their own that is the same in all shards.
            "sort": [{"_id" if self._is_opensearch else "_shard_doc": "asc"}],
            "track_total_hits": False,
            "_source": plain or False,
            "fields": [
                {"field": c.name, "format": "strict_date_optional_time_nanos"}
                for c in columns
                if c.words in _DATES
            ],
            "query": _query(query),
        }
        if range_["slices"] > 1:
            body["slice"] = {"id": range_["slice"], "max": range_["slices"]}
        if after is not None:
            body["search_after"] = after
        return self._call("POST", "/_search?allow_partial_search_results=false", body)

    def _call(self, method: str, path: str, body: Json | None = None) -> Any:
        """Return the answer of the server as JSON. Raises NoSuchTable, SourceFailed or SourceUnfit."""
        try:
            answer = self._client.request(method, path, json=body)
            content = answer.json() if answer.content else {}
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise SourceFailed(
                f"{self._shown} can't be reached: {str(error) or type(error).__name__}"
            ) from error
        except ValueError:
            raise SourceUnfit(f"{self._shown} doesn't answer as a search engine does.") from None
        if answer.status_code < 300:
            return content
        reason = _reason(content)
        if answer.status_code == 404 and "index_not_found" in json.dumps(content):
            raise NoSuchTable(path)
        if answer.status_code == 404 and path.startswith("/_search"):
            raise SourceFailed(f"{self._shown} no longer has the moment that is read: {reason}")
        if answer.status_code in (401, 403):
            raise SourceUnfit(f"{self._shown} denies access: {reason}")
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise SourceFailed(f"{self._shown} failed ({answer.status_code}): {reason}")
        raise SourceUnfit(f"{self._shown} refuses that ({answer.status_code}): {reason}")


def _client(address: SourceAddress, options: ReaderOptions) -> httpx2.Client:
    checked_parameters(address, ("ca",))
    transport = address.scheme.partition("+")[2] or "https"
    if transport not in ("https", "http") or not address.host or address.path not in ("", "/"):
        raise refused("must name a server, without a path", (f"{address.name}+https://USER@HOST:PORT",))
    authority = address.query.get("ca")
    if authority is not None and not Path(authority).is_file():
        raise refused(f"has a ca that is not a readable file: {authority!r}")
    host = f"[{address.host}]" if ":" in address.host else address.host
    headers = {"User-Agent": options.name}
    auth = None
    if address.user is not None:
        auth = httpx2.BasicAuth(address.user, address.password or "")
    elif address.password is not None:
        headers["Authorization"] = f"ApiKey {address.password}"
    seconds = min(options.statement_seconds, _MOST_PAGE_SECONDS)
    return httpx2.Client(
        base_url=f"{transport}://{host}:{address.port or 9200}",
        auth=auth,
        headers=headers,
        timeout=httpx2.Timeout(seconds, connect=_CONNECT_SECONDS),
        verify=True if authority is None else ssl.create_default_context(cafile=authority),
        # No other server gets the password, and no proxy that could read it.
        follow_redirects=False,
        trust_env=transport == "https",
    )


def _fields(properties: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each field with its type, those within objects too; aliases and second forms not."""
    for name, field in properties.items():
        type_ = field.get("type", "object")
        if type_ != "alias":
            yield prefix + name, type_
        if type_ == "object":
            yield from _fields(field.get("properties", {}), f"{prefix}{name}.")


def _type(type_: str) -> pa.DataType:
    if type_ in _WHOLE:
        return pa.int64()
    if type_ == "unsigned_long":
        return pa.uint64()
    if type_ in _REAL:
        return pa.float64()
    if type_ == "boolean":
        return pa.bool_()
    return pa.timestamp("us", "UTC") if type_ in _DATES else pa.string()


def _query(query: Query) -> Json:
    conditions: list[Json] = []
    if query.filter is not None:
        conditions.append(_condition(query.filter))
    if query.times is not None:
        ends = {"gte": query.times.low, "lte": query.times.high}
        inside = {sign: _end(end) for sign, end in ends.items() if end is not None}
        column = query.times.column
        missing = {"bool": {"must_not": {"exists": {"field": column}}}}
        conditions.append(
            {"bool": {"should": [{"range": {column: inside}}, missing], "minimum_should_match": 1}}
        )
    return {"bool": {"filter": conditions}} if conditions else {"match_all": {}}


def _condition(text: str) -> Json:
    if text.lstrip().startswith("{"):
        try:
            found: Json = json.loads(text)
        except ValueError as error:
            raise SourceUnfit(f"The filter begins as a query in JSON does, and is none: {error}") from None
        return found
    return {"query_string": {"query": text}}


def _end(end: int | datetime) -> Any:
    if isinstance(end, datetime):
        aware = end if end.tzinfo is not None else end.replace(tzinfo=UTC)
        return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return end


def _array(column: ReaderColumn, hits: Sequence[Mapping[str, Any]], first: int) -> pa.Array[Any]:
    if column.name == ROW_NUMBER and column.words == "long" and not column.nullable:
        return pa.array(range(first, first + len(hits)), pa.int64())
    if column.name in ("_id", "_index"):
        return pa.array([hit[column.name] for hit in hits], pa.string())
    if column.words in _DATES:
        values = [hit.get("fields", {}).get(column.name, [None])[0] for hit in hits]
        return pa.array([_moment(each) for each in values], column.type)
    found = [_at(hit.get("_source") or {}, column.name) for hit in hits]
    try:
        return pa.array([_plain(each, column) for each in found], column.type)
    except (ValueError, TypeError, pa.ArrowException) as error:
        raise SourceUnfit(f"The field {column.name} has a value that isn't {column.words}: {error}") from None


def _moment(text: str | None) -> int | None:
    """Return the microseconds since 1970 of a time such as 2026-01-31T12:00:00.123456789Z."""
    if text is None:
        return None
    whole, _, digits = text.removesuffix("Z").partition(".")
    try:
        seconds = datetime.fromisoformat(whole + "+00:00")
    except ValueError:
        return None
    return (seconds - _EPOCH) // timedelta(microseconds=1) + int(f"{digits:0<6}"[:6])


def _at(source: Mapping[str, Any], name: str) -> Any:
    """Return the value of a field, whose objects are written one in the other or with dots."""
    if name in source:
        return source[name]
    head, _, rest = name.partition(".")
    while rest:
        inner = source.get(head)
        if isinstance(inner, Mapping):
            return _at(inner, rest)
        more, _, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


def _plain(value: Any, column: ReaderColumn) -> Any:
    if value is None or (isinstance(value, list) and not value):
        return None
    if pa.types.is_string(column.type):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        if len(value) > 1:
            raise ValueError(f"a document has {len(value)} values in it")
        value = value[0]
    if pa.types.is_boolean(column.type):
        return value if isinstance(value, bool) else {"true": True, "false": False, "": False}[str(value)]
    if isinstance(value, str):
        value = float(value) if pa.types.is_floating(column.type) else int(value)
    # Fields of whole numbers cut off what they get.
    return value if pa.types.is_floating(column.type) else int(value)


def _path(name: str) -> str:
    return quote(name, safe="*,-_.")


def _reason(content: Any) -> str:
    error = content.get("error") if isinstance(content, Mapping) else None
    if isinstance(error, Mapping):
        causes = error.get("root_cause") or [error]
        return str(causes[0].get("reason") or error.get("reason") or error.get("type"))[:500]
    return str(error or "no reason")[:500]
