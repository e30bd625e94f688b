"""Sends one delivery now, for somebody who waits to see whether it arrives."""

from __future__ import annotations

from lumber.errors import NoticeNotFound
from lumber.notices.addresses import resolved
from lumber.notices.delivering import Sender
from lumber.notices.outbox import Delivery, find_delivery
from lumber.notices.webhook import Resolver
from lumber.settings import Settings
from lumber.store.database import Database


async def send_now(
    database: Database, settings: Settings, delivery_id: str, *, resolve: Resolver = resolved
) -> Delivery:
    """Send a delivery and return it, unless another process is sending it: then return it as it is.

    Raises NoticeNotFound if the notice was deleted meanwhile.
    """
    sender = Sender(database, settings, resolve=resolve)
    try:
        claimed = await sender.claim(delivery_id)
        if claimed is not None:
            await sender.deliver(claimed)
    finally:
        sender.close()
    async with database.session() as session:
        found = await find_delivery(session, delivery_id)
    if found is None:
        raise NoticeNotFound("The notice was deleted while its test was sent.")
    return found
