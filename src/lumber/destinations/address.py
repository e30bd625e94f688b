"""The address of a destination: a folder on this machine, or a bucket with a prefix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote

from lumber.errors import ConfigError, FieldProblem

ALLOWED = ("/folder", "file:///folder", "s3://bucket/prefix", "gs://bucket/prefix", "az://container/prefix")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
# What S3, Google and Azure allow in the name of a bucket or container.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
# Of the characters that an object's key can have, those that mean the same in every store.
_PART = re.compile(r"[A-Za-z0-9=_][A-Za-z0-9=._ -]*")
_LONGEST = 1_000


class Kind(StrEnum):
    """What a destination is."""

    FOLDER = "folder"
    S3 = "s3"
    GCS = "gcs"
    AZURE = "azure"


_KINDS = {"s3": Kind.S3, "s3a": Kind.S3, "gs": Kind.GCS, "az": Kind.AZURE}
_SCHEMES = {Kind.S3: "s3", Kind.GCS: "gs", Kind.AZURE: "az"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a destination is. A folder has a `path`; a bucket has a name and a `prefix` without slashes at
    its ends.
    """

    kind: Kind
    bucket: str = ""
    prefix: str = ""
    path: Path | None = None

    @property
    def url(self) -> str:
        """The address as a text, always in the same form."""
        if self.path is not None:
            return f"file://{quote(str(self.path))}"
        rest = f"/{self.prefix}" if self.prefix else ""
        return f"{_SCHEMES[self.kind]}://{self.bucket}{rest}"

    def below(self, root: str) -> str:
        """Return the address of something in the destination."""
        return f"{self.url.rstrip('/')}/{root}"

    def __str__(self) -> str:
        return self.url


def parse_address(text: str, field: str = "url") -> Address:
    """Return the address that a text means. Raises ConfigError."""
    found = _SCHEME.fullmatch(text)
    if len(text) > _LONGEST or not text.isprintable():
        raise _problem(field, text[:_LONGEST], f"must be a text of at most {_LONGEST:,} printable characters")
    if found is None:
        return _folder(text, text, field)
    scheme, rest = found[1].lower(), found[2]
    if scheme == "file":
        return _folder(unquote(rest), text, field)
    if scheme not in _KINDS:
        raise _problem(field, text, f"{scheme}:// is not a kind of destination")
    if "@" in rest or "?" in rest or "#" in rest:
        # The text isn't repeated: it may contain a secret.
        message = "must have no credentials and no parameters. Give them as secrets and options"
        raise ConfigError([FieldProblem(field, None, message, ALLOWED)])
    bucket, *parts = rest.strip("/").split("/")
    if _BUCKET.fullmatch(bucket) is None:
        raise _problem(field, text, f"{bucket!r} can't be the name of a bucket")
    for part in parts:
        if _PART.fullmatch(part) is None:
            raise _problem(field, text, f"{part!r} can't be a part of a prefix: use letters, digits, '.-_='")
    return Address(_KINDS[scheme], bucket, "/".join(parts))


def _folder(path: str, text: str, field: str) -> Address:
    if not path.startswith("/"):
        raise _problem(field, text, f"{text!r} is not an absolute path")
    if ".." in path.split("/"):
        raise _problem(field, text, "must have no part '..'")
    return Address(Kind.FOLDER, path=Path(path))


def _problem(field: str, text: str, message: str) -> ConfigError:
    return ConfigError([FieldProblem(field, text, message, ALLOWED)])
