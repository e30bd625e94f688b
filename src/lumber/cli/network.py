"""Where the service may listen: on this machine, or on a network if there are accounts."""

from __future__ import annotations

import asyncio
import ipaddress

import typer

from lumber.cli.exports.finding import open_ledger
from lumber.cli.runtime import Runtime
from lumber.errors import DatabaseMissing
from lumber.identity.users import are_accounts_on

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_HOST = "--host"


def address_of(host: str) -> Address:
    """Return the address that a host means. Raises typer.BadParameter for names other than localhost."""
    try:
        return ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
    except ValueError:
        raise typer.BadParameter(
            f"{host!r} is not an address. Use localhost, 127.0.0.1 or ::1, or an address of this machine.",
            param_hint=_HOST,
        ) from None


def require_accounts(runtime: Runtime, host: str, address: Address) -> None:
    """Raise typer.BadParameter for what isn't safe on a network.

    That is another address than the loopback, or a public URL, while there are no accounts, and another
    address without a public URL.
    """
    public_url = runtime.settings.public_url
    if address.is_loopback and not public_url:
        return
    what, hint = (
        (f"The address {host!r}", _HOST) if not address.is_loopback else ("A public URL", "--public-url")
    )
    if not asyncio.run(_have_accounts(runtime)):
        raise typer.BadParameter(
            f"{what} needs accounts, and there are none: create the first one with `lumber user add NAME "
            "--role admin`, or serve only this machine with --host 127.0.0.1.",
            param_hint=hint,
        )
    if not public_url:
        raise typer.BadParameter(
            f"{what} needs --public-url: the address that people use, such as https://lumber.example.org.",
            param_hint=hint,
        )


def warning_of(runtime: Runtime, address: Address) -> str | None:
    """Return what is unsafe about an address, if anything."""
    if address.is_loopback or runtime.settings.public_url.startswith("https:"):
        return None
    return "API keys and data cross the network unencrypted: use a proxy with TLS and an https URL."


async def _have_accounts(runtime: Runtime) -> bool:
    try:
        async with open_ledger(runtime) as database, database.session() as session:
            return await are_accounts_on(session)
    except DatabaseMissing:
        return False
