"""The names that a pattern can refer to, such as `%{IP}`, each with its regular expression.

The names are those of Grok, as Logstash and other programs have them. The expressions are written for an
engine with linear time, so none looks around.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_HEX = "[0-9A-Fa-f]"
_LABEL = "[0-9A-Za-z](?:[0-9A-Za-z_-]*[0-9A-Za-z])?"
_GROUP = f"{_HEX}{{1,4}}"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_LONG_MONTH = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|"
    "Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = "(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)"
_LEVEL = (
    "(?i:trace|debug|info(?:rmation(?:al)?)?|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|"
    "alert|emerg(?:ency)?|panic)"
)

_WRITTEN: dict[str, str] = {
    # Text
    "WORD": r"\w+",
    "NOTSPACE": r"\S+",
    "SPACE": r"\s*",
    "DATA": ".*?",
    "GREEDYDATA": ".*",
    "QUOTEDSTRING": r"""(?:"(?:\\.|[^\\"])*"|'(?:\\.|[^\\'])*'|`(?:\\.|[^\\`])*`)""",
    "QS": "%{QUOTEDSTRING}",
    # Numbers
    "INT": "[+-]?[0-9]+",
    "POSINT": "[1-9][0-9]*",
    "NONNEGINT": "[0-9]+",
    "NUMBER": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)",
    "BASE10NUM": "%{NUMBER}",
    "BASE16NUM": f"[+-]?(?:0x)?{_HEX}+",
    # Networks
    "IPV4": rf"{_OCTET}(?:\.{_OCTET}){{3}}",
    "IPV6": (
        f"(?:(?:{_GROUP}:){{7}}{_GROUP}|(?:{_GROUP}:){{6}}%{{IPV4}}|(?:{_GROUP}(?::{_GROUP}){{0,6}})?::"
        f"(?:(?:{_GROUP}:){{0,5}}%{{IPV4}}|{_GROUP}(?::{_GROUP}){{0,6}})?)(?:%[0-9A-Za-z._-]+)?"
    ),
    "IP": "(?:%{IPV6}|%{IPV4})",
    "HOSTNAME": rf"{_LABEL}(?:\.{_LABEL})*\.?",
    "IPORHOST": "(?:%{IP}|%{HOSTNAME})",
    "HOSTPORT": "%{IPORHOST}:%{POSINT}",
    "MAC": f"(?:{_HEX}{{2}}(?:[:-]{_HEX}{{2}}){{5}}|{_HEX}{{4}}(?:[.]{_HEX}{{4}}){{2}})",
    "USERNAME": "[0-9A-Za-z._-]+",
    "USER": "%{USERNAME}",
    "EMAILADDRESS": "[0-9A-Za-z!#$%&'*+/=?^_`{|}~.-]+@%{HOSTNAME}",
    "UUID": f"{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}",
    "PATH": "(?:%{UNIXPATH}|%{WINPATH})",
    "UNIXPATH": r"(?:/[^\s/]*)+",
    "WINPATH": r"(?:[A-Za-z]:|\\)(?:\\[^\\?*\s]*)+",
    "URIPROTO": "[A-Za-z][0-9A-Za-z+.-]*",
    "URIHOST": r"(?:\[%{IPV6}\]|%{IPORHOST})(?::[0-9]+)?",
    "URIPATH": r"/[^\s?#]*",
    "URIPARAM": r"\?[^\s#]*",
    "URIPATHPARAM": "%{URIPATH}(?:%{URIPARAM})?",
    "URI": r"%{URIPROTO}://(?:[^\s/@]*@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?(?:#\S*)?",
    # Times
    "YEAR": "(?:[0-9]{4}|[0-9]{2})",
    "MONTH": _LONG_MONTH,
    "MONTHNUM": "(?:0?[1-9]|1[0-2])",
    "MONTHDAY": "(?:0[1-9]|[12][0-9]|3[01]|[1-9])",
    "DAY": _DAY,
    "HOUR": "(?:2[0-3]|[01]?[0-9])",
    "MINUTE": "[0-5][0-9]",
    "SECOND": "(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?",
    "TIME": "%{HOUR}:%{MINUTE}(?::%{SECOND})?",
    "TZ": "[A-Z]{3,4}",
    "ISO8601_TIMEZONE": "(?:Z|[+-][0-9]{2}:?[0-9]{2})",
    "DATE_US": "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}",
    "DATE_EU": "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}",
    "DATE": "(?:%{DATE_US}|%{DATE_EU})",
    "DATESTAMP": "%{DATE}[- ]%{TIME}",
    "TIMESTAMP_ISO8601": (
        "[0-9]{4}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?(?: ?%{ISO8601_TIMEZONE})?"
    ),
    "SYSLOGTIMESTAMP": f"{_MONTH} +%{{MONTHDAY}} %{{TIME}}",
    "HTTPDATE": f"%{{MONTHDAY}}/{_MONTH}/[0-9]{{4}}:%{{TIME}} [+-][0-9]{{4}}",
    "HTTPDERROR_DATE": f"%{{DAY}} {_MONTH} +%{{MONTHDAY}} %{{TIME}} [0-9]{{4}}",
    # Logs
    "LOGLEVEL": _LEVEL,
    "PROG": r"[!-Z\\^-~]+",
    "SYSLOGPROG": r"%{PROG}(?:\[%{POSINT}\])?",
    "SYSLOGHOST": "%{IPORHOST}",
    "JAVACLASS": r"(?:[A-Za-z$_][0-9A-Za-z$_]*\.)*[A-Za-z$_][0-9A-Za-z$_]*",
}  # fmt: skip
# The form of the times that are neither ISO 8601 nor RFC 3164.
TIME_FORMS: Mapping[str, str] = MappingProxyType({"HTTPDATE": "%d/%b/%Y:%H:%M:%S %z"})
NAMES = tuple(_WRITTEN)
_REFERENCE = re.compile(r"%\{([A-Z0-9_]+)\}")


@cache
def expression_of(name: str) -> str | None:
    """Return the regular expression of a name without references, as one group; None if it isn't known."""
    written = _WRITTEN.get(name)
    if written is None:
        return None
    return f"(?:{_REFERENCE.sub(lambda found: expression_of(found[1]) or '', written)})"
