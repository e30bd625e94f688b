"""Lines of network devices behind a header of syslog: every field is compared with the truth."""

import json

import pytest

from tests.unit.ingest.lines import parsed

MNEMONIC = "%SYS-5-CONFIG_I"


def fields(line: str) -> dict:
    """Return the columns of a line that are not null, with its data parsed, without its time and text."""
    [row] = parsed(line, year=2024)
    assert row.pop("reason") is None
    assert row.pop("raw_message") == line
    assert f"{row.pop('timestamp'):%m-%d %H}" == "03-01 12"
    row.pop("number")
    known = {name: value for name, value in row.items() if value is not None}
    if "structured_data" in known:
        known["structured_data"] = json.loads(known["structured_data"])
    return known


def cisco(mnemonic: str, message: str, level: tuple[str, str], **others: object) -> dict:
    severity, log_level = level
    row = {"process_name": mnemonic, "message": message, "severity_text": severity, "log_level": log_level}
    return {**row, **others}


NOTICE = ("notice", "INFO")
INFORMATIONAL = ("informational", "INFO")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            " h1 notice mcpd[45]: 01070638:5: Pool down: x",
            {"process_name": "mcpd", "message": "01070638:5: Pool down: x", "severity_text": "notice",
             "log_level": "INFO", "structured_data": {"process_id": 45}},
        ),
        (" h1 notice board: x", {"message": "notice board: x"}),
        (
            " h1 system,info,account user al: in",
            {"message": "user al: in", "severity_text": "info", "log_level": "INFO",
             "structured_data": {"topics": "system,info,account"}},
        ),
        (
            " h1 dhcp,critical,error lost IP",
            {"message": "lost IP", "severity_text": "critical", "log_level": "CRITICAL",
             "structured_data": {"topics": "dhcp,critical,error"}},
        ),
        (" h1 retry,error words", {"message": "retry,error words"}),
        (
            " h1 com.apple.xpc.launchd[1] (com.apple.WebContent[7]): Path: x",
            {"process_name": "com.apple.xpc.launchd", "message": "Path: x",
             "structured_data": {"process_id": 1, "service": "com.apple.WebContent[7]"}},
        ),
        (
            " h1 kernel[0] <Error>: disk: x",
            {"process_name": "kernel", "message": "disk: x", "severity_text": "Error", "log_level": "ERROR",
             "structured_data": {"process_id": 0}},
        ),
        (
            " h1 Google Chrome Helper (GPU)[7]: x",
            {"process_name": "Google Chrome Helper (GPU)", "message": "x",
             "structured_data": {"process_id": 7}},
        ),
        (" h1 Connection from Foo[7]: x", {"message": "Connection from Foo[7]: x"}),
        (" h1 kernel[0] <Odd>: x", {"message": "kernel[0] <Odd>: x"}),
        (
            "  h1 rpd[12]: A: x",
            {"process_name": "rpd", "message": "A: x", "structured_data": {"process_id": 12}},
        ),
        (
            ".123 2024  h1 mgd[1]: x",
            {"process_name": "mgd", "message": "x", "structured_data": {"process_id": 1}},
        ),
        ("  h1 some text", {"message": "some text"}),
    ],
)  # fmt: skip
def test_what_devices_write_behind_a_host_has_fields(text: str, expected: dict) -> None:
    assert fields(f"Mar  1 12:00:00{text}") == {"host_name": "h1", **expected}


