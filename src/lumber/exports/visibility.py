"""Which exports a principal may use: the one rule for every query that lists, counts, adds up or hands out.

An account uses the exports that it created, an admin all of them. An API key for some kinds uses those that
read no other kind.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from lumber.identity.rights import Principal, Role, Scope
from lumber.store.models import ExportStatus

if TYPE_CHECKING:
    from lumber.exports.config import ExportConfig


def usable(
    principal: Principal | None, scope: Scope = Scope.EXPORTS_READ
) -> Sequence[sa.ColumnElement[bool]]:
    """Return the conditions on exports that leave those on which a principal may use a scope.

    None is the command line, which uses all. No conditions: all exports.
    """
    if principal is None:
        return ()
    found: list[sa.ColumnElement[bool]] = []
    if not sees_all_owners(principal):
        # Sharing belongs here: another condition for EXPORTS_READ.
        found.append(ExportStatus.owner_id == principal.user_id)
    if principal.kinds is not None:
        found.append(_reads_only(principal.kinds))
    return found


def sees_all_owners(principal: Principal) -> bool:
    """Say whether a principal uses the exports of all accounts: the machine itself, and admins."""
    return principal.user_id is None or principal.role is Role.ADMIN


def sees_everything(principal: Principal) -> bool:
    """Say whether no export is hidden from a principal."""
    return sees_all_owners(principal) and principal.kinds is None


def kinds_read(config: ExportConfig) -> Sequence[str]:
    """Return the kinds whose rows an export reads, sorted: labels come from rows of another kind."""
    labelling = [kind.labels_from.kind for kind in config.kinds if kind.labels_from] if config.labels else []
    return sorted({*config.data_types, *labelling})


def stored_kinds(kinds: Collection[str]) -> str:
    """Return kinds as the ledger stores them."""
    return "".join(_quoted(kind) for kind in sorted(kinds))


def _reads_only(kinds: Collection[str]) -> sa.ColumnElement[bool]:
    """Say whether nothing is left without the allowed kinds: a kind that nobody knows any more is left."""
    rest: sa.ColumnElement[str] = sa.type_coerce(ExportStatus.read_kinds, sa.Text())
    for kind in sorted(kinds):
        rest = sa.func.replace(rest, _quoted(kind), "", type_=sa.Text())
    return rest == ""


def _quoted(kind: str) -> str:
    return json.dumps(kind, ensure_ascii=False)
