"""Destinations as clients of the service give and see them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from lumber.destinations.adding import Wanted
from lumber.destinations.credentials import Credentials, Source, check_secrets, read_secrets
from lumber.destinations.managed_secrets import keep_secrets
from lumber.destinations.options import DestinationOptions
from lumber.destinations.registry import NAME_PATTERN, Destination
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.options.json_types import Flag
from lumber.settings import Settings

GIVEN: dict[str, Any] = {
    "name": "lake",
    "url": "s3://datasets/lumber",
    "options": {"endpoint": "http://127.0.0.1:9000"},
    "secrets": {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "write-only"},
}
FOLDER: dict[str, Any] = {"name": "nas", "url": "/mnt/nas/datasets", "create": True}
DESTINATION: dict[str, Any] = {
    "name": "lake",
    "url": "s3://datasets/lumber",
    "kind": "s3",
    "options": {"endpoint": "http://127.0.0.1:9000"},
    "credentials": "file",
    "promises": {
        "conditional_put": True,
        "conditional_update": True,
        "multipart": True,
        "list": True,
        "delete": True,
    },
    "status": "ok",
    "message": "",
    "probed_at": "2026-11-29T12:00:00Z",
    "created_at": "2026-11-29T12:00:00Z",
}
SecretName = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class NewDestination(BaseModel):
    """A destination to register. It is checked first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME_PATTERN, description="Unique name, in any case.")
    url: str = Field(
        min_length=1,
        max_length=1_000,
        description="/folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix, without "
        "credentials. Folders must be in one that LUMBER_DESTINATION_FOLDERS names.",
    )
    options: DestinationOptions = Field(
        default=DestinationOptions(), description="How the store is reached. Which apply depends on the kind."
    )
    secrets: Annotated[dict[SecretName, SecretStr], Field(max_length=10)] | None = Field(
        default=None,
        description="Write-only: access_key_id, secret_access_key and session_token for s3, "
        "service_account_key for gs, account_key or sas_token for az. Null: those of the service's platform.",
    )
    secret_file: Annotated[str, StringConstraints(min_length=1, max_length=1_000)] | None = Field(
        default=None,
        description="Instead of secrets: a file on the service's machine, in LUMBER_DESTINATION_SECRETS.",
    )

    create: Flag = Field(default=False, description="Make the folder if it doesn't exist. Not for buckets.")

    def wanted(self, settings: Settings) -> Wanted:
        """Return it, checked. Raises ConfigError."""
        wanted = Wanted.parse(self.name, self.url, self.options.model_dump(exclude_defaults=True))
        wanted.require_below(settings.allowed_destination_folders)
        wanted.require_outside(settings.effective_exports_dir)
        wanted.require_folder(creates=self.create, how="create")
        if self.secrets is not None and self.secret_file is not None:
            raise ConfigError([FieldProblem("secret_file", None, "can't be given together with secrets")])
        is_platform = self.secrets is None and self.secret_file is None
        if is_platform and wanted.options.endpoint is not None:
            # The platform's own secrets could be sent anywhere.
            message = "are required with an endpoint"
            raise ConfigError([FieldProblem("secrets", None, message)])
        return wanted

    def credentials(self, wanted: Wanted, settings: Settings) -> Credentials:
        """Return where the secrets are. Those that the client sent are written to a file of the service.

        Raises ConfigError, and OutputError if the file can't be written.
        """
        kind = wanted.address.kind
        if self.secrets is not None:
            given = {name: value.get_secret_value() for name, value in self.secrets.items()}
            return keep_secrets(settings.data_dir, check_secrets(kind, given))
        if self.secret_file is None:
            return Credentials()
        folder, path = settings.destination_secrets, Path(self.secret_file)
        if folder is None or not path.is_absolute() or not _is_in(path, folder):
            message = "must be in the folder LUMBER_DESTINATION_SECRETS of the service"
            raise ConfigError([FieldProblem("secret_file", self.secret_file, message)])
        read_secrets(path, kind)
        return Credentials(Source.FILE, path)


class PromiseReport(BaseModel):
    """What a destination was found to do as it should."""

    conditional_put: bool = Field(description="It doesn't overwrite if it is told not to.")
    conditional_update: bool = Field(description="It compares before it replaces.")
    multipart: bool = Field(description="It takes large files in parts.")
    list: bool = Field(description="It lists what is there.")
    delete: bool = Field(description="It deletes.")


class DestinationReport(BaseModel):
    """A registered destination, without secrets."""

    name: str
    url: str = Field(description="Its address, always in the same form.")
    kind: str = Field(description="folder, s3, gcs or azure.")
    options: DestinationOptions
    credentials: str = Field(description="Where its secrets come from: platform, file or environment.")
    promises: PromiseReport
    status: str = Field(description="ok, limited (it doesn't promise everything) or failing.")
    message: str = Field(description="What it doesn't promise, or what fails, in words.")
    probed_at: datetime = Field(description="Time of the last check.")
    created_at: datetime

    @classmethod
    def of(cls, found: Destination) -> DestinationReport:
        """Build the report."""
        return cls(
            name=found.name,
            url=found.address.url,
            kind=found.address.kind.value,
            options=found.options,
            credentials=found.credentials.source.value,
            promises=PromiseReport(**found.promises.as_json()),
            status=found.probe.status.value,
            message=found.probe.message,
            probed_at=found.probe.probed_at,
            created_at=found.created_at,
        )


class DestinationList(BaseModel):
    """All destinations."""

    destinations: list[DestinationReport]


def _is_in(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
