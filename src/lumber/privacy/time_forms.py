"""The forms of dates in texts, as patterns: what the readers of logs know, and numbers that are times.

Times of day don't matter, because a shift by whole weeks leaves them. Each form names its parts: year `y`,
month `m`, day `d`, the name of a month `b`, the day of the year `j`, the week `w`; `p1` to `p3` are parts in
an unknown order, `x` is a TAI64 label, and `n` is a number of seconds or smaller units.
"""

from __future__ import annotations

import re

SHORT_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
MONTHS = {name.lower(): at for names in (SHORT_NAMES, LONG_NAMES) for at, name in enumerate(names, 1)}

_NAME = rf"(?:{'|'.join(sorted({*SHORT_NAMES, *LONG_NAMES}, key=len, reverse=True))})"
_ANY_NAME = rf"(?i:{_NAME[3:-1]})"
# Between the parts of a date, also as web addresses and JSON escape it.
_SLASH = r"(?:/|%2[fF]|\\+/)"
_SPACE = r"(?:[ _+\t]|%20)"
_YEAR = r"(?:19\d\d|20\d\d|21\d\d)"
_MM, _DD = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
# Of syslog and asctime, which pad with a space.
_PADDED = r"(?:0[1-9]|[12]\d|3[01]|[ ]?[1-9])"
_COLON = r"(?::|%3[aA])"
_CLOCK = rf"(?:[01]?\d|2[0-3]){_COLON}[0-5]\d"
_HHMM = r"(?:[01]\d|2[0-3])[0-5]\d"
_ZONE = r"(?:[A-Z]{2,5}|[+-]\d{2}:?\d{2})"
_NOT_IN = r"(?<![0-9A-Za-z])"

