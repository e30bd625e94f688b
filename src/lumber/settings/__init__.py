"""Settings: read once from the environment and passed to whatever needs them."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from lumber.errors import ConfigError, FieldProblem
from lumber.files.expansion import DEFAULT_LIMITS, ReadLimits
from lumber.files.modes import DEFAULT_UMASK, UMASK_PATTERN, umask_of
from lumber.paths import address_problem

_PREFIX = "lumber_"
_PORTS = {"http": 80, "https": 443}
_SENDER = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_HOST = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.?|[0-9a-f:.]+"


def default_data_dir() -> Path:
    """Return the per-user data folder (XDG Base Directory specification)."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "lumber"


class Settings(BaseModel):
    """The settings of an operator, each an environment variable `LUMBER_<NAME>`, in any case."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    def __init__(self, **given: Any) -> None:
        # pydantic-settings would take longer to load than all the rest of the settings.
        super().__init__(**{**_environment(type(self).model_fields), **given})

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Folder of the SQLite database, and of exports without an output folder.",
    )
    database_url: Annotated[str, Field(repr=False)] = Field(
        default="",
        description="Database: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME. Default: a SQLite "
        "file in the data folder.",
    )
    workers: int = Field(
        default_factory=lambda: max(1, os.cpu_count() or 1),
        ge=1,
        le=256,
        description="Processes of an export. Default: one per core.",
    )
    partition_rows: int = Field(default=250_000, ge=1, description="Rows in a partition, the unit of work.")
    shard_size_bytes: int = Field(
        default=256 * 1024 * 1024, ge=1, description="Size in bytes after which a new output file starts."
    )
    exports_dir: Path | None = Field(
        default=None, description="Folder of the service's datasets. Default: exports in the data folder."
    )
    concurrency: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Exports that a worker runs at the same time. One place is reserved for short exports.",
    )
    long_export_rows: int = Field(
        default=500_000, ge=0, description="Exports with more rows than this are long."
    )
    max_queued: int = Field(
        default=1_000,
        ge=1,
        description="Maximum queued and running exports. More are rejected until one ends.",
    )
    max_uploads: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Maximum files that the service loads at the same time. More are rejected until one "
        "ends.",
    )
    max_upload_bytes: int = Field(
        default=64 * 1024**3, ge=1, description="Maximum size in bytes of an uploaded file, as it is sent."
    )
    max_decompressed_bytes: int = Field(
        default=1024**4,
        ge=1,
        description="Maximum size in bytes of a compressed source after decompression, and of a dataset that "
        "is verified, opened or compared. Larger ones are refused.",
    )
    max_compression_ratio: float = Field(
        default=1_000.0,
        ge=1,
        description="Maximum ratio of the decompressed to the compressed size of a source or dataset. It is "
        "checked after the first 256 MiB: repetitive logs reach 500.",
    )
    max_line_bytes: int = Field(
        default=16 * 1024**2,
        ge=1_024,
        le=256 * 1024**2,
        description="Maximum bytes of a line to load. Longer lines are rejected. A CSV file with one is "
        "refused. Rows of datasets may be four times as long.",
    )
    max_columns: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="Maximum columns of a CSV or Parquet file to load and of a dataset, and maximum fields "
        "of a JSON line.",
    )
    max_record_lines: int = Field(
        default=1_000,
        ge=1,
        le=1_000_000,
        description="Maximum lines of a log record, such as one with a stack trace. Further lines that "
        "continue it are rejected.",
    )
    max_rejected_share: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="Maximum share of rejected lines of a source. Above it, the load counts as failed, and "
        "the loaded rows stay. Sources of fewer than 20 lines fail only if all are rejected.",
    )
    live_batch_lines: int = Field(
        default=10_000,
        ge=1,
        description="Lines or messages after which `ingest --follow` and `listen` load what has arrived.",
    )
    live_batch_seconds: float = Field(
        default=1.0,
        gt=0,
        le=3_600,
        description="Time after which `ingest --follow` and `listen` load what has arrived, even if it is "
        "less.",
    )
    listen_message_bytes: int = Field(
        default=64 * 1024,
        ge=2_048,
        le=16 * 1024**2,
        description="Maximum bytes of a message that `lumber listen` receives over TCP or TLS. Longer ones "
        "are rejected.",
    )
    listen_connections: int = Field(
        default=1_000,
        ge=1,
        le=100_000,
        description="Maximum connections to `lumber listen`. More are closed at once.",
    )
    listen_connections_per_address: int = Field(
        default=100,
        ge=1,
        le=100_000,
        description="Maximum connections to `lumber listen` from one address.",
    )
    listen_idle_seconds: float = Field(
        default=3_600.0,
        gt=0,
        description="Time without a byte after which `lumber listen` closes a connection.",
    )
    listen_spool_bytes: int = Field(
        default=1024**3,
        ge=16 * 1024**2,
        description="Maximum size of the messages of `lumber listen` that wait for the database. Above it, "
        "connections wait, and datagrams are dropped.",
    )
    max_attempts: int = Field(
        default=5, ge=1, description="Maximum attempts at an export, including those whose worker died."
    )
    retry_seconds: float = Field(
        default=2.0,
        ge=0,
        description="Wait before the second attempt. Each further wait is twice as long, up to a minute.",
    )
    lease_seconds: float = Field(
        default=20.0,
        ge=1,
        le=86_400,
        description="Time without a sign of life from a worker after which another one takes over its "
        "export.",
    )
    serve_worker: bool = Field(default=True, description="Run a worker inside `lumber serve`.")
    scheduler: bool = Field(
        default=True, description="Start the runs of schedules in `lumber serve` and `lumber worker`."
    )
    preview_seconds: float = Field(
        default=30.0,
        gt=0,
        le=86_400,
        description="Maximum time of a preview in the service. Then its database statement is stopped.",
    )
    stop_seconds: float = Field(
        default=20.0,
        ge=0,
        description="Time in which the service or a worker ends, at least 15 s. Running exports get all but "
        "the last 5 s of it to finish.",
    )
    retention_days: float | None = Field(
        default=None,
        gt=0,
        description="Delete exports that ended more than this many days ago. Default: never.",
    )
    retention_bytes: int | None = Field(
        default=None,
        ge=0,
        description="Delete the oldest exports while all exports are larger than this many bytes. Default: "
        "never.",
    )
    retention_count: int | None = Field(
        default=None, ge=0, description="Maximum ended exports to keep; older ones are deleted. Default: all."
    )
    destination_folders: str = Field(
        default="",
        description="Folders, separated by colons, in which clients of the service may register "
        "destinations. Default: none. The command line may register any folder.",
    )
    destination_secrets: Path | None = Field(
        default=None,
        description="Folder of files with secrets that clients of the service may name for destinations. "
        "Default: none.",
    )
    destination_grace_hours: float | None = Field(
        default=None,
        ge=1,
        le=87_600,
        description="Let the service clean its destinations every hour: files that belong to no dataset and "
        "unfinished uploads are deleted if they are older than this. Default: never.",
    )
    audit_days: float | None = Field(
        default=None,
        gt=0,
        description="Delete lines of the audit trail that are older than this many days. Default: never.",
    )
    umask: str = Field(
        default=DEFAULT_UMASK,
        description="Rights that new files and folders don't get, in octal. Default: 077, only the owner has "
        "access. With 027 the group can read them too.",
    )
    database_connections: int = Field(
        default=10,
        ge=1,
        le=1_000,
        description="Maximum connections of the service for requests. Readiness and changes of exports have "
        "others, and so have running exports.",
    )
    busy_timeout_seconds: float = Field(
        default=10.0, gt=0, description="Time to wait for another writer of the SQLite file."
    )

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

    requests_per_minute: int = Field(
        default=3_000,
        ge=1,
        le=1_000_000,
        description="Maximum requests of an API key, or of an account in the browser, in a minute. Without "
        "accounts, there are no limits on calls.",
    )
    address_requests_per_minute: int = Field(
        default=3_000,
        ge=1,
        le=1_000_000,
        description="Maximum requests without a valid API key or session from an address in a minute; of "
        "IPv6 from a network of 64 bits.",
    )
    creates_per_minute: int = Field(
        default=300,
        ge=1,
        le=1_000_000,
        description="Maximum exports, retries, previews and uploads that an API key or account starts in a "
        "minute.",
    )
    max_streams: int = Field(
        default=50,
        ge=1,
        le=100_000,
        description="Maximum event streams that an API key or account has open at the same time.",
    )
    max_downloads: int = Field(
        default=16,
        ge=1,
        le=100_000,
        description="Maximum downloads that an API key or account has open at the same time.",
    )

    public_url: str = Field(
        default="",
        description="Address at which people reach the service, such as https://lumber.example.org. The "
        "service then needs accounts, and rejects requests for other host names.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of proxies, separated by commas, whose X-Forwarded-For and "
        "X-Forwarded-Proto the service believes. Default: none.",
    )

    server: str = Field(
        default="",
        description="Address of a service that commands use instead of the database, such as "
        "https://lumber.example.org; `local` means the database.",
    )
    api_key: Annotated[SecretStr | None, Field(repr=False)] = Field(
        default=None, description="API key for the service that commands use."
    )
    api_key_file: Path | None = Field(default=None, description="File with the API key.")
    ca_file: Path | None = Field(
        default=None,
        description="File with the certificates of the authorities to trust for the service that commands "
        "use, in PEM. Default: those of the system.",
    )

    oidc_file: Path | None = Field(
        default=None,
        description="TOML file with the OpenID Connect providers for signing in. Default: none.",
    )

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
    smtp_password_file: Path | None = Field(
        default=None, description="File with the password at the SMTP server."
    )

    privacy_key: Annotated[SecretStr | None, Field(repr=False)] = Field(
        default=None,
        description="Key of private exports, in hex or base64: `openssl rand -hex 32`. It is never stored.",
    )
    privacy_key_file: Path | None = Field(default=None, description="File with the key of private exports.")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if value not in ("", None)}

    @field_validator("umask")
    @classmethod
    def _check_umask(cls, value: str) -> str:
        if re.fullmatch(UMASK_PATTERN, value) is None:
            raise ValueError("a umask has three octal digits, the first of them 0, like 077, 027 or 022")
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        return value and origin_of(value)

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, value: str) -> str:
        for part in _parts(value):
            try:
                ipaddress.ip_network(part)
            except ValueError:
                message = (
                    "proxies are addresses or networks, separated by commas, like 10.0.0.5 or 10.0.1.0/24"
                )
                raise ValueError(message) from None
        return value

    @field_validator("notice_allowed_networks")
    @classmethod
    def _check_networks(cls, value: str) -> str:
        for part in _parts(value):
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
        return tuple(part.lower() for part in _parts(self.notice_mail_domains))

    @property
    def proxies(self) -> tuple[str, ...]:
        """The addresses and networks of trusted proxies."""
        return _parts(self.trusted_proxies)

    @property
    def file_umask(self) -> int:
        """The umask as a number."""
        return umask_of(self.umask)

    @field_validator(
        "data_dir",
        "exports_dir",
        "privacy_key_file",
        "api_key_file",
        "ca_file",
        "oidc_file",
        "smtp_password_file",
        "destination_secrets",
        mode="after",
    )
    @classmethod
    def _local(cls, path: Path | None) -> Path | None:
        if path is not None and (problem := address_problem(path)) is not None:
            raise ValueError(problem)
        return path

    @field_validator("destination_folders")
    @classmethod
    def _check_folders(cls, value: str) -> str:
        if any(not part.startswith("/") for part in value.split(":") if part):
            raise ValueError("folders are absolute paths, separated by colons, like /mnt/lake:/srv/datasets")
        return value

    @property
    def allowed_destination_folders(self) -> tuple[Path, ...]:
        """The folders in which clients may register destinations."""
        return tuple(Path(part) for part in self.destination_folders.split(":") if part)

    @property
    def read_limits(self) -> ReadLimits:
        """The limits on what a dataset expands to when it is read. A row may hold a line several times."""
        return ReadLimits(
            self.max_decompressed_bytes,
            self.max_compression_ratio,
            max(DEFAULT_LIMITS.row_bytes, 4 * self.max_line_bytes),
            self.max_columns,
        )

    @property
    def effective_database_url(self) -> str:
        """The address of the database: the setting, or the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.expanduser().absolute() / 'lumber.db'}"

    def changed_from_defaults(self) -> dict[str, str]:
        """Return the settings that aren't at their default, as texts. Secrets are only said to be set."""
        found = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value != field.get_default(call_default_factory=True):
                found[name] = str(value) if field.repr else "(set)"
        return found

    @property
    def effective_exports_dir(self) -> Path:
        """The folder for the service's datasets."""
        return (self.exports_dir or self.data_dir / "exports").expanduser().absolute()


