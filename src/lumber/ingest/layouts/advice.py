"""What to do about lines without a time that can be known."""

from __future__ import annotations

# How such a line begins, and why it is rejected.
ADVICE = (
    (  # Python's logging.basicConfig without a format
        r"^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]+:",
        "has a level and a logger, but no time; write the time, for example with %(asctime)s in Python",
    ),
    (
        r"^\[ *[0-9]{1,9}\.[0-9]{3,6}\] ",
        "has seconds since the start of the system, but no time; use `dmesg --time-format iso`, or "
        "`journalctl --dmesg --output short-iso`",
    ),
    (
        r"^\[?[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?\b",
        "has a time of day, but no date; write the date, too",
    ),
    (
        r"^\W{0,2}[0-9]{1,2}[/.-][0-9]{1,2}[/.-](?:[0-9]{4}|[0-9]{2})[ ,T:-]+[0-9]{1,2}:[0-9]{2}",
        "has a date whose order of day, month and year is not known; give a --pattern with a timestamp, and "
        "the order with --time-format, such as '%d/%m/%Y %H:%M:%S'",
    ),
)
