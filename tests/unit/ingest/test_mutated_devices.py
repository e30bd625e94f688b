"""Lines and files of devices, changed at random: each is loaded or rejected, and the line stays the same."""

import random
from dataclasses import replace

import pytest

from lumber.ingest.options import IngestOptions
from tests.unit.ingest.reading import chunks
from tests.unit.ingest.test_device_lines import AUDITED, FLOW, HEADER, NO_DATA, PAIRS
from tests.unit.ingest.test_devices import FILTERED, TRAFFIC
from tests.unit.ingest.test_mutated_lines import PARTS, check
from tests.unit.ingest.test_windows_tables import VIEWER
from tests.unit.ingest.test_windows_xml import LOGON, SERVICE, USER
from tests.unit.ingest.test_zeek import CONN, FIRST, SECOND, tabbed

LOGS = IngestOptions("logs", year=2024)
LINES = (
    *(f"type={type_} msg=audit(1709294400.243:7): {text}" for text, type_, _ in AUDITED),
    *(f"<134>Mar  1 12:00:00 filterlog[71]: {text}" for text, _ in FILTERED),
    "date=2024-03-01 " + PAIRS.format('tz="+0100" eventtime=1709294400123456789 '),
    f"Mar  1 12:00:00 relay {TRAFFIC}",
    "Mar 01 2024 12:00:00 fw1 : %ASA-6-302013: Built",
    "<187>Mar  1 12:00:00 10.0.0.1 7: r1: .Mar 1 2024 18:46:11: %SYS-5-CONFIG_I: Configured",
    "000123: r1: *Mar  1 12:00:00.5 UTC: %SYS-5-CONFIG_I: Configured",
    "1w2d: %LINK-3-UPDOWN: down",
    "Fri Mar  1 12:00:00 2024 [1709294400.250] daemon.info dnsmasq[17]: started",
    "1709294400.123456: wlan0: STA 02:00:00:aa:bb:cc IEEE 802.11: authenticated",
    "Mar  1 12:00:00 U7PG2,f09fc2aabbcc,v4.0.80: hostapd[9]: wlan0: STA 02:00:00:aa:bb:cc WPA: x",
    '<30>Mar  1 12:00:00 ("U7LT,f09fc2aabbcc,v4.0.66.10832") kernel: x',
    "CEF:0|a|b|1|2|n|5|rt=Mar 01 2024 12:00:00 UTC src=192.0.2.1 msg=a\\=b",
    "LEEF:2.0|IBM|QRadar|8.0|login|x5E|src=192.0.2.1^sev=5^devTime=1709294400500",
    "Mar  1 12:00:00 UDM CEF: 0|a|b\\|c|1|2|n|5|src=192.0.2.1",
)
FILES = (
    CONN + tabbed(FIRST, SECOND) * 3 + "#close\t2024\n",
    f"<?xml version='1.0'?>\n<Events>{LOGON}\n{SERVICE}<!-- x -->{USER}</Events>\n",
    f"{HEADER}\n{FLOW}\n{NO_DATA}\n",
    f'{VIEWER}Error,3/13/2024 1:02:03 PM,Disk,7,None,"a\r\nb"\r\nError,13.03.2024 13:02,Disk,7,None,c\r\n',
)
BYTES = (
    b"", b"\n", b"\r\n", b"\t", b"<", b">", b"</Event>", b"<Event ", b"<!--", b"-->", b"<![CDATA[", b"]]>",
    b"&x;", b"&#1;", b"#fields\tts", b"#types\ttime", b"\\x0", b"\\xff", b"\xff", b"\x00", b'"', b",", b"-",
    b"2", b"srcport start",
)  # fmt: skip


def mutated_lines(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    lines = []
    for _ in range(count):
        line = chance.choice(LINES)
        for _ in range(chance.randint(1, 4)):
            place = chance.randint(0, min(len(line), chance.choice((30, 60, 200))))
            line = line[:place] + chance.choice(PARTS) + line[place + chance.randint(0, 3) :]
        lines.append(line)
    return lines


def check_file(seed: int) -> None:
    """Load a damaged file in blocks of different sizes: what is loaded and rejected is always the same."""
    chance = random.Random(seed)
    # The beginning stays, because it tells the format.
    data = bytearray(chance.choice(FILES).encode())
    for _ in range(chance.randint(1, 5)):
        place = chance.randint(120, len(data))
        data[place : place + chance.choice((0, 1, 5, 60))] = chance.choice(BYTES)
    found = []
    for size in (97, 100_000):
        made = chunks(bytes(data), replace(LOGS, chunk_bytes=size))
        for chunk in made:
            assert len(chunk.rows) + len(chunk.rejects) == chunk.lines
        assert not made or made[-1].bytes_done == len(data)
        numbers = [reject.line for chunk in made for reject in chunk.rejects]
        found.append((sum(len(chunk.rows) for chunk in made), numbers))
    if not data.startswith(b"Level"):  # a date may be proved in a later block only
        assert found[0] == found[1]


@pytest.mark.parametrize("size", [1, 400])
def test_mutated_lines_of_devices_are_loaded_or_rejected(size: int) -> None:
    lines = mutated_lines(size, max(size, 20))
    for start in range(0, len(lines), size):
        check(lines[start : start + size])


def test_damaged_files_of_devices_are_loaded_or_rejected() -> None:
    for seed in range(25):
        check_file(seed)


@pytest.mark.slow
def test_many_mutated_lines_and_files_of_devices_are_loaded_or_rejected() -> None:
    for seed in range(1_000, 1_005):
        check(mutated_lines(seed, 5_000))
    for seed in range(1_000, 1_500):
        check_file(seed)
