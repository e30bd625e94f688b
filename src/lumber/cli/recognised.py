"""What the lines of a load were recognised as, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from lumber.cli.output import printable
from lumber.ingest.recognition import FormatCount
from lumber.text import counted

_MOST_FORMATS = 6
NOUNS = {"log_level": "level", "process_name": "process", "host_name": "host"}
# Below this share, few lines have a value.
_FEW = 0.1
_WITH_FIELDS = ("jsonl", "journald", "logfmt", "csv", "parquet")
# After their header, lines may have a form of their own.
_WITH_TEXT = ("iso8601", "rfc3164", "rfc5424", "pattern")


def formats_text(formats: Sequence[FormatCount], unrecognised: int) -> str:
    """Return what lines were recognised as: `310 lines as an access log, 14 as CEF, 3 not recognised`."""
    if not formats:
        return f"none of {counted(unrecognised, 'line')}"
    shown = formats if len(formats) <= _MOST_FORMATS else formats[: _MOST_FORMATS - 1]
    first, *rest = shown
    parts = [f"{counted(first.lines, 'line')} as {first.name}"]
    parts += [f"{each.lines:,} as {each.name}" for each in rest]
    if others := formats[len(shown) :]:
        parts.append(f"{sum(each.lines for each in others):,} in {len(others)} other formats")
    if unrecognised:
        parts.append(f"{unrecognised:,} not recognised")
    return printable(", ".join(parts))


def advice(
    formats: Sequence[FormatCount], filled: Mapping[str, int], loaded: int, mapped: Collection[str]
) -> str | None:
    """Return what to do if no line, or few, has a level, process or host; None if nothing would help.

    `mapped` are the columns that have a field by --map. The most frequent format decides what helps.
    """
    few = [name for name, count in filled.items() if count < _FEW * loaded and name not in mapped]
    if not formats or not few:
        return None
    form = formats[0].format
    # Most programs name no host in their records.
    if form in _WITH_FIELDS and few != ["host_name"]:
        options = " ".join(f"--map {name}=FIELD" for name in few)
        return f"{_lack(few, filled)}: if a field has it, name it with {options}"
    if form in _WITH_TEXT and "process_name" in few:
        return f"{_lack(few, filled)}: if the text has it, give the form of the lines with --pattern"
    if "log_level" in few:
        return f"{_lack(['log_level'], filled)}: use --default-level if you know it"
    return None


def check_advice(formats: Sequence[FormatCount]) -> str:
    """Return what to check if almost all lines of a source were rejected."""
    if formats and formats[0].format in _WITH_FIELDS:
        return (
            "Check its content, name its fields with --map, such as --map timestamp=FIELD, and give the form "
            "of its times with --time-format."
        )
    if not formats:
        return "Check its content and --format, or give the form of its lines with --pattern."
    return "Check its content and --format."


def _lack(few: Sequence[str], filled: Mapping[str, int]) -> str:
    nouns = [NOUNS.get(name, name) for name in few]
    listed = f"{', '.join(nouns[:-1])} or {nouns[-1]}" if len(nouns) > 1 else nouns[0]
    return f"few lines have a {listed}" if any(filled[name] for name in few) else f"no line has a {listed}"
