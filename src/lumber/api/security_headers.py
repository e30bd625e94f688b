"""The headers that every answer has, whoever makes it: browsers then trust it with as little as possible."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import Message

Header = tuple[bytes, bytes]

# What a browser that displays the answer may load and run. The pages have a policy of their own.
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# Browsers warn about names that they don't know, so these are the established ones.
_UNUSED_FEATURES = (
    "accelerometer", "camera", "clipboard-read", "display-capture", "geolocation", "gyroscope",
    "magnetometer", "microphone", "midi", "payment", "usb",
)  # fmt: skip
_YEAR_SECONDS = 31_536_000
_ALWAYS = {
    # Data of an account. What may be kept says so.
    "cache-control": "no-store",
    "content-security-policy": _NOTHING,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def security_headers(public_url: str) -> Sequence[Header]:
    """Return the headers of a service. Only one with an https URL forbids browsers to come without TLS."""
    found = dict(_ALWAYS)
    if public_url.startswith("https:"):
        # Other hosts of the domain aren't ours to decide about.
        found["strict-transport-security"] = f"max-age={_YEAR_SECONDS}"
    return [(name.encode(), value.encode()) for name, value in found.items()]


def add_missing(start: Message, headers: Sequence[Header]) -> None:
    """Add headers to the start of an answer, except those that it has."""
    present = {name.lower() for name, _ in start["headers"]}
    start["headers"] = [*start["headers"], *(header for header in headers if header[0] not in present)]
