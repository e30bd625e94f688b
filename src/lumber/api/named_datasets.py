"""Named datasets: their versions, tags, and how many versions are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.access.principal import PrincipalDep
from lumber.api.auditing import ActorDep
from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.errors import DatasetNotFound
from lumber.exports.options.json_types import NO_TEXT
from lumber.exports.versions import listing
from lumber.exports.versions.listing import DatasetDetails
from lumber.exports.visibility import sees_all_owners
from lumber.identity.rights import Principal, Scope
from lumber.store.database import Database

router = APIRouter(prefix="/named-datasets", tags=["named datasets"], route_class=GuardedRoute)

_VERSION: dict[str, Any] = {
    "version": "v12",
    "number": 12,
    "data_version": "1.11.0",
    "export_id": "1c4b6a0e-9a55-4f0e-8a9e-3f2f6c1f5b77",
    "path": "/var/lib/lumber/exports/1c4b6a0e-9a55-4f0e-8a9e-3f2f6c1f5b77",
    "rows": 1_204_000,
    "added": 40_000,
    "changed": 0,
    "removed": 0,
    "state": "published",
    "reason": None,
    "tags": ["production"],
    "parent": 11,
    "is_incremental": True,
    "created_at": "2026-11-29T02:00:41Z",
    "kinds": {
        "logs": {
            "mode": "append",
            "rows": 1_204_000,
            "added": 40_000,
            "changed": 0,
            "removed": 0,
            "templates": {"since": 1, "unmatched": 3_100, "unmatched_added": 900},
        }
    },
}
_DATASET: dict[str, Any] = {
    "name": "plant",
    "versions": 12,
    "latest": _VERSION,
    "held": 0,
    "keep_last": 30,
    "keep_days": None,
    "created_at": "2026-11-01T02:00:00Z",
}
_CHANGES = (
    "bad_request",
    "body_too_large",
    "config_invalid",
    "origin_refused",
    "audit_failed",
    "dataset_not_found",
)
_MAX_LIMIT = 1_000_000


# The limits come first: see NO_TEXT.
_Limit = Annotated[int, Field(ge=1, le=_MAX_LIMIT), NO_TEXT]
NamePath = Annotated[str, Path(description="Name of the dataset, in any case.")]
TagPath = Annotated[str, Path(description="The tag: letters, digits, '.', '_' and '-'.")]


class VersionReport(BaseModel):
    """A version: the whole dataset of its moment, and what it added to the version before."""

    version: str = Field(description="v and the number.")
    number: int = Field(description="Counts the versions of the dataset, from 1.")
    data_version: str = Field(description="Semantic version: patch, the same data; minor, other rows.")
    export_id: str = Field(description="The export that made the version.")
    path: str | None = Field(description="Its folder.")
    rows: int = Field(description="Rows of the whole dataset.")
    added: int = Field(description="Rows that the version before doesn't have.")
    changed: int = Field(description="Rows whose content or split changed.")
    removed: int = Field(description="Rows of the version before that are gone.")
    state: str = Field(description="published, held or dropped.")
    reason: str | None = Field(description="Why it is held, was dropped, or read everything again.")
    tags: list[str] = Field(description="Its tags.")
    parent: int | None = Field(description="Number of the version before, if there is one.")
    is_incremental: bool = Field(description="Whether it was to read new rows only.")
    created_at: datetime = Field(description="Time of its publication.")
    kinds: dict[str, Any] = Field(
        description="By data type: mode (append, whole), rows and changes. With log templates also "
        "templates: the version that mined them (since), and the rows that match none, of all (unmatched) "
        "and of those that were added (unmatched_added); null: not known."
    )


class _Dataset(BaseModel):
    name: str = Field(description="Its name.")
    latest: VersionReport | None = Field(description="The latest published version.")
    held: int = Field(description="Versions that wait for a decision.")
    keep_last: int | None = Field(description="Number of versions that are kept; null: all.")
    keep_days: int | None = Field(description="Days for which versions are kept; null: for ever.")
    created_at: datetime = Field(description="Time of its first export.")


class NamedDatasetReport(_Dataset):
    """A named dataset, with its latest version."""

    versions: int = Field(description="Number of versions.")


class NamedDatasetDetails(_Dataset):
    """A named dataset, with its versions."""

    versions: list[VersionReport] = Field(description="The versions, newest first.")


class NamedDatasetList(BaseModel):
    """All named datasets, by name."""

    datasets: list[NamedDatasetReport]


class TagRequest(BaseModel):
    """The version that gets a tag."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(max_length=100, description="v12, 1.4.0, another tag or latest.")


