"""Signs a request to S3: Signature Version 4, as the documentation of AWS describes it.

obstore signs everything that it sends, but it can't list or abort unfinished uploads.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def signed_headers(
    method: str,
    host: str,
    path: str,
    query: Mapping[str, str],
    *,
    region: str,
    secrets: Mapping[str, str],
    now: datetime,
) -> dict[str, str]:
    """Return the headers of a request without a body. `path` is encoded, `query` isn't, `now` is in UTC."""
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    headers = {"host": host, "x-amz-content-sha256": _EMPTY_SHA256, "x-amz-date": moment}
    if token := secrets.get("session_token"):
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join((method, path, encoded_query(query), lines, names, _EMPTY_SHA256))
    scope = f"{day}/{region}/s3/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", moment, scope, digest))
    key = f"AWS4{secrets['secret_access_key']}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{secrets['access_key_id']}/{scope}"
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


def encoded_query(query: Mapping[str, str]) -> str:
    """Return the query of an address, in the order and the encoding that are signed."""
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items())
    return "&".join(f"{name}={value}" for name, value in pairs)