def test_nexus_may_name_a_virtual_device_and_ios_may_count_its_messages() -> None:
    line = "2024 Mar  1 12:00:00 n9k %$ VDC-1 %$ %VPC-2-DOWN: x"
    truth = cisco("%VPC-2-DOWN", "x", ("critical", "CRITICAL"), host_name="n9k")
    assert fields(line) == {**truth, "structured_data": {"vdc": "VDC-1"}}
    line = "<189>37: r1: 000036: *Mar  1 12:00:00.123: %SYS-5-CONFIG_I: x"
    truth = cisco(MNEMONIC, "x", NOTICE, host_name="r1")
    assert fields(line) == {**truth, "structured_data": {"count": 37, "sequence": 36}}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Mar  1 12:00:00 fw1: %ASA-6-302013: Built a: b", {"host_name": "fw1"}),
        ("Mar 01 2024 12:00:00 fw1 : %ASA-6-302013: Built a: b", {"host_name": "fw1"}),
        ("<166>Mar 01 2024 12:00:00: %ASA-6-302013: Built a: b", {}),
        ("Mar  1 12:00:00 10.0.0.1 : %ASA-6-302013: Built a: b", {"host_name": "10.0.0.1"}),
        ("<166>1 2024-03-01T12:00:00Z fw1 - - - - %ASA-6-302013: Built a: b", {"host_name": "fw1"}),
        (
            "Mar  1 12:00:00 10.0.0.1 fw1: %ASA-6-302013: Built a: b",
            {"host_name": "10.0.0.1", "structured_data": {"origin": "fw1"}},
        ),
    ],
)
def test_what_stands_before_an_asa_mnemonic_is_the_host_and_not_the_process(
    line: str, expected: dict
) -> None:
    assert fields(line) == cisco("%ASA-6-302013", "Built a: b", INFORMATIONAL, **expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"*Mar  1 12:00:11.123 UTC: {MNEMONIC}: Configured", {}),
        (
            f"<189>Mar  1 12:00:00 r1 000123: *Mar  1 18:46:11.123 UTC: {MNEMONIC}: Configured",
            {
                "host_name": "r1",
                "structured_data": {"sequence": 123, "device_time": "*Mar  1 18:46:11.123 UTC"},
            },
        ),
        (
            f"<187>Mar  1 12:00:00 10.0.0.1 7: r1: .Mar 1 2024 18:46:11: {MNEMONIC}: Configured",
            {
                "host_name": "10.0.0.1", "severity_text": "error", "log_level": "ERROR",
                "structured_data": {
                    "sequence": 7, "origin": "r1", "device_time": ".Mar 1 2024 18:46:11", "level": "notice",
                },
            },
        ),
        (
            f"2024-03-01T12:00:00+00:00 sw1 : 2024 Mar  1 11:59:00 UTC: {MNEMONIC}: Configured",
            {"host_name": "sw1", "structured_data": {"device_time": "2024 Mar  1 11:59:00 UTC"}},
        ),
        (f"2024 Mar  1 12:00:00.5 UTC: {MNEMONIC}: Configured", {}),
        (f"2024 Mar  1 12:00:00 sw1 {MNEMONIC}: Configured", {"host_name": "sw1"}),
    ],
)  # fmt: skip
def test_ios_and_nexus_lines_keep_the_sequence_and_the_time_of_the_device(line: str, expected: dict) -> None:
    assert fields(line) == {**cisco(MNEMONIC, "Configured", NOTICE), **expected}


def test_numbers_and_percent_signs_without_a_mnemonic_stay_text() -> None:
    for message in ("100% done", "%CPU: high", "12: %d items: %ASA-9-1: x"):
        row = fields(f"Mar  1 12:00:00 h app: {message}")
        assert (row["process_name"], row["message"]) == ("app", message)
    assert fields("Mar  1 12:00:00 h 12: hello") == {
        "host_name": "h", "process_name": "12", "message": "hello",
    }  # fmt: skip


def test_a_level_or_a_program_before_a_mnemonic_is_no_host() -> None:
    row = fields(f"Mar  1 12:00:00 config[71]: {MNEMONIC}: x")
    assert row == cisco(MNEMONIC, "x", NOTICE, structured_data={"process_id": 71, "program": "config"})
    row = fields(f"Mar  1 12:00:00 ERROR: {MNEMONIC}: x")
    assert row == {"message": f"ERROR: {MNEMONIC}: x"}


