"""The notices of a service, as far as the key's account may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from lumber.notices.document import NoticeDocument
from lumber.notices.outbox import Delivery
from lumber.notices.stored import StoredNotice

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


class _Delivery(BaseModel):
    delivery_id: str
    event: str
    status: str
    attempts: int
    next_attempt_at: datetime | None
    response_status: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class _Deliveries(BaseModel):
    deliveries: list[_Delivery]


def list_notices(client: Client) -> Sequence[StoredNotice]:
    """Return the notices by name."""
    return [_of(client, each) for each in client.read(_List, client.connection.get("/notices")).notices]


def deliveries_of(client: Client, notice: StoredNotice, limit: int) -> Sequence[Delivery]:
    """Return the deliveries of a notice, newest first."""
    answer = client.connection.get(f"/notices/{notice.notice_id}/deliveries", {"limit": limit})
    return [Delivery(**dict(each)) for each in client.read(_Deliveries, answer).deliveries]


def send_test(client: Client, notice: StoredNotice) -> Delivery:
    """Let the service send a test message now, and return how it went."""
    path = f"/notices/{notice.notice_id}/test"
    answer, _ = client.connection.call("POST", path, seconds=_TEST_SECONDS)
    return Delivery(**dict(client.read(_Delivery, answer)))


def delete_notice(client: Client, notice: StoredNotice) -> None:
    """Delete a notice and its deliveries."""
    client.connection.call("DELETE", f"/notices/{notice.notice_id}")


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
