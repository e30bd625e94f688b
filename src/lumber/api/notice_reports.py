"""Requests and responses of notices and their deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self, cast

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from lumber.exports.announcing import Event
from lumber.exports.options.json_types import Flag, Number
from lumber.notices.document import (
    LONGEST_URL,
    MOST_DATASETS,
    MOST_RECIPIENTS,
    Address,
    Dataset,
    Name,
    NoticeDocument,
    checked_document,
)
from lumber.notices.outbox import Delivery
from lumber.notices.stored import MOST_OVERLAP_HOURS, StoredNotice

GIVEN: dict[str, Any] = {
    "name": "operations",
    "channel": "webhook",
    "url": "https://hooks.example.org/lumber",
    "events": ["failed", "held", "paused", "tables_failed"],
    "datasets": ["plant"],
}
MAIL: dict[str, Any] = {"name": "team", "channel": "email", "to": ["team@example.org"], "events": ["held"]}
NOTICE: dict[str, Any] = {
    **GIVEN,
    "notice_id": "0d3c5f5e-4c0e-4a0b-9a68-2d4f8f6c2b10",
    "to": None,
    "is_for_all": False,
    "is_enabled": True,
    "has_secret": True,
    "old_secret_until": None,
    "owner": "ada",
    "created_at": "2026-11-29T12:00:00Z",
    "updated_at": "2026-11-29T12:00:00Z",
}
NEW_NOTICE: dict[str, Any] = {**NOTICE, "secret": "whsec_c2hvd24gb25jZSwgYW5kIG5ldmVyIGFnYWlu"}
DELIVERY: dict[str, Any] = {
    "delivery_id": "5a9b3d1c-7b3e-4c55-8a53-6f0b0f6f8f21",
    "event": "failed",
    "status": "pending",
    "attempts": 2,
    "next_attempt_at": "2026-11-29T12:00:40Z",
    "response_status": 502,
    "error": "the receiver answered 502",
    "created_at": "2026-11-29T12:00:00Z",
    "finished_at": None,
}

Secret = Annotated[SecretStr, Field(max_length=200)]


class NewNotice(NoticeDocument):
    """A new notice, with the secret that signs its messages, if there is one already."""

    secret: Secret | None = Field(
        default=None,
        description="Secret of a webhook: `whsec_` and 24 to 64 random bytes in base64. It is never shown "
        "again. Default: a new one, which the answer shows once.",
    )

    def document(self) -> NoticeDocument:
        """Return the notice without its secret."""
        return NoticeDocument(**{name: getattr(self, name) for name in NoticeDocument.model_fields})


class NoticeChange(BaseModel):
    """What changes of a notice. What isn't given stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = Field(default=None, description="Another name. Null changes nothing.")
    url: Annotated[str, StringConstraints(max_length=LONGEST_URL)] | None = Field(
        default=None, description="Another address of the webhook. Null changes nothing."
    )
    to: Annotated[list[Address], Field(min_length=1, max_length=MOST_RECIPIENTS)] | None = Field(
        default=None, description="Other e-mail addresses. Null changes nothing."
    )
    events: Annotated[list[Event], Field(min_length=1, max_length=len(Event))] | None = Field(
        default=None, description="Other events. Null changes nothing."
    )
    datasets: Annotated[list[Dataset], Field(min_length=1, max_length=MOST_DATASETS)] | None = Field(
        default=None, description="Names of other datasets. Null: all exports and schedules."
    )
    is_for_all: Flag | None = Field(
        default=None, description="Whether it tells about other accounts. Null changes nothing."
    )
    is_enabled: Flag | None = Field(default=None, description="Disable or enable it. Null changes nothing.")
    secret: Secret | None = Field(
        default=None, description="Another secret of the webhook. Null changes nothing."
    )
    renew_secret: Flag = Field(default=False, description="Make a new secret, which the answer shows once.")
    overlap_hours: Annotated[Number, Field(ge=0, le=MOST_OVERLAP_HOURS, allow_inf_nan=False)] | None = Field(
        default=None,
        description="With a new secret: how long the old one also signs, in hours. Messages then have two "
        "signatures. Null: the old one ends at once. Without a new secret, 0 ends the old one now.",
    )

    def applied(self, before: NoticeDocument) -> NoticeDocument:
        """Return the changed notice. Raises ConfigError."""
        given = {name: getattr(before, name) for name in NoticeDocument.model_fields}
        for name in self.model_fields_set & NoticeDocument.model_fields.keys():
            value = getattr(self, name)
            if value is not None or name == "datasets":
                given[name] = value
        return checked_document(given)


class NoticeReport(NoticeDocument):
    """A notice. Its secret is never shown."""

    notice_id: str = Field(description="Id of the notice.")
    has_secret: bool = Field(description="Whether its messages are signed: those of all webhooks are.")
    old_secret_until: datetime | None = Field(
        description="Until then, the secret that was replaced also signs; null: only one signs."
    )
    owner: str | None = Field(description="Account that it belongs to; null: the machine itself.")
    created_at: datetime = Field(description="Time of its creation.")
    updated_at: datetime = Field(description="Time of the last change.")

    @classmethod
    def of(cls, notice: StoredNotice, **values: Any) -> Self:
        """Build the report. The notice was checked when it was stored."""
        given = {name: getattr(notice.document, name) for name in NoticeDocument.model_fields}
        made = cls.model_construct(
            **given,
            notice_id=notice.notice_id,
            has_secret=notice.has_secret,
            old_secret_until=notice.old_secret_until,
            owner=notice.owner,
            created_at=notice.created_at,
            updated_at=notice.updated_at,
            **values,
        )
        return cast(Self, made)


class NoticeWithSecret(NoticeReport):
    """A notice that was created or changed, and its new secret, which is shown this once."""

    secret: str | None = Field(description="The new secret, if Lumber made one. Copy it to the receiver now.")


class NoticeList(BaseModel):
    """Notices by name."""

    notices: list[NoticeReport]


class DeliveryReport(BaseModel):
    """One event for one notice, and how sending it went."""

    delivery_id: str = Field(description="Id of the delivery, also the `webhook-id` of its messages.")
    event: str = Field(description="What happened, or `test`.")
    status: str = Field(description="pending, delivered or failed.")
    attempts: int = Field(description="Attempts so far.")
    next_attempt_at: datetime | None = Field(description="Time of the next attempt; null if there is none.")
    response_status: int | None = Field(description="Status of the last answer, of HTTP or SMTP.")
    error: str | None = Field(description="Why the last attempt failed.")
    created_at: datetime = Field(description="When it happened.")
    finished_at: datetime | None = Field(description="When it was delivered or given up.")

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryReport:
        """Build the report."""
        return cls(**{name: getattr(delivery, name) for name in cls.model_fields})


class DeliveryList(BaseModel):
    """Deliveries of a notice, newest first."""

    deliveries: list[DeliveryReport]
