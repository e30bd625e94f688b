"""Where the tables of a dataset are, and what the libraries of table formats need to reach it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lumber.destinations.address import Address, Kind
from lumber.destinations.credentials import Credentials
from lumber.destinations.layout import root_of
from lumber.destinations.options import DestinationOptions
from lumber.destinations.registry import Destination
from lumber.destinations.tables.table import TableFormat, VersionTable, require_library
from lumber.errors import ConfigError, FieldProblem

TABLES = "tables"


@dataclass(frozen=True, slots=True)
class TablePlace:
    """A folder or a prefix in which each kind has a table; `kind` is that of the place."""

    url: str
    kind: Kind
    options: DestinationOptions = field(default_factory=DestinationOptions)
    credentials: Credentials = field(default_factory=Credentials)


def beside(destination: Destination, dataset: str, format: TableFormat) -> TablePlace:
    """Return the place beside the versions of a dataset in a destination."""
    url = destination.address.below(f"{root_of(dataset)}/{TABLES}/{format.value}")
    return TablePlace(url, destination.address.kind, destination.options, destination.credentials)


def at_address(address: Address) -> TablePlace:
    """Return the place at an address. The environment has the credentials."""
    return TablePlace(address.url.rstrip("/"), address.kind)


def table_opener(
    format: TableFormat, place: TablePlace, dataset: str, catalog: str
) -> Callable[[str], VersionTable]:
    """Return what opens the table of a kind. `catalog` is the database of an Iceberg catalog.

    Raises ConfigError if the library for the format isn't installed, or can't reach such a place.
    """
    require_library(format)
    if format is TableFormat.DELTA:
        from lumber.destinations.tables.delta import VersionsInDelta

        options = _delta_options(place)
        return lambda kind: VersionsInDelta(f"{place.url}/{kind}", dataset, options)
    from lumber.destinations.tables.iceberg import VersionsInIceberg

    properties = _iceberg_properties(place)
    return lambda kind: VersionsInIceberg(catalog, f"{place.url}/{kind}", dataset, kind, properties)


def _delta_options(place: TablePlace) -> dict[str, str]:
    options, secrets = place.options, place.credentials.load(place.kind) or {}
    if place.kind is Kind.S3:
        is_path_style = options.path_style if options.path_style is not None else options.endpoint is not None
        return _set(
            AWS_ENDPOINT_URL=options.endpoint,
            AWS_REGION=options.region or ("us-east-1" if options.endpoint else None),
            AWS_ALLOW_HTTP="true" if options.allow_http or options.is_local else None,
            AWS_VIRTUAL_HOSTED_STYLE_REQUEST=None if is_path_style else "true",
            AWS_ACCESS_KEY_ID=secrets.get("access_key_id"),
            AWS_SECRET_ACCESS_KEY=secrets.get("secret_access_key"),
            AWS_SESSION_TOKEN=secrets.get("session_token"),
        )
    if place.kind is Kind.GCS:
        return _set(google_service_account_key=secrets.get("service_account_key"))
    if place.kind is Kind.AZURE:
        return _set(
            azure_storage_account_name=options.account,
            azure_storage_endpoint=options.endpoint,
            azure_storage_account_key=secrets.get("account_key"),
            azure_storage_sas_token=secrets.get("sas_token"),
        )
    return {}


def _iceberg_properties(place: TablePlace) -> Mapping[str, str]:
    options, secrets = place.options, place.credentials.load(place.kind) or {}
    if place.kind is Kind.S3:
        return _set(
            **{
                "s3.endpoint": options.endpoint,
                "s3.region": options.region or ("us-east-1" if options.endpoint else None),
                "s3.access-key-id": secrets.get("access_key_id"),
                "s3.secret-access-key": secrets.get("secret_access_key"),
                "s3.session-token": secrets.get("session_token"),
            }
        )
    if place.kind is Kind.FOLDER:
        return {}
    message = f"tables of Iceberg can be in a folder or on s3, and {place.url} is neither. Use delta"
    raise ConfigError([FieldProblem("format", TableFormat.ICEBERG.value, message)])


def _set(**values: Any) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}