START = {
    "rule": 5, "tracker": 1000000103, "interface": "igb0", "reason": "match", "action": "block",
    "direction": "in",
}  # fmt: skip
FILTERED = [
    (
        "5,,,1000000103,igb0,match,block,in,4,0x0,,64,0,0,DF,6,tcp,60,192.0.2.1,198.51.100.7,443,22,0,S,123:124,,"
        "64240,,mss;nop",
        {
            **START, "ip_version": 4, "tos": "0x0", "ttl": 64, "id": 0, "offset": 0, "flags": "DF",
            "protocol_id": 6, "protocol": "tcp", "length": 60, "src_ip": "192.0.2.1",
            "dst_ip": "198.51.100.7", "src_port": 443, "dst_port": 22, "data_length": 0, "tcp_flags": "S",
            "sequence": "123:124", "window": 64240, "options": "mss;nop",
        },
    ),
    (
        "5,,,1000000103,igb0,match,block,in,6,0x00,0x8f7b5,255,UDP,17,76,fe80::1,ff02::fb,5353,5353,68",
        {
            **START, "ip_version": 6, "class": "0x00", "flow_label": "0x8f7b5", "hop_limit": 255,
            "protocol": "UDP", "protocol_id": 17, "length": 76, "src_ip": "fe80::1", "dst_ip": "ff02::fb",
            "src_port": 5353, "dst_port": 5353, "data_length": 68,
        },
    ),
    (
        "5,,,1000000103,igb0,match,block,in,4,0x0,,64,9,0,none,1,icmp,84,192.0.2.1,198.51.100.7,request,17,3",
        {
            **START, "ip_version": 4, "tos": "0x0", "ttl": 64, "id": 9, "offset": 0, "flags": "none",
            "protocol_id": 1, "protocol": "icmp", "length": 84, "src_ip": "192.0.2.1",
            "dst_ip": "198.51.100.7", "icmp_type": "request", "others": [17, 3],
        },
    ),
    (
        "12,1,a7,02f4bab031b57d1e30553ce08e0ec131,em1,match,pass,out,4,0x0,,255,0,0,DF,112,carp,56,192.0.2.1,"
        "224.0.0.18,advertise,255,1,2,1,0",
        {
            "rule": 12, "sub_rule": 1, "anchor": "a7", "tracker": "02f4bab031b57d1e30553ce08e0ec131",
            "interface": "em1", "reason": "match", "action": "pass", "direction": "out", "ip_version": 4,
            "tos": "0x0", "ttl": 255, "id": 0, "offset": 0, "flags": "DF", "protocol_id": 112,
            "protocol": "carp", "length": 56, "src_ip": "192.0.2.1", "dst_ip": "224.0.0.18",
            "carp_type": "advertise", "carp_ttl": 255, "vhid": 1, "carp_version": 2, "advbase": 1,
            "advskew": 0,
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "data"), FILTERED, ids=["TCP", "UDP on IPv6", "ICMP", "CARP"])
def test_the_packet_filter_log_has_typed_fields(text: str, data: dict) -> None:
    for start in ("<134>Mar  1 12:00:00 filterlog[71]: ", "<134>1 2024-03-01T12:00:00Z pf filterlog 71 - - "):
        row = fields(start + text)
        assert (row["process_name"], row["message"], row["log_level"]) == ("filterlog", text, "INFO")
        assert row["structured_data"] == {"process_id": 71, **data}
    assert "structured_data" not in fields("Mar  1 12:00:00 pf filterlog: loading,rules,a,b,c,d,e,f,g,h")


STATION = {"interface": "wlan0", "station": "02:00:00:aa:bb:cc"}


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("wlan0: STA 02:00:00:aa:bb:cc IEEE 802.11: associated", {**STATION, "module": "IEEE 802.11"}),
        ("wlan0: STA 02:00:00:aa:bb:cc WPA: pairwise key (RSN)", {**STATION, "module": "WPA"}),
        ("wlan0: AP-STA-CONNECTED 02:00:00:aa:bb:cc auth=wpa", {**STATION, "event": "AP-STA-CONNECTED"}),
        ("wlan0: AP-ENABLED ", {"interface": "wlan0", "event": "AP-ENABLED"}),
        ("Configuration file: /etc/h.conf", None),
    ],
)
def test_hostapd_names_the_station_and_the_message_stays(text: str, data: dict | None) -> None:
    for start, host in (
        ("Mar  1 12:00:00 ap7 hostapd: ", "ap7"),
        ("2024-03-01T12:00:00Z ap7 hostapd: ", "ap7"),
    ):
        expected = {"host_name": host, "process_name": "hostapd", "message": text}
        assert fields(start + text) == expected | ({"structured_data": data} if data else {})


