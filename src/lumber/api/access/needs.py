"""What a route needs, declared at the route, and shown by the OpenAPI document.

    @router.get("/{export_id}", dependencies=[Needs(Scope.EXPORTS_READ)])

What a path parameter names is checked too: see `concerns`. `guarded_route` does all checks before the body is
read. The dependency itself only makes sure that they were done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request, Security, params
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from lumber.api.limits.slots import Held
from lumber.identity.rights import Scope

API_KEY = "apiKey"


@dataclass(frozen=True)
class Need(SecurityBase):
    """The right that a route needs. `of_all` also needs a principal from whom no export is hidden.

    `holds` is what a call keeps open until its answer has been sent. Without a scope, it is one's own
    account: any account that is signed in with a browser may make the call, and no key.
    """

    scope: Scope | None
    of_all: bool = False
    holds: Held | None = None

    # What the OpenAPI document says about it. Another way to sign in is another scheme beside this one.
    model = HTTPBearer(
        bearerFormat="lmb_ID_SECRET",
        description="An API key: `lumber key create` makes one. Without accounts, no call needs it.",
    )
    scheme_name = API_KEY

    async def __call__(self, request: Request) -> None:
        """Make sure that the call was admitted. Raises RuntimeError for a route that isn't guarded."""
        if getattr(request.state, "admitted", None) != self:
            raise RuntimeError(f"{request.url.path} was called without a check of {self.scope}")


class Everybody:
    """The declaration of a route that needs nothing."""

    async def __call__(self) -> None:
        """Do nothing."""


# Both are written where FastAPI takes dependencies, so they have the capitals of its own functions.
def Needs(scope: Scope, *, of_all: bool = False, holds: Held | None = None) -> Any:  # noqa: N802
    """Declare that a route needs a scope. `of_all`: its answer tells of the exports of all accounts.

    `holds`: its answer is a stream or a download, and each key or account may have some at a time.
    """
    return Security(Need(scope, of_all, holds), scopes=[scope.value])


def NeedsSession() -> Any:  # noqa: N802
    """Declare that a route is about one's own account, and needs a sign-in with a browser."""
    return Security(Need(None), scopes=[])


def Public() -> Any:  # noqa: N802
    """Declare that anybody may call a route, also when there are accounts."""
    return Depends(Everybody())


def declared(place: str, dependencies: Sequence[params.Depends]) -> Need | None:
    """Return what a route needs; None if it is public. Raises RuntimeError unless exactly one is declared."""
    found = [each.dependency for each in dependencies if isinstance(each.dependency, Need | Everybody)]
    if len(found) != 1:
        raise RuntimeError(f"{place} must declare what it needs: Needs(Scope...) or Public(), once")
    return found[0] if isinstance(found[0], Need) else None
