"""Settings of commands that use a service."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from lumber.settings.part import LocalPath, SettingsPart


class ClientSettings(SettingsPart):
    """Settings of commands that use a service."""

    server: str = Field(
        default="",
        description="Address of a service that commands use instead of the database, such as "
        "https://lumber.example.org; `local` means the database.",
    )
    api_key: Annotated[SecretStr | None, Field(repr=False)] = Field(
        default=None, description="API key for the service that commands use."
    )
    api_key_file: LocalPath | None = Field(default=None, description="File with the API key.")
    ca_file: LocalPath | None = Field(
        default=None,
        description="File with the certificates of the authorities to trust for the service that commands "
        "use, in PEM. Default: those of the system.",
    )