@pytest.mark.parametrize(
    ("start", "host", "model", "firmware"),
    [
        ("U7PG2,f09fc2aabbcc,v4.0.80: ", None, "U7PG2", "4.0.80"),
        ('("U7LT,f09fc2aabbcc,v4.0.66.10832") ', None, "U7LT", "4.0.66.10832"),
        ("(U7LT,f09fc2aabbcc,v4.0.66.10832) ", None, "U7LT", "4.0.66.10832"),
        ("office U6-Pro,f09fc2aabbcc,6.5.28+14491: ", "office", "U6-Pro", "6.5.28+14491"),
        ("office f09fc2aabbcc,UAP-AC-Pro-Gen2-6.6.55+15189: ", "office", "UAP-AC-Pro-Gen2", "6.6.55+15189"),
    ],
)
def test_unifi_devices_are_known_by_their_mac_address(
    start: str, host: str | None, model: str, firmware: str
) -> None:
    row = fields(
        f"<30>Mar  1 12:00:00 {start}hostapd[9]: wlan0: STA 02:00:00:aa:bb:cc IEEE 802.11: associated"
    )
    assert row == {
        "severity_text": "informational", "log_level": "INFO", "process_name": "hostapd",
        "device_id": "f09fc2aabbcc", "message": "wlan0: STA 02:00:00:aa:bb:cc IEEE 802.11: associated",
        "structured_data": {
            "model": model, "firmware": firmware, "process_id": 9, "module": "IEEE 802.11", **STATION,
        },
        **({"host_name": host} if host else {}),
    }  # fmt: skip
    assert fields(f"Mar  1 12:00:00 {start}kernel: [ 5.1] x: y")["message"] == "[ 5.1] x: y"


TRAFFIC = (
    'date=2024-03-01 time=12:00:00 devname="FG 1" devid="FGT60F" eventtime=1709290800123456789 tz="+0100"'
    ' logid="0000000013" type="traffic" level="notice" srcport=49152 service="HTTPS" user="a \\"b\\""'
    " sentbyte=0"
)
TRAFFIC_DATA = {
    "date": "2024-03-01", "time": "12:00:00", "eventtime": 1709290800123456789, "tz": "+0100",
    "logid": "0000000013", "type": "traffic", "srcport": 49152, "service": "HTTPS", "user": 'a "b"',
    "sentbyte": 0,
}  # fmt: skip


