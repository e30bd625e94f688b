"""The forms of log lines, each with every part kept exactly."""

# ruff: noqa: DTZ001 -- times without a zone are what is tested

from datetime import datetime

import pytest

from tests.unit.ingest.lines import parsed

ROOT = "Jun 14 15:16:01 combo su: text"


@pytest.mark.parametrize(
    ("line", "host", "process", "message"),
    [
        ("Jun 14 15:16:01 combo sshd(pam_unix)[19939]: failure  ", "combo", "sshd(pam_unix)", "failure  "),
        ("<34>Jun  4 15:16:01 my-host su: 'su root'", "my-host", "su", "'su root'"),
        ("Jun 4 15:16:01 h kernel:  two spaces", "h", "kernel", " two spaces"),
        ("Jun 14 15:16:01 h postfix/smtpd[1]: a: b", "h", "postfix/smtpd", "a: b"),
        ("Jun 14 15:16:01 h no tag here: x", "h", None, "no tag here: x"),
        ("Jun 14 15:16:01 h  -- root[1]: x", "h", None, " -- root[1]: x"),
        ("Jun 14 15:16:01 h tag:", "h", "tag", ""),
        ("Jun 14 15:16:01 h audit(1.2:0): x", "h", None, "audit(1.2:0): x"),
        ("Jun 14 15:16:01 h\u00e9 t\u00e9: \u00fc\u4e2d", "h\u00e9", "t\u00e9", "\u00fc\u4e2d"),
        ("Jun 14 15:16:01 h", "h", None, ""),
        ("2024-01-05T10:00:00.5+01:00 h tag[1]: m", "h", "tag", "m"),
        ("<165>1 2003-10-11T22:14:15.003Z h app - ID47 - \ufeffm", "h", "app", "m"),
        ("<165>1 2003-10-11T22:14:15.003Z - - - - -", None, None, ""),
        ("X 1131566461 2005.11.09 dn228 Nov 9 12:01:01 a/b crond(x)[2]: m", "a/b", "crond(x)", "m"),
    ],
)
def test_parts_of_a_line_are_exact(line, host, process, message) -> None:
    # Alone, and beside a line of another form: both ways through the parser.
    for others in ([], [ROOT, "2024-01-05T10:00:00Z h t: m", "Jun 14 2005 15:16:01 h t: m"]):
        row = parsed(line, *others)[0]
        assert (row["host_name"], row["process_name"], row["message"]) == (host, process, message)
        assert (row["raw_message"], row["reason"]) == (line, None)


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("Jun 14 15:16:01 h t: m", datetime(2026, 6, 14, 15, 16, 1)),
        ("Jun 16 11:59:59 h t: m", datetime(2026, 6, 16, 11, 59, 59)),
        ("Jun 16 12:00:01 h t: m", datetime(2025, 6, 16, 12, 0, 1)),
        ("Feb 29 10:00:00 h t: m", datetime(2024, 2, 29, 10)),
        ("Jun 14 2005 15:16:01.25 h t: m", datetime(2005, 6, 14, 15, 16, 1, 250_000)),
        ("2005 Jun 14 15:16:01 h t: m", datetime(2005, 6, 14, 15, 16, 1)),
        ("Jun 14 15:16:01 2005 h t: m", datetime(2005, 6, 14, 15, 16, 1)),
        ("Jun 14 23:59:60 h t: m", datetime(2026, 6, 15)),
        ("2024-01-05 10:00:00,123 h t: m", datetime(2024, 1, 5, 10, 0, 0, 123_000)),
        ("<1>1 2024-01-05T10:00:00.1234567-07:30 h a p m - m", datetime(2024, 1, 5, 17, 30, 0, 123_456)),
        ("- 1131566461 2005.11.09 n Nov 9 12:01:01 h t: m", datetime(2005, 11, 9, 20, 1, 1)),
    ],
)
def test_times_are_found(line, time) -> None:
    for others in ([], [ROOT, "Jun 14 2005 15:16:01 h t: m"]):
        assert parsed(line, *others)[0]["timestamp"] == time


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "blank line"),
        ("  ", "blank line"),
        ("garbage", "does not start like a log line"),
        ("Feb 30 10:00:00 h t: m", "'Feb 30 10:00:00' is not a time"),
        ("Jun 14 25:00:00 h t: m", "is not a time"),
        ("Jun 14 10:00:00; h t: m", "'Jun 14 10:00:00;' is not a time"),
        ("<34>Jun  4 10:00:00x h t: m", "'Jun  4 10:00:00x' is not a time"),
        ("Jun 14 15:16:01", "no host and message"),
        ("<999>Jun 14 15:16:01 h t: m", "PRI: 999 is not between 0 and 191"),
        ("<34>1 - h a p m - m", "the line has none"),
        ("<34>1 2024-01-05T10:00:00Z h a", "header is not complete"),
        ('<34>1 2024-01-05T10:00:00Z h a p m [a b="c] m', "structured data is not closed"),
        ("0000-01-05T10:00:00Z h t: m", "is not a time"),
        ("- 1131566461 2005.11.09 n garbage", "no RFC 3164 line after"),
        ("\u0661Jun 14 15:16:0\u0661 h t: m", "does not start like a log line"),
        ("Jun 1\u0664 15:16:01 h t: m", "does not start like a log line"),
    ],
)
def test_a_line_that_is_none_says_why(line, reason) -> None:
    for others in ([], [ROOT]):
        assert reason in parsed(line, *others)[0]["reason"]


