"""Settings of accounts: passwords, sessions, identity providers and the audit trail."""

from __future__ import annotations

from pydantic import Field

from lumber.settings.part import LocalPath, SettingsPart


class AccountSettings(SettingsPart):
    """Settings of accounts: passwords, sessions, identity providers and the audit trail."""

    password_memory_bytes: int = Field(
        default=64 * 1024**2,
        ge=7 * 1024**2,
        le=4 * 1024**3,
        description="Memory in bytes that the hash of a password takes. Existing hashes are renewed when "
        "their owners sign in, if this or the rounds rise.",
    )
    password_rounds: int = Field(
        default=3, ge=1, le=1_000, description="Rounds of the hash of a password. More take longer."
    )
    password_hashes: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Maximum passwords that a process hashes at the same time. More wait.",
    )
    session_hours: float = Field(
        default=24.0,
        ge=0.1,
        le=8_760,
        description="Hours after which a person has to sign in again, in a browser that was in use.",
    )
    session_idle_minutes: float = Field(
        default=480.0,
        ge=5,
        le=525_600,
        description="Minutes without use after which a person has to sign in again.",
    )
    oidc_file: LocalPath | None = Field(
        default=None,
        description="TOML file with the OpenID Connect providers for signing in. Default: none.",
    )
    audit_days: float | None = Field(
        default=None,
        gt=0,
        description="Delete lines of the audit trail that are older than this many days. Default: never.",
    )
