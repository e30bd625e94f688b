"""The export policies of whoever makes a call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import HTTPConnection

from lumber.api.access.refusals import record_refusal
from lumber.api.service import Service
from lumber.catalog.registry import get_kind
from lumber.errors import PolicyRefused, QuotaExceeded
from lumber.exports.config import ExportConfig
from lumber.exports.guests import sourced
from lumber.exports.inventory import KindDetails, KnownValues
from lumber.exports.parsing import parse_config
from lumber.exports.policies.applicable import EVERYTHING, judge_of, judge_of_account
from lumber.exports.policies.judging import Judge
from lumber.exports.policies.quotas import require_any_room, use_of
from lumber.exports.preview_report import KindPreview
from lumber.exports.publishing import address_of
from lumber.identity.policies.document import DOWNLOAD
from lumber.identity.rights import Principal


async def get_judge(service: Service, connection: HTTPConnection) -> Judge:
    """Return the policies of who makes an admitted call."""
    principal: Principal = connection.state.principal
    if principal.user_id is None:
        return EVERYTHING
    async with service.database.session() as session:
        return await judge_of(session, principal)


async def require_allowed(
    service: Service, connection: HTTPConnection, config: ExportConfig, destination: str | None = None
) -> Judge:
    """Return the policies if all of them allow an export; without a destination, a preview of it.

    Raises PolicyRefused or QuotaExceeded, and records it.
    """
    judge = await get_judge(service, connection)
    await recorded(service, connection, lambda: judge.require(config, destination))
    if destination is not None:
        principal: Principal = connection.state.principal
        await _require_room(service, connection, judge, principal.user_id)
    return judge


async def _require_room(
    service: Service, connection: HTTPConnection, judge: Judge, user_id: str | None
) -> None:
    """Raise QuotaExceeded, and record it, if an account used up a quota of its exports."""
    if user_id is not None and judge.has_quotas:
        async with service.database.session() as session:
            use = await use_of(session, user_id)
        await recorded(service, connection, lambda: require_any_room(judge.policies, use))


async def require_destination(service: Service, connection: HTTPConnection) -> None:
    """Raise PolicyRefused, and record it, unless the caller may download results."""
    judge = await get_judge(service, connection)
    await recorded(service, connection, lambda: judge.require_destination(DOWNLOAD))


async def recorded(service: Service, connection: HTTPConnection, check: Callable[[], Any]) -> None:
    """Make a check of policies. Raises PolicyRefused or QuotaExceeded, and records it."""
    try:
        check()
    except (PolicyRefused, QuotaExceeded) as error:
        route = connection.scope["route"].path_format
        await record_refusal(service, connection, route, connection.state.admitted, error)
        raise


async def require_whole_rows(service: Service, connection: HTTPConnection, kind: str) -> None:
    """Raise PolicyRefused, and record it, unless the caller may see rows of a kind as they were loaded."""
    judge = await get_judge(service, connection)
    await recorded(service, connection, lambda: judge.require_whole_rows(kind))


async def require_retry(service: Service, connection: HTTPConnection, export_id: str) -> None:
    """Check an export that is about to be queued again, by the policies of its owner and of the caller.

    Raises PolicyRefused, and records it. Raises ExportNotFound.
    """
    principal: Principal = connection.state.principal
    if principal.user_id is None:
        return
    stored, owner_id = await service.ledger.config_and_owner(export_id)
    judges = [await get_judge(service, connection)]
    await _require_room(service, connection, judges[0], principal.user_id)
    if owner_id is not None and owner_id != principal.user_id:
        async with service.database.session() as session:
            judges.append(await judge_of_account(session, owner_id))
        await _require_room(service, connection, judges[1], owner_id)
    judges = [judge for judge in judges if judge.policies]
    if judges:
        config = parse_config(stored)
        async with service.database.session() as session:
            place = await address_of(session, config) or DOWNLOAD
        async with sourced(config, service.database):
            for judge in judges:
                await recorded(service, connection, partial(judge.require, config, place))


def without_hidden(preview: KindPreview, judge: Judge) -> KindPreview:
    """Return a preview whose rows, as they are stored, show nothing that the policies hide."""
    if not judge.policies:
        return preview
    rows = [] if judge.is_private else preview.sample.before
    shown = [
        {name: value for name, value in row.items() if judge.allows_column(preview.kind, name)}
        for row in rows
    ]
    sample = preview.sample.model_copy(update={"before": shown})
    replacements = [
        each.model_copy(update={"examples": []}) if judge.is_private else each
        for each in preview.replacements
        if judge.allows_column(preview.kind, each.column)
    ]
    return preview.model_copy(update={"sample": sample, "replacements": replacements})


def without_hidden_values(details: KindDetails, judge: Judge) -> KindDetails:
    """Return a data type without filters on hidden columns, and without values that may not be exported."""
    if not judge.policies:
        return details
    kind = get_kind(details.kind)
    filters = []
    for each in details.filters:
        if not judge.allows_filter(kind, kind.filterable[each.name]):
            continue
        known = each.known
        if each.name == kind.process_column and judge.processes is not None and known is not None:
            known = _only(known, judge.processes)
        elif judge.hides_rows:
            known = None
        filters.append(each.model_copy(update={"known": known}))
    return details.model_copy(update={"filters": filters})


def _only(known: KnownValues, allowed: frozenset[str]) -> KnownValues:
    values = [each for each in known.values if each.value in allowed]
    return known.model_copy(update={"values": values, "total": len(values)})
