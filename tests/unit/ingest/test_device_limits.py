"""Long and hostile lines of devices cost linear time, and memory that the limits bound."""

from dataclasses import replace

import pytest

from lumber.ingest.devices import audit, cef, cisco, filterlog, fortigate, leef, wireless
from lumber.ingest.devices.pairs import pairs
from lumber.ingest.limits import Limits
from lumber.ingest.options import IngestOptions
from tests.unit.ingest.reading import read
from tests.unit.ingest.test_windows_xml import NAMESPACE, USER
from tests.unit.ingest.test_zeek import headed

SIZE = 200_000
AUDIT = "type=X msg=audit(1709294400:9): "
# If the time were quadratic, each would take minutes.
HOSTILE = [
    (cisco.read, "%A" + "-A" * SIZE),
    (cisco.read, "%" + "A" * SIZE),
    (cisco.read, "7: " * SIZE),
    (wireless.read_unifi, "aabbccddeeff,A" + "-1.1" * SIZE),
    (wireless.read_unifi, "A" * SIZE),
    (wireless.read_hostapd, "w" * SIZE),
    (wireless.read_hostapd, "wlan0: STA 02:00:00:aa:bb:cc A" + " a" * SIZE),
    (wireless.read_line, "1709294400.1: " + "a" * SIZE),
    (pairs, "a=1 " * SIZE),
    (pairs, 'a="' + '\\"' * SIZE),
    (pairs, "a" * SIZE),
    (fortigate.read, "date=1 logid=" + "x" * SIZE),
    (cef.read, "CEF:0|" + "\\|" * SIZE),
    (cef.read, "CEF:0|a|b|c|d|e|1|" + "a" * SIZE),
    (cef.read, "CEF:0|a|b|c|d|e|1|" + "a= " * SIZE),
    (leef.read, "LEEF:2.0|a|b|c|d|^|" + "a^" * SIZE),
    (audit.read, AUDIT + "a" * SIZE),
    (audit.read, AUDIT + 'a="' * SIZE),
    (audit.read, AUDIT + "a='" * SIZE),
    (filterlog.read, "1,,,2,i,match,block,in,4" + "," * SIZE),
]


@pytest.mark.parametrize(("reader", "text"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_cost_linear_time(reader, text: str) -> None:
    reader(text)


def test_a_text_with_too_many_fields_stays_a_message() -> None:
    many = " ".join(f"n{number}=1" for number in range(10_001))
    assert pairs(many) is None
    assert len(pairs(many.rpartition(" ")[0]) or {}) == 10_000


def test_events_and_headers_have_at_most_as_many_fields_as_the_limit_allows() -> None:
    options = replace(IngestOptions("logs"), limits=Limits(columns=20))
    many = f"<Event {NAMESPACE}>" + "<a/>" * 30 + "</Event>"
    reason = "has more elements and attributes than the 20 of LUMBER_MAX_COLUMNS"
    assert read(USER + many, options)[1] == [(2, reason)]
    names = [f"f{number}" for number in range(21)]
    _, rejects = read(headed("x", " ".join(names), "") + "\t".join(names) + "\n", options)
    assert rejects == [(9, "the line #fields has 21 fields, and LUMBER_MAX_COLUMNS allows 20")]
