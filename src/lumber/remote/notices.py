"""The notices of a service, as far as the key's account may see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, TypeAdapter

from lumber.notices.document import NoticeDocument
from lumber.notices.outbox import Delivery
from lumber.notices.stored import StoredNotice, WithSecret

if TYPE_CHECKING:
    from lumber.remote.client import Client

# A receiver may take its time.
_TEST_SECONDS = 300.0


class _Record(BaseModel):
    """What a service tells about a notice, beside its document. Fields of later versions are left out."""

    notice_id: str
    owner: str | None
    has_secret: bool
    old_secret_until: datetime | None = None
    created_at: datetime
    updated_at: datetime


class _List(BaseModel):
    notices: list[dict[str, Any]]


class _Deliveries(BaseModel):
    deliveries: list[dict[str, Any]]


class _Secret(BaseModel):
    secret: str | None = Field(default=None, repr=False)


_DELIVERY = TypeAdapter(Delivery)


def list_notices(client: Client) -> Sequence[StoredNotice]:
    """Return the notices by name."""
    return [_of(client, each) for each in client.read(_List, client.connection.get("/notices")).notices]


def create_notice(client: Client, document: NoticeDocument, secret: str | None) -> WithSecret:
    """Create a notice of the key's account, with a secret or with a new one. Raises ConfigError."""
    body = document.as_json() | ({} if secret is None else {"secret": secret})
    return _with_secret(client, client.connection.call("POST", "/notices", body=body)[0])


def change_notice(client: Client, notice: StoredNotice, changes: Mapping[str, Any]) -> WithSecret:
    """Change some fields of a notice, or its secret. Raises ConfigError."""
    path = f"/notices/{notice.notice_id}"
    return _with_secret(client, client.connection.call("PATCH", path, body=dict(changes))[0])


def deliveries_of(client: Client, notice: StoredNotice, limit: int) -> Sequence[Delivery]:
    """Return the deliveries of a notice, newest first."""
    answer = client.connection.get(f"/notices/{notice.notice_id}/deliveries", {"limit": limit})
    return [client.read_as(_DELIVERY, each) for each in client.read(_Deliveries, answer).deliveries]


def send_test(client: Client, notice: StoredNotice) -> Delivery:
    """Let the service send a test message now, and return how it went."""
    path = f"/notices/{notice.notice_id}/test"
    answer, _ = client.connection.call("POST", path, seconds=_TEST_SECONDS)
    return client.read_as(_DELIVERY, answer)


def delete_notice(client: Client, notice: StoredNotice) -> None:
    """Delete a notice and its deliveries."""
    client.connection.call("DELETE", f"/notices/{notice.notice_id}")


def _with_secret(client: Client, answer: Any) -> WithSecret:
    return WithSecret(_of(client, answer), client.read(_Secret, answer).secret)


def _of(client: Client, value: dict[str, Any]) -> StoredNotice:
    record = client.read(_Record, value)
    known = {name: value[name] for name in NoticeDocument.model_fields if name in value}
    return StoredNotice(
        record.notice_id,
        client.read(NoticeDocument, known),
        None,
        record.owner,
        record.has_secret,
        None,
        record.created_at,
        record.updated_at,
        record.old_secret_until,
    )