def origin_of(url: str) -> str:
    """Return scheme, host and port of the address of a service, in lower case, without a default port.

    Raises ValueError for anything else, also for an address with a path or a password.
    """
    message = "an address of a service has a scheme, a host and no path, like https://lumber.example.org"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(message) from None
    host = parts.hostname
    rest = (parts.path.rstrip("/"), parts.query, parts.fragment, parts.username, parts.password)
    if parts.scheme not in _PORTS or not host or any(rest) or re.fullmatch(_HOST, host) is None:
        raise ValueError(message)
    shown = f"[{host}]" if ":" in host else host.rstrip(".")
    return f"{parts.scheme}://{shown}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _environment(names: Collection[str]) -> dict[str, str]:
    """Return the values of the environment variables that belong to these settings."""
    variables = {name.lower(): value for name, value in os.environ.items()}
    return {name: variables[f"{_PREFIX}{name}"] for name in names if f"{_PREFIX}{name}" in variables}


def load_settings(**overrides: Any) -> Settings:
    """Build the settings from the environment, overridden by the `overrides` that aren't None.

    Raises ConfigError naming the variable, its value and the reason.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [
            FieldProblem(
                field=f"LUMBER_{str(item['loc'][0] if item['loc'] else '').upper()}",
                value=item["input"],
                message=f"{item['msg'].removeprefix('Value error, ')}, got {item['input']!r}",
            )
            for item in error.errors()
        ]
        raise ConfigError(problems) from None
