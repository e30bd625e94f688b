"""The frozen test sets that a gate may name."""

from __future__ import annotations

import asyncio
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lumber.api.access.guarded_route import GuardedRoute
from lumber.api.access.needs import Needs
from lumber.api.documents import answers
from lumber.api.service import ServiceDep
from lumber.exports.gates.freezing import list_test_sets
from lumber.identity.rights import Scope

router = APIRouter(prefix="/test-sets", tags=["named datasets"], route_class=GuardedRoute)

_EXAMPLE = {"name": "plant-test", "rows": 12_000, "frozen_at": "2026-11-01T09:30:00Z"}


class FrozenTestSetReport(BaseModel):
    """Hashes of the rows that a model is judged by."""

    name: str = Field(description="Its name, for `test_set.name` of a gate.")
    rows: int = Field(description="Distinct rows.")
    frozen_at: datetime = Field(description="When they were frozen.")


class FrozenTestSetList(BaseModel):
    """The frozen test sets on the machine of the service, by name."""

    test_sets: list[FrozenTestSetReport]


@router.get(
    "",
    dependencies=[Needs(Scope.EXPORTS_READ)],
    summary="List frozen test sets",
    responses=answers("config_invalid", example={"test_sets": [_EXAMPLE]}),
)
async def get_test_sets(service: ServiceDep) -> FrozenTestSetList:
    """Return the test sets that `lumber datasets freeze-test` made on the service's machine."""
    found = await asyncio.to_thread(list_test_sets, service.settings)
    return FrozenTestSetList.model_validate({"test_sets": [each.as_json() for each in found]})