@pytest.mark.parametrize(
    ("priority", "text", "level"),
    [(0, "emergency", "CRITICAL"), (11, "error", "ERROR"), (165, "notice", "INFO"), (191, "debug", "DEBUG")],
)
def test_severity_comes_from_pri(priority, text, level) -> None:
    row = parsed(f"<{priority}>{ROOT}")[0]
    assert (row["severity_text"], row["log_level"]) == (text, level)


def test_a_line_without_pri_has_no_level() -> None:
    row = parsed("Jun 14 15:16:01 h t: ERROR: it says error")[0]
    assert (row["severity_text"], row["log_level"]) == (None, None)


def test_structured_data_becomes_canonical_json() -> None:
    line = '<1>1 2024-01-05T10:00:00Z h a p m [b@1 y="2" x="a\\"\\]\\\\\\n"][a@1 k="1" k="2"][e] m'
    assert parsed(line)[0]["structured_data"] == (
        '{"a@1":{"k":["1","2"]},"b@1":{"x":"a\\"]\\\\\\\\n","y":"2"},"e":{},"message_id":"m","process_id":"p"}'
    )


def test_a_label_is_kept() -> None:
    line = 'R_\u00e9" 1131566461 2005.11.09 n Nov 9 12:01:01 h t: m'
    assert parsed(line)[0]["structured_data"] == '{"label":"R_\u00e9\\""}'


@pytest.mark.parametrize(
    "block",
    ['[action:"Accept"; flags:"4096"; src:"10.0.0.1"]', '[a b="1"c="2"]', '[a b="1" rest]', '[a "x"]'],
)
def test_structured_data_that_can_not_be_read_exactly_stays_in_the_message(block) -> None:
    alone, followed = parsed(
        *(f"<134>1 2024-05-05T11:21:46Z gw1 App 43 - {block}{end}" for end in ("", " m"))
    )
    process = '{"process_id":43}'
    assert (alone["structured_data"], alone["message"]) == (process, block)
    assert (followed["structured_data"], followed["message"]) == (process, f"{block} m")
    assert (alone["host_name"], alone["process_name"], alone["reason"]) == ("gw1", "App", None)


@pytest.mark.parametrize(
    ("line", "data"),
    [
        ("Jun 14 15:16:01 h sshd(pam_unix)[19939]: m", '{"process_id":19939}'),
        ("2024-01-05T10:00:00Z h app[0]: m", '{"process_id":0}'),
        ("Jun 14 15:16:01 h dnsmasq[eth\u00e90]: m", '{"process_id":"eth\u00e90"}'),
        ("Jun 14 15:16:01 h app[007]: m", '{"process_id":"007"}'),
        (f"Jun 14 15:16:01 h app[{'9' * 30}]: m", f'{{"process_id":"{"9" * 30}"}}'),
        ('Jun 14 15:16:01 h app[a"b]: m', '{"process_id":"a\\"b"}'),
        ("Jun 14 15:16:01 h app[]: m", None),
        ("Jun 14 15:16:01 h app: m", None),
        ("Jun 14 15:16:01 h ERROR[7]: m", None),
        ("<1>1 2024-01-05T10:00:00Z h a 12 - - m", '{"process_id":12}'),
        ("<1>1 2024-01-05T10:00:00Z h a - m1 - m", '{"message_id":"m1"}'),
        ('<1>1 2024-01-05T10:00:00Z h a 12 - [z k="v"] m', '{"process_id":12,"z":{"k":"v"}}'),
        ("<1>1 2024-01-05T10:00:00Z h a - - - m", None),
        (
            "- 1131566461 2005.11.09 n Nov 9 12:01:01 h crond(pam_unix)[2915]: m",
            '{"label":"-","process_id":2915}',
        ),
    ],
)
def test_the_process_id_is_kept_with_its_type(line, data) -> None:
    others = [line.replace("sshd(pam_unix)[19939]", "su"), ROOT]
    assert parsed(line)[0]["structured_data"] == data
    assert parsed(line, *others)[0]["structured_data"] == data


def test_an_element_with_the_name_of_a_field_stays_in_the_message() -> None:
    [row] = parsed('<1>1 2024-01-05T10:00:00Z h a 12 - [process_id k="v"] m')
    assert (row["structured_data"], row["message"]) == ('{"process_id":12}', '[process_id k="v"] m')
