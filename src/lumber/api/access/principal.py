"""Who makes the call that is being handled."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from lumber.identity.rights import Principal


async def get_principal(connection: HTTPConnection) -> Principal:
    """Return who makes a call. Only guarded routes have a principal."""
    principal: Principal = connection.state.principal
    return principal


PrincipalDep = Annotated[Principal, Depends(get_principal)]
