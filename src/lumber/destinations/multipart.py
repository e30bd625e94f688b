"""Lists and aborts multipart uploads that nobody finished. They take room, and no other listing shows them.

Only S3 has a call for it that all its relatives know. Azure drops such blocks by itself after a week. A
bucket of Google needs a lifecycle rule.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from lumber.destinations.address import Address, Kind
from lumber.destinations.credentials import Credentials
from lumber.destinations.failures import explained
from lumber.destinations.options import DestinationOptions
from lumber.destinations.signing import encoded_query, signed_headers
from lumber.destinations.store import Unfinished
from lumber.errors import DestinationUnreachable

_SECONDS = 30.0
_PER_PAGE = 1_000
_MOST_PAGES = 1_000
_FOUND = (200, 204, 404)
_PLATFORM = {
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}


class MultipartUploads:
    """The unfinished uploads of a bucket of S3."""

    def __init__(self, address: Address, options: DestinationOptions, secrets: Mapping[str, str]) -> None:
        self._address = address
        self._secrets = secrets
        # A store of its own needs a name of a region only to sign.
        self._region = options.region or os.environ.get("AWS_REGION") or "us-east-1"
        endpoint = options.endpoint or f"https://s3.{self._region}.amazonaws.com"
        is_path_style = options.path_style if options.path_style is not None else options.endpoint is not None
        parts = urlsplit(endpoint)
        self._origin, self._host, self._path = f"{parts.scheme}://{parts.netloc}", parts.netloc, parts.path
        if is_path_style:
            self._path += f"/{address.bucket}"
        elif options.endpoint is None:
            self._host = f"{address.bucket}.{parts.netloc}"
            self._origin = f"{parts.scheme}://{self._host}"

    @classmethod
    def of(
        cls, address: Address, options: DestinationOptions, credentials: Credentials
    ) -> MultipartUploads | None:
        """Return those of a destination; None for another kind, and if the secrets are the platform's own."""
        if address.kind is not Kind.S3:
            return None
        secrets = credentials.load(Kind.S3)
        if secrets is None:
            found = {name: os.environ.get(variable, "") for name, variable in _PLATFORM.items()}
            if not found["access_key_id"] or not found["secret_access_key"]:
                return None
            secrets = {name: value for name, value in found.items() if value}
        return cls(address, options, secrets)

    def list(self, prefix: str) -> Sequence[Unfinished]:
        """Return those below a prefix. Raises DestinationError."""
        above = f"{self._address.prefix}/" if self._address.prefix else ""
        query = {"uploads": "", "prefix": above + prefix, "max-uploads": str(_PER_PAGE)}
        found: list[Unfinished] = []
        for _ in range(_MOST_PAGES):
            root = _parsed(self._call("GET", "", query), self._address)
            for each in root.iterfind("Upload"):
                begun_at = _time(each.findtext("Initiated", ""))
                key, upload_id = each.findtext("Key", ""), each.findtext("UploadId", "")
                # Some servers take no notice of the prefix.
                if key.startswith(above + prefix) and upload_id and begun_at is not None:
                    found.append(Unfinished(key.removeprefix(above), upload_id, begun_at))
            if root.findtext("IsTruncated", "").lower() != "true":
                break
            query["key-marker"] = root.findtext("NextKeyMarker", "")
            query["upload-id-marker"] = root.findtext("NextUploadIdMarker", "")
        return found

    def abort(self, upload: Unfinished) -> None:
        """Remove one and its parts. One that is gone is fine. Raises DestinationError."""
        above = f"{self._address.prefix}/" if self._address.prefix else ""
        self._call("DELETE", above + upload.key, {"uploadId": upload.upload_id})

    def _call(self, method: str, key: str, query: Mapping[str, str]) -> bytes:
        # It takes time to load, and only clean-ups need it.
        import httpx2

        path = (self._path + (f"/{quote(key, safe='/-_.~')}" if key else "")) or "/"
        headers = signed_headers(
            method,
            self._host,
            path,
            query,
            region=self._region,
            secrets=self._secrets,
            now=datetime.now(UTC),
        )
        try:
            with httpx2.Client(timeout=_SECONDS, follow_redirects=False) as client:
                address = f"{self._origin}{path}?{encoded_query(query)}"
                answer = client.request(method, address, headers=headers)
        except httpx2.HTTPError:
            raise DestinationUnreachable(
                f"{self._address} doesn't respond. Check its address and the network, or try again later."
            ) from None
        if answer.status_code not in _FOUND:
            text = f"status code: {answer.status_code} {answer.text[:1_000]}"
            raise explained(self._address, "", text)
        return answer.content


def _parsed(content: bytes, address: Address) -> ElementTree.Element:
    """Return a document without its namespace, which differs between servers."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        raise DestinationUnreachable(f"{address} sent an answer that isn't XML.") from None
    for each in root.iter():
        each.tag = each.tag.rpartition("}")[2]
    return root


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
