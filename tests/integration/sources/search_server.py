"""A stand-in for Elasticsearch and OpenSearch: answers as their documentation says, from documents in memory.

Of queries it knows those that Lumber makes: match_all, bool, range, exists, and query_string `field:value`.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Engine:
    """The indexes of a server: mappings, documents, points in time, and what was called."""

    def __init__(self) -> None:
        self.mappings: dict[str, dict[str, Any]] = {}
        self.documents: dict[str, list[dict[str, Any]]] = {}
        self.points: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        self.calls: list[str] = []
        self.fail_after: int | None = None

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Return the status and the document of an answer."""
        path, _, _ = path.partition("?")
        self.calls.append(f"{method} {path}")
        if path == "/":
            return 200, {"version": {"number": "9.1.0"}}
        if path == "/_resolve/index/*":
            return 200, {"indices": [{"name": name} for name in (*self.documents, ".hidden")]}
        if path == "/_search":
            return self._search(body)
        if method == "DELETE":
            for point in body.get("pit_id") or [body.get("id")]:
                self.points.pop(point, None)
            return 200, {"succeeded": True}
        index, _, rest = path.strip("/").partition("/")
        if index not in self.documents:
            reason = f"no such index [{index}]"
            return 404, {"error": {"type": "index_not_found_exception", "reason": reason}, "status": 404}
        if rest == "_mapping":
            return 200, {index: {"mappings": {"properties": self.mappings[index]}}}
        if rest == "_count":
            return 200, {"count": len(self.documents[index])}
        name = f"point-{len(self.points)}-{index}"
        self.points[name] = [(index, deepcopy(each)) for each in self.documents[index]]
        return 200, {"id": name} if rest == "_pit" else {"pit_id": name}

    def _search(self, body: dict[str, Any]) -> tuple[int, Any]:
        if self.fail_after is not None and not self.fail_after:
            return 503, {"error": {"type": "unavailable", "reason": "the node left"}}
        self.fail_after = None if self.fail_after is None else self.fail_after - 1
        if body["pit"]["id"] not in self.points:
            return 404, {"error": {"type": "search_context_missing_exception", "reason": "No search context"}}
        chosen = body.get("slice", {"id": 0, "max": 1})
        after = body.get("search_after", [-1])[0]
        (order,) = body["sort"][0]
        hits = []
        for at, (index, document) in enumerate(self.points[body["pit"]["id"]]):
            place: Any = at if order == "_shard_doc" else f"id-{at:06}"
            if at % chosen["max"] != chosen["id"] or (after != -1 and place <= after):
                continue
            if not _matches(body["query"], document):
                continue
            hit = {"_index": index, "_id": f"id-{at:06}", "sort": [place]}
            if body["_source"]:
                hit["_source"] = document
            names = [each["field"] for each in body["fields"]]
            hit["fields"] = {name: [_date(document[name])] for name in names if document.get(name)}
            hits.append(hit)
        return 200, {"timed_out": False, "_shards": {"failed": 0}, "hits": {"hits": hits[: body["size"]]}}


def _date(text: str) -> str:
    return text.replace("+00:00", "Z")


def _matches(query: dict[str, Any], document: dict[str, Any]) -> bool:
    ((kind, value),) = query.items()
    if kind == "match_all":
        return True
    if kind == "query_string":
        field, _, wanted = value["query"].partition(":")
        return str(document.get(field)) == wanted
    if kind == "exists":
        return document.get(value["field"]) is not None
    if kind == "range":
        ((field, ends),) = value.items()
        found = document.get(field)
        if found is None:
            return False
        comparable = found if not isinstance(found, str) else re.sub(r"(\+00:00|Z)$", "", found)
        plain = {sign: re.sub("Z$", "", end) if isinstance(end, str) else end for sign, end in ends.items()}
        return plain.get("gte", comparable) <= comparable <= plain.get("lte", comparable)
    assert kind == "bool", query
    some = value.get("should", [])
    return (
        all(_matches(each, document) for each in value.get("filter", []))
        and (not some or any(_matches(each, document) for each in some))
        and not ("must_not" in value and _matches(value["must_not"], document))
    )


@contextmanager
def search_server() -> Iterator[tuple[Engine, int]]:
    """Start a server; yield it and its port."""
    engine = Engine()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, document = engine.answer(self.command, self.path, body)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield engine, server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
