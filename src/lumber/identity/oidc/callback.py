"""With what a browser comes back from a provider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Callback:
    """The parameters of the address, each of them given at most once. `issuer` is that of RFC 9207."""

    code: str | None
    error: str | None
    issuer: str | None