class TagReport(BaseModel):
    """A tag, and the version that it names."""

    tag: str
    number: int


class KeepRequest(BaseModel):
    """How many versions are kept; null: no limit. The latest, held and tagged ones are always kept."""

    model_config = ConfigDict(extra="forbid")

    last: _Limit | None = Field(default=None, description="Number of newest versions.")
    days: _Limit | None = Field(default=None, description="Age in days.")


TagBody = Annotated[TagRequest, Body(openapi_examples={"by number": {"value": {"version": "v12"}}})]
KeepBody = Annotated[KeepRequest, Body(openapi_examples={"a month": {"value": {"last": 30}}})]


@router.get(
    "",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List named datasets",
    responses=answers(example={"datasets": [_DATASET]}),
)
async def list_named_datasets(service: ServiceDep, principal: PrincipalDep) -> NamedDatasetList:
    """Return the datasets that the caller may see, by name."""
    found = await listing.list_datasets(service.database, owner_of(principal))
    shown = [
        NamedDatasetReport.model_validate(each.as_json()) for each in found if _is_visible(each, principal)
    ]
    return NamedDatasetList(datasets=shown)


@router.get(
    "/{name}",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="Show a named dataset",
    responses=answers("dataset_not_found", example={**_DATASET, "versions": [_VERSION]}),
)
async def get_named_dataset(
    name: NamePath, service: ServiceDep, principal: PrincipalDep
) -> NamedDatasetDetails:
    """Return a dataset with its versions, newest first."""
    found = await visible(service.database, name, principal)
    versions = [each.as_json() for each in found.versions]
    return NamedDatasetDetails.model_validate({**found.as_json(), "versions": versions})


@router.put(
    "/{name}/tags/{tag}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Tag a version",
    responses=answers(*_CHANGES, example={"tag": "production", "number": 12}),
)
async def put_tag(
    name: NamePath,
    tag: TagPath,
    body: TagBody,
    service: ServiceDep,
    principal: PrincipalDep,
    by: ActorDep,
) -> TagReport:
    """Give a version a tag. A tag that another version has moves to this one."""
    await visible(service.database, name, principal)

    async def change(database: Database) -> int:
        return await listing.set_tag(database, name, tag, body.version, owner_of(principal), by=by)

    return TagReport(tag=tag, number=await service.change(change))


@router.delete(
    "/{name}/tags/{tag}",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Remove a tag",
    status_code=204,
    responses=answers("bad_request", "origin_refused", "audit_failed", "dataset_not_found"),
)
async def delete_tag(
    name: NamePath, tag: TagPath, service: ServiceDep, principal: PrincipalDep, by: ActorDep
) -> Response:
    """Remove a tag. The version stays."""
    await visible(service.database, name, principal)

    async def change(database: Database) -> None:
        await listing.remove_tag(database, name, tag, owner_of(principal), by=by)

    await service.change(change)
    return Response(status_code=204)


@router.put(
    "/{name}/keep",
    dependencies=[Needs(Scope.EXPORTS_WRITE)],
    summary="Set how many versions are kept",
    responses=answers(*_CHANGES, example=_DATASET),
)
async def put_keep(
    name: NamePath, body: KeepBody, service: ServiceDep, principal: PrincipalDep, by: ActorDep
) -> NamedDatasetReport:
    """Set the retention of the dataset's versions."""
    await visible(service.database, name, principal)

    async def change(database: Database) -> None:
        await listing.set_retention(database, name, body.last, body.days, owner_of(principal), by=by)

    await service.change(change)
    return NamedDatasetReport.model_validate((await visible(service.database, name, principal)).as_json())


def owner_of(principal: Principal) -> str | None:
    """Return whose datasets a caller sees; None: those of all accounts."""
    return None if sees_all_owners(principal) else principal.user_id


async def visible(database: Database, name: str, principal: Principal) -> DatasetDetails:
    """Return a dataset that the caller may see. Raises DatasetNotFound."""
    found = await listing.get_dataset(database, name, owner_of(principal))
    if not _is_visible(found, principal):
        raise DatasetNotFound(f"There is no dataset {name!r}.")
    return found


def _is_visible(found: DatasetDetails, principal: Principal) -> bool:
    """Say whether a key for some data types may see a dataset: all of its versions have no other."""
    return all(principal.may_use(kind) for version in found.versions for kind in version.kinds)