def test_fortigate_pairs_behind_a_header_are_typed_by_their_quotes() -> None:
    row = {"message": TRAFFIC, "host_name": "FG 1", "device_id": "FGT60F"}
    row |= {"severity_text": "notice", "log_level": "INFO", "structured_data": TRAFFIC_DATA}
    assert fields(f"Mar  1 12:00:00 relay {TRAFFIC}") == {
        **row, "host_name": "relay", "structured_data": {**TRAFFIC_DATA, "origin": "FG 1"},
    }  # fmt: skip
    [message] = [fields(f'Mar  1 12:00:00 relay {TRAFFIC} msg="Login failed"')["message"]]
    assert message == "Login failed"
    # rsyslog writes no tag between the host and the text.
    expected = {**row, "host_name": "relay", "structured_data": {**TRAFFIC_DATA, "origin": "FG 1"}}
    assert fields(f"2024-03-01T12:00:00Z relay {TRAFFIC}") == expected
    assert fields(f"<189>1 2024-03-01T12:00:00Z relay fgt - - - {TRAFFIC}") == {
        **expected,
        "process_name": "fgt",
    }
    broken = f'{TRAFFIC} msg="never closed'
    assert fields(f"Mar  1 12:00:00 relay {broken}") == {"host_name": "relay", "message": broken}


def test_cef_events_have_their_product_as_process_and_no_level_from_their_severity() -> None:
    event = (
        "CEF:0|Ubiqu\\|iti|UniFi Network|8.0|400|WiFi Client Connected|9|src=192.0.2.1 spt=443 cs1=a\\=b"
        " c\\nd msg=Client x joined. dvchost=udm"
    )
    assert fields(f"Mar  1 12:00:00 UDM {event}") == {
        "host_name": "UDM", "process_name": "UniFi Network", "message": "Client x joined.",
        "structured_data": {
            "vendor": "Ubiqu|iti", "version": "8.0", "signature": 400, "name": "WiFi Client Connected",
            "severity": 9, "extension": {"src": "192.0.2.1", "spt": 443, "cs1": "a=b c\nd"}, "origin": "udm",
        },
    }  # fmt: skip
    for start in ("Mar  1 12:00:00 UDM ", "2024-03-01T12:00:00Z UDM "):
        row = fields(f"{start}CEF:0|a|b|1|2|n|3|x=1")
        assert (row["host_name"], row["process_name"], row["message"]) == ("UDM", "b", "n")
        assert row["structured_data"]["extension"] == {"x": 1}
    named = fields("<134>1 2024-03-01T12:00:00Z UDM UniFi - - - CEF:0|a|b|1|2|n|3|")
    assert (named["process_name"], named["structured_data"]["product"]) == ("UniFi", "b")
    assert fields("Mar  1 12:00:00 UDM CEF: 0|a|b|1|2|n|3|")["process_name"] == "b"
    assert fields("Mar  1 12:00:00 UDM CEF:0|a|b|c")["message"] == "CEF:0|a|b|c"


def test_texts_that_only_begin_like_known_ones_stay_messages() -> None:
    for message in ("date=yesterday", "a,b: c", "(x,y) z", "CEF:0", ": %d", "x : y", "date=2024-03-01 a=b"):
        assert fields(f"Mar  1 12:00:00 h {message}") == {"host_name": "h", "message": message}


def test_flow_records_behind_the_time_of_cloudwatch() -> None:
    record = "2 012345678901 eni-0a1b 192.0.2.1 - 443 22 6 20 4249 1709294400 1709294460 REJECT OK"
    assert fields(f"2024-03-01T12:00:00.000Z {record}") == {
        "device_id": "eni-0a1b", "message": record,
        "structured_data": {
            "version": 2, "account-id": "012345678901", "srcaddr": "192.0.2.1", "srcport": 443, "dstport": 22,
            "protocol": 6, "packets": 20, "bytes": 4249, "start": 1709294400, "end": 1709294460,
            "action": "REJECT", "log-status": "OK",
        },
    }  # fmt: skip


def test_a_first_word_stays_in_a_message_that_is_not_known() -> None:
    for text in ("fw datum=1", "x date=1 y", "a b : c", "12:30 %A-5-B: c", "Result %x"):
        assert fields(f"2024-03-01T12:00:00Z {text}")["message"].endswith(text.split(" ", 1)[1])
        assert "host_name" not in fields(f"2024-03-01T12:00:00Z {text}")
