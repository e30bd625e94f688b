"""Finds IP addresses in messages: IPv4 and IPv6, also with a port or in brackets."""

from __future__ import annotations

import re

import polars as pl

from lumber.catalog.addresses import parse_address
from lumber.ingest.upsert import COLUMNS

# A token that may be an address, and one character before it that cannot belong to one. It extends as far
# as possible, so that the check gets `1.2.3.4.5` and not `1.2.3.4`.
_V4 = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"
_V6 = r"(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}"
_TOKEN = rf"(?:^|[^0-9A-Za-z_.%-])(?:{_V6}|{_V4})[0-9A-Za-z_.:%-]*"
_MAYBE = r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){7}"
# The character before a token. A colon is part of the token if `::` begins there.
_SEPARATOR = re.compile(r"[^0-9A-Za-z:]|:(?!:)")
_MAX_KNOWN = 200_000
_PORT = re.compile(r":\d{1,5}")
_EUI64 = re.compile(r"(?:[0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2}")
_DIGIT = re.compile(r"\d")


def addresses_in(token: str) -> tuple[str, ...]:
    """Return the addresses in a token, in canonical form; none if it is something else.

    A port, a zone and the end of a sentence may follow; a range `a-b` is two addresses. A bare `::`, a name
    such as `dead::beef` without a digit, and a hardware address of eight octets are not addresses.
    """
    text = token.rstrip(".:-").split("%", 1)[0] if not token.endswith("::") else token
    if "." in text and _PORT.fullmatch(text[text.rfind(":") :] if ":" in text else ""):
        text = text[: text.rfind(":")]
    if "-" in text:
        ends = [parse_address(part) for part in text.split("-")]
        return tuple(end.text for end in ends if end) if len(ends) == 2 and all(ends) else ()
    if not _DIGIT.search(text) or _EUI64.fullmatch(text):
        return ()
    address = parse_address(text)
    return (address.text,) if address else ()


class AddressFinder:
    """Finds the addresses in messages. Caches the result for each token, because tokens repeat."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    def derive(self, times: pl.Series, messages: pl.Series) -> pl.DataFrame:
        """Return rows for ip_addresses from messages and their times: one sighting per message."""
        lines = pl.DataFrame([times.alias("timestamp"), messages.alias("message")])
        found = lines.filter(pl.col("message").str.contains(_MAYBE))
        found = found.with_row_index("row").with_columns(
            pl.col("message").str.extract_all(_TOKEN).alias("token")
        )
        found = found.select("row", "timestamp", "token").explode("token").drop_nulls("token")
        seen = found.join(self._looked_up(found["token"]), on="token")
        # A line is one sighting, even if it has the address several times.
        if seen["row"].is_duplicated().any():
            seen = seen.unique(["row", "address"])
        counted = seen.group_by("address").agg(
            pl.col("timestamp").min().alias("first_seen"),
            pl.col("timestamp").max().alias("last_seen"),
            pl.len().cast(pl.Int64).alias("sightings"),
        )
        missing = [name for name in COLUMNS if name not in counted.columns]
        nulls = [pl.lit(None, COLUMNS[name]).alias(name) for name in missing]
        return counted.with_columns(nulls).select(list(COLUMNS)).sort("address")

    def _looked_up(self, tokens: pl.Series) -> pl.DataFrame:
        """Return a frame of token and address for the tokens that are addresses."""
        if len(self._known) > _MAX_KNOWN:
            self._known.clear()
        found: list[str] = []
        addresses: list[str] = []
        for token in tokens.unique().to_list():
            known = self._known.get(token)
            if known is None:
                has_separator = _SEPARATOR.match(token) is not None
                known = self._known[token] = addresses_in(token[1:] if has_separator else token)
            for address in known:
                found.append(token)
                addresses.append(address)
        return pl.DataFrame(
            {"token": found, "address": addresses}, schema={"token": pl.String, "address": pl.String}
        )
