"""Counts calls. A call counts for its address until it is known whose it is."""

from __future__ import annotations

import math
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass

from starlette.types import Scope

from lumber.api.limits.callers import address_of, fingerprint_of, holder_of
from lumber.api.limits.rate import RateLimit
from lumber.api.limits.slots import Held, Slots
from lumber.errors import TooManyRequests
from lumber.identity import rights
from lumber.identity.rights import Principal
from lumber.settings import Settings

_MOST_HOLDERS = 10_000
_CHARGE = "charge"
_STARTING = frozenset({rights.Scope.EXPORTS_WRITE, rights.Scope.INGEST_WRITE})


@dataclass(frozen=True, slots=True)
class _Charge:
    """Where a call was counted."""

    limit: RateLimit
    key: str


class CallLimits:
    """The limits of one process. Only services with accounts count calls.

    Whoever was admitted a moment ago counts for the key or the account at once. So a flood of others from the
    same address doesn't lock them out, and asks the database nothing once the address is at its limit.
    """

    def __init__(self, settings: Settings) -> None:
        self._requests = RateLimit(settings.requests_per_minute)
        self._addresses = RateLimit(settings.address_requests_per_minute)
        self._creates = RateLimit(settings.creates_per_minute)
        self._slots = {
            Held.STREAM: Slots(settings.max_streams, "event streams"),
            Held.DOWNLOAD: Slots(settings.max_downloads, "downloads"),
        }
        self._holders: OrderedDict[bytes, str] = OrderedDict()

    def meet(self, scope: Scope) -> None:
        """Count a request before anything else is known of it. Raises TooManyRequests."""
        fingerprint = fingerprint_of(scope)
        holder = None if fingerprint is None else self._holders.get(fingerprint)
        if fingerprint is not None and holder is not None:
            self._holders.move_to_end(fingerprint)
        if holder is None:
            self._charge(scope, _Charge(self._addresses, address_of(scope)), "this address")
        else:
            self._charge(scope, _Charge(self._requests, holder), "this key or account")

    def admit(self, scope: Scope, principal: Principal, needed: rights.Scope | None) -> None:
        """Count a call for its key or account, and no longer for the address. Raises TooManyRequests."""
        holder = holder_of(principal)
        if holder is None:
            return
        charge, before = _Charge(self._requests, holder), scope.setdefault("state", {}).get(_CHARGE)
        if before != charge:
            if before is not None:
                before.limit.give_back(before.key)
            self._remember(fingerprint_of(scope), holder)
            self._charge(scope, charge, "this key or account")
        if scope["method"] == "POST" and needed in _STARTING:
            _take(_Charge(self._creates, holder), "this key or account, that start work")

    def refuse(self, scope: Scope) -> None:
        """Count a call of nobody, who may have been somebody before, for the address."""
        fingerprint, address = fingerprint_of(scope), _Charge(self._addresses, address_of(scope))
        if fingerprint is not None:
            self._holders.pop(fingerprint, None)
        if scope.setdefault("state", {}).get(_CHARGE) not in (None, address):
            address.limit.take(address.key)

    def hold(self, principal: Principal, held: Held | None) -> ExitStack:
        """Count what a call keeps open, until the end of what is returned. Raises TooManyRequests."""
        holder, until = holder_of(principal), ExitStack()
        if held is not None and holder is not None:
            self._slots[held].take(holder)
            until.callback(self._slots[held].release, holder)
        return until

    def _charge(self, scope: Scope, charge: _Charge, whose: str) -> None:
        _take(charge, whose)
        scope.setdefault("state", {})[_CHARGE] = charge

    def _remember(self, fingerprint: bytes | None, holder: str) -> None:
        if fingerprint is not None:
            self._holders[fingerprint] = holder
            if len(self._holders) > _MOST_HOLDERS:
                self._holders.popitem(last=False)


def _take(charge: _Charge, whose: str) -> None:
    if wait := charge.limit.take(charge.key):
        seconds = math.ceil(wait)
        raise TooManyRequests(f"There are too many calls of {whose}. Try again in {seconds} s.", seconds)