# The first that matches at a place is taken. The numbers of the groups are those of the forms.
FORMS = {
    # 2026-11-30, 2026/11/30, 2026.11.30, 2026 11 30
    "year_first": rf"(?<!\d)(?P<y1>{_YEAR})(?P<s1>[-._ ]|{_SLASH})(?P<m1>{_MM})(?P=s1)(?P<d1>{_DD})(?!\d)",
    # 2026-Nov-30
    "year_name": rf"(?<!\d)(?P<y2>{_YEAR})(?P<s2>-|{_SLASH}|{_SPACE})(?P<b2>{_ANY_NAME})(?P=s2)"
    rf"(?P<d2>{_DAY})(?!\d)",
    # 30/Nov/2026, 30-Nov-26, 30Nov2026, 30. November 2026
    "day_name": rf"(?<!\d)(?P<d3>{_DAY})(?:st|nd|rd|th)?(?P<s3>-|\.|{_SLASH}|\.? |{_SPACE}|)"
    rf"(?P<b3>{_ANY_NAME})(?:(?P=s3)|,? )(?P<y3>{_YEAR}|\d\d(?=[ T-]+{_CLOCK}))(?!\d)",
    # Nov 30 2026, November 30, 2026
    "name_day": rf"(?<![A-Za-z])(?P<b4>{_ANY_NAME})(?P<s4>[-/.]|\.? +|{_SPACE})(?P<d4>{_DAY})(?:st|nd|rd|th)?"
    rf"(?:,? +|,|(?P=s4))(?P<y4>{_YEAR})(?![\d:]|[-/.]\d)",
    # Nov 30 12:00:00.123 UTC 2026
    "year_last": rf"(?<![A-Za-z])(?P<b5>{_NAME})(?P<s5>\s+?)(?P<d5>{_PADDED})"
    rf"(?=(?P<t5>\s+{_CLOCK}(?::[0-5]\d)?(?:[.,]\d+)?(?:\s+{_ZONE})?\s+)(?P<y5>{_YEAR})(?!\d|[-/.]\d))(?P=t5)(?P=y5)",
    # Nov 30, and 30 Nov, without a year
    "no_year": rf"(?<![A-Za-z])(?P<b6>{_NAME})(?P<s6>\s+?)(?P<d6>{_PADDED})(?![\d%])(?![.:/-]\d)",
    "day_no_year": rf"(?<![\d.:/-])(?P<d7>{_DAY})(?P<s7>[ -])(?P<b7>{_NAME})(?![A-Za-z])",
    # 20261130, 20261130T120000Z, 202611301200, 20261130120000.123
    "compact": rf"{_NOT_IN}(?P<y8>19\d\d|20\d\d)(?P<m8>{_MM})(?P<d8>{_DD})"
    rf"(?=(?:{_HHMM}(?:[0-5]\d(?:\d{{1,9}})?)?)?(?!\d)(?:[TZtz_]|(?![A-Za-z])))",
    # 261130120000Z, and 261130 before a time
    "short_compact": rf"(?<![0-9A-Za-z.])(?P<y9>\d\d)(?P<m9>{_MM})(?P<d9>{_DD})"
    rf"(?={_HHMM}(?:[0-5]\d)?Z|[ ]+{_HHMM}[0-5]\d(?!\d)|[ ]+{_CLOCK}:)",
    # 11/30/2026, 30.11.2026, 26/11/30 12:00
    "numbers": rf"(?<![\d.])(?<!\d[/-])(?P<p1>\d\d?)(?P<s10>[-.]|{_SLASH})(?P<p2>\d\d?)(?P=s10)"
    rf"(?P<p3>{_YEAR}|\d\d)(?!\d)(?![./-]\d)",
    # 11-30 12:00:00.123, 11/30 12:00:00, I1130 12:00:00.123
    "month_day": rf"(?<![\d/.-])(?P<m11>{_MM})(?P<s11>[-/])(?P<d11>{_DD})(?=[ T-]+{_CLOCK}:)",
    "letter": rf"{_NOT_IN}[IWEFD](?P<m12>{_MM})(?P<d12>{_DD})(?=[ ]+{_CLOCK}:)",
    # 2026-334T12:00, 2026-W49
    "ordinal": rf"(?<![0-9A-Za-z.-])(?P<y13>{_YEAR})-(?P<j13>[0-3]\d\d)(?=[T ]+{_CLOCK}|Z)",
    "week": rf"{_NOT_IN}(?P<y14>{_YEAR})(?P<s14>-?W)(?P<w14>[0-5]\d)(?!\d)",
    # Labels of TAI64: 2**62 and the seconds, in hex
    "tai64": rf"{_NOT_IN}(?P<x15>40000000[0-9a-fA-F]{{8}})(?=(?:[0-9a-fA-F]{{8}})?(?![0-9A-Za-z]))",
    # Seconds, milli-, micro- or nanoseconds since 1970, and tenths of microseconds since 1601
    "epoch": r"(?<![0-9A-Za-z])(?<!\d\.)(?P<n16>\d{9,10}|\d{13}|\d{16}|\d{18,19})(?![0-9A-Za-z])",
}

DATES = re.compile("|".join(f"(?P<{name}>{form})" for name, form in FORMS.items()))

# What every date has, for a first look by a faster engine.
HINT = (
    r"\d{2}[-/._ ]\d|\d{6}|%2[fF]|\d\\|\d{4}-?W|4000000"
    r"|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)

# What precedes a number that is a time.
TIME_NAME = re.compile(
    r"(?:(?:time|date|stamp|epoch|since|until|expir\w*|created|updated|modified|seen|started|ended|valid)"
    r"|(?:\b|_)(?:ts|at|iat|exp|nbf|start|end)|[a-z](?:At|Time|Date)|(?:_|\b)(?:us|ms|ns|sec|msec))"
    r"(?:\w{0,8})[\"'\]]{0,2}\s*(?:[:=(]|%3[aAdD]|\s)\s*[\"'(\[@]{0,2}$|audit\($",
    re.IGNORECASE,
)
