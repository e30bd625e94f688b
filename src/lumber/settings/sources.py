"""Settings of loading: uploads, live sources, and limits on what is read."""

from __future__ import annotations

from pydantic import Field

from lumber.files.expansion import DEFAULT_LIMITS, ReadLimits
from lumber.settings.part import SettingsPart


class SourceSettings(SettingsPart):
    """Settings of loading: uploads, live sources, and limits on what is read."""

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

    @property
    def read_limits(self) -> ReadLimits:
        """The limits on what a dataset expands to when it is read. A row may hold a line several times."""
        return ReadLimits(
            self.max_decompressed_bytes,
            self.max_compression_ratio,
            max(DEFAULT_LIMITS.row_bytes, 4 * self.max_line_bytes),
            self.max_columns,
        )
