"""Which exports a principal may use: the one rule for every query that lists, counts, adds up or hands out.

An account uses the exports that it created, and reads those that are shared with it or its role. An admin
uses all of them. An API key for some kinds uses those that read no other kind.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from lumber.identity.rights import Principal, Role, Scope
from lumber.store.models import ExportStatus

if TYPE_CHECKING:
    from lumber.exports.config import ExportConfig

# The model would load those of all tables.
_SHARES = sa.table(
    "export_shares", *(sa.column(name, sa.Text()) for name in ("export_id", "user_id", "role"))
)


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
        is_own = ExportStatus.owner_id == principal.user_id
        found.append(sa.or_(is_own, shared_with(principal)) if scope is Scope.EXPORTS_READ else is_own)
    if principal.kinds is not None:
        found.append(reads_only(ExportStatus.read_kinds, principal.kinds))
    return found


def shared_with(principal: Principal) -> sa.ColumnElement[bool]:
    """Say whether an export is shared with an account, or with the role that it has now."""
    with_it = sa.or_(_SHARES.c.user_id == principal.user_id, _SHARES.c.role == principal.role.value)
    return ExportStatus.id.in_(sa.select(_SHARES.c.export_id).where(with_it))


def sees_all_owners(principal: Principal) -> bool:
    """Say whether a principal uses the exports of all accounts: the machine itself, and admins."""
    return principal.user_id is None or principal.role is Role.ADMIN


def sees_everything(principal: Principal) -> bool:
    """Say whether no export is hidden from a principal."""
    return sees_all_owners(principal) and principal.kinds is None


def kinds_read(config: ExportConfig) -> Sequence[str]:
    """Return the kinds whose rows an export reads, sorted.

    Labels come from rows of another kind. So does the split of rows that follow a leader. A kind that the
    mapping of a source declares has neither.
    """
    from lumber.catalog.registry import all_kinds  # the kinds load Polars and pyarrow

    known = all_kinds()
    kinds = [known[name] for name in config.data_types if name in known]
    labelling = [kind.labels_from.kind for kind in kinds if kind.labels_from] if config.labels else []
    has_split = config.split.mode.value != "none"
    leading = [kind.leader.kind for kind in kinds if kind.leader] if has_split else []
    return sorted({*config.data_types, *labelling, *leading})


def stored_kinds(kinds: Collection[str]) -> str:
    """Return kinds as the ledger stores them."""
    return "".join(_quoted(kind) for kind in sorted(kinds))


def reads_only(read_kinds: Any, kinds: Collection[str]) -> sa.ColumnElement[bool]:
    """Say whether nothing is left without the allowed kinds: a kind that nobody knows any more is left."""
    rest: sa.ColumnElement[str] = sa.type_coerce(read_kinds, sa.Text())
    for kind in sorted(kinds):
        rest = sa.func.replace(rest, _quoted(kind), "", type_=sa.Text())
    return rest == ""


def _quoted(kind: str) -> str:
    return json.dumps(kind, ensure_ascii=False)
