"""Settings of notices by webhook and e-mail."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from lumber.settings.part import LocalPath, SettingsPart, parts_of

_SENDER = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"


class NoticeSettings(SettingsPart):
    """Settings of notices by webhook and e-mail."""

    notice_allowed_networks: str = Field(
        default="",
        description="Addresses or networks inside this machine or its network that webhooks may be sent to, "
        "separated by commas. Default: none.",
    )
    notice_mail_domains: str = Field(
        default="",
        description="Domains that notices by e-mail may go to, separated by commas. Default: all.",
    )
    notice_attempts: int = Field(
        default=11,
        ge=1,
        le=20,
        description="Maximum attempts at sending a notice. The waits between 11 attempts add up to 21 hours.",
    )
    notice_seconds: float = Field(
        default=15.0, ge=1, le=60, description="Maximum time of an attempt at sending a notice."
    )
    notice_days: float = Field(
        default=30.0, gt=0, le=3_650, description="Days after which deliveries of notices are forgotten."
    )
    smtp_url: str = Field(
        default="",
        description="SMTP server for notices by e-mail: smtp://HOST:PORT, or smtps://HOST:PORT for TLS from "
        "the start. Default: none.",
    )
    smtp_starttls: bool = Field(
        default=True, description="Encrypt connections to an smtp:// server with STARTTLS, and require it."
    )
    smtp_from: str = Field(default="", description="E-mail address that notices come from.")
    smtp_user: str = Field(default="", description="User name at the SMTP server.")
    smtp_password: Annotated[SecretStr | None, Field(repr=False)] = Field(
        default=None, description="Password at the SMTP server."
    )
    smtp_password_file: LocalPath | None = Field(
        default=None, description="File with the password at the SMTP server."
    )

    @field_validator("notice_allowed_networks")
    @classmethod
    def _check_networks(cls, value: str) -> str:
        for part in parts_of(value):
            try:
                ipaddress.ip_network(part)
            except ValueError:
                message = "networks are separated by commas, like 10.0.0.5 or 10.0.1.0/24"
                raise ValueError(message) from None
        return value

    @field_validator("smtp_url")
    @classmethod
    def _check_smtp_url(cls, value: str) -> str:
        message = "an SMTP server is like smtp://mail.example.org:587, without a user and a path"
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:
            raise ValueError(message) from None
        rest = (parts.path.rstrip("/"), parts.query, parts.fragment, parts.username, parts.password)
        if value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == 0 or any(rest)):
            raise ValueError(message)
        return value

    @field_validator("smtp_from")
    @classmethod
    def _check_smtp_from(cls, value: str) -> str:
        if value and re.fullmatch(_SENDER, value) is None:
            raise ValueError("a sender is an e-mail address, like lumber@example.org")
        return value

    @property
    def mail_domains(self) -> tuple[str, ...]:
        """The domains that notices by e-mail may go to, in lower case; none: all of them."""
        return tuple(part.lower() for part in parts_of(self.notice_mail_domains))
