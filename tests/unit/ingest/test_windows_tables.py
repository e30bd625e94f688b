"""Windows events in CSV and JSON: every field is compared with the truth; dates only in a proven order."""

from dataclasses import replace

import pytest

from lumber.ingest.options import Format, IngestOptions, check_time_format
from tests.unit.ingest.reading import read, read_in_two_loads

ONE_PM = 1_709_298_123_000_000  # 2024-03-01T13:02:03Z
DAY = 86_400_000_000
LOGS = IngestOptions("logs")
VIEWER = "Level,Date and Time,Source,Event ID,Task Category\r\n"
ADVICE = (
    "may begin with the day or with the month; give the form with --time-format, for example"
    " '%d/%m/%Y %H:%M:%S' or '%m/%d/%Y %I:%M:%S %p'"
)


def viewed(*times: str) -> str:
    return VIEWER + "".join(f"Error,{time},Disk,7,None,m\r\n" for time in times)


def moments(text: str, options: IngestOptions = LOGS) -> list[int]:
    rows, rejects = read(text, options)
    assert rejects == []
    return [row["timestamp"] for row in rows]


def test_event_viewer_writes_a_message_without_a_name() -> None:
    text = VIEWER + (
        'Information,3/1/2024 1:02:03 PM,Security-Auditing,4624,Logon,"A logon.\r\n\r\nUser:\t""j, x"""\r\n'
        "Critical,12/31/2023 12:00:00 AM,Kernel-Power,41,(63),m\r\n"
        "Informationen,1/13/2024 12:30:59 PM,Disk,7,None,n\r\n"
        "Error,1/13/2024 12:30:59 PM,Disk,7,None\r\n"
    )
    rows, rejects = read(text)
    assert rejects == [(7, "has 5 fields, and the header has 6")]
    assert rows == [
        {
            "timestamp": ONE_PM, "severity_text": "Information", "log_level": "INFO",
            "process_name": "Security-Auditing", "message": 'A logon.\r\n\r\nUser:\t"j, x"',
            "structured_data": {"EventID": 4624, "Task Category": "Logon"},
        },
        {
            "timestamp": 1_703_980_800_000_000, "severity_text": "Critical", "log_level": "CRITICAL",
            "process_name": "Kernel-Power", "message": "m",
            "structured_data": {"EventID": 41, "Task Category": "(63)"},
        },
        {
            "timestamp": 1_705_149_059_000_000, "severity_text": "Informationen", "process_name": "Disk",
            "message": "n", "structured_data": {"EventID": 7, "Task Category": "None"},
        },
    ]  # fmt: skip


def test_the_security_log_has_keywords_in_place_of_levels() -> None:
    text = "\ufeffKeywords,Date and Time,Source,Event ID,Task Category\r\n"
    [row], rejects = read(text + "Audit Failure,2024-03-01 13:02:03,Auditing,4625,Logon,failed\r\n")
    assert rejects == []
    assert row == {
        "timestamp": ONE_PM, "process_name": "Auditing", "message": "failed",
        "structured_data": {"EventID": 4625, "Task Category": "Logon", "Keywords": "Audit Failure"},
    }  # fmt: skip


def test_powershell_writes_names_of_its_own() -> None:
    text = (
        '#TYPE Selected.System.Diagnostics.Eventing.Reader.EventLogRecord\r\n"TimeCreated","Id","Level",'
        '"LevelDisplayName","ProviderName","MachineName","LogName","ProcessId","Message"\r\n'
        '"13.03.2024 13:02:03","4624","4","Informationen","P","PC.example","Security","580","a\nb"\r\n'
        '"01.03.2024 13:02:03","1","0","Information","P","PC","Security","","m"\r\n'
        '"01.03.2024 13:02:03","1","0","","P","PC","Security","4","m"\r\n'
    )
    rows, rejects = read(text)
    assert rejects == []
    assert rows == [
        {
            "timestamp": ONE_PM + 12 * DAY, "severity_text": "Information", "log_level": "INFO",
            "process_name": "P", "host_name": "PC.example", "message": "a\nb",
            "structured_data": {
                "EventID": 4624, "Level": 4, "LevelDisplayName": "Informationen", "LogName": "Security",
                "ProcessId": 580,
            },
        },
        {
            "timestamp": ONE_PM, "severity_text": "Information", "log_level": "INFO", "process_name": "P",
            "host_name": "PC", "message": "m",
            "structured_data": {"EventID": 1, "Level": 0, "LogName": "Security"},
        },
        {
            "timestamp": ONE_PM, "severity_text": "LogAlways", "process_name": "P", "host_name": "PC",
            "message": "m",
            "structured_data": {"EventID": 1, "Level": 0, "LogName": "Security", "ProcessId": 4},
        },
    ]  # fmt: skip


def test_get_event_log_and_json_load_too() -> None:
    [old], _ = read(
        '"EventID","MachineName","EntryType","Message","Source","TimeGenerated","InstanceId"\r\n'
        '"7036","PC","Warning","m","Disk","2024-03-01 13:02:03","1073748860"\r\n'
    )
    assert old == {
        "timestamp": ONE_PM, "severity_text": "Warning", "log_level": "WARNING", "process_name": "Disk",
        "host_name": "PC", "message": "m", "structured_data": {"EventID": 7036, "InstanceId": 1073748860},
    }  # fmt: skip
    [new], _ = read(
        '[\n {\n  "Id": 41,\n  "Level": 1,\n  "ProviderName": "P",\n  "MachineName": "PC",\n'
        '  "TimeCreated": "\\/Date(1709298123000)\\/",\n  "Message": "m"\n }\n]\n'
    )
    assert new == {
        "timestamp": ONE_PM, "severity_text": "Critical", "log_level": "CRITICAL", "process_name": "P",
        "host_name": "PC", "message": "m", "structured_data": {"EventID": 41, "Level": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    "time", ["3/1/2024 1:02:03 PM", "01.03.2024 13:02:03", "1-3-2024 13:02", "3/1/2024, 1:02:03\u202fp.m."]
)
def test_the_order_of_day_and_month_is_never_guessed(time: str) -> None:
    rows, rejects = read(viewed(time.replace(",", "")))
    assert rows == []
    assert rejects == [(2, f"timestamp: {time.replace(',', '')!r} {ADVICE}")]


def test_one_number_over_12_proves_the_order_for_the_source() -> None:
    assert moments(viewed("3/1/2024 1:02:03 PM", "3/13/2024 1:02:03 PM")) == [ONE_PM, ONE_PM + 12 * DAY]
    assert moments(viewed("1/3/2024 13:02:03", "13/3/2024 1:02:03.5 pm")) == [
        ONE_PM, ONE_PM + 12 * DAY + 500_000,
    ]  # fmt: skip
    assert moments(viewed("01.03.2024 13:02", "29.02.2024 00:00")) == [
        ONE_PM - 3_000_000,
        1_709_164_800_000_000,
    ]


def test_the_user_may_say_the_order() -> None:
    form = check_time_format("%m/%d/%Y %I:%M:%S %p", Format.CSV)
    assert moments(viewed("3/1/2024 1:02:03 PM"), replace(LOGS, time_format=form)) == [ONE_PM]


def test_a_source_that_proves_both_orders_has_none() -> None:
    rows, rejects = read(viewed("13/3/2024 13:02:03", "3/13/2024 13:02:03", "3/1/2024 13:02:03"))
    assert rows == []
    assert [reason.endswith("have both orders") for _, reason in rejects] == [True] * 3


@pytest.mark.parametrize(
    "time", ["13/13/2024 13:02:03", "3/32/2024 13:02:03", "30/2/2024 13:02:03", "3/1/24 13:02"]
)
def test_what_is_no_date_proves_nothing(time: str) -> None:
    rows, rejects = read(viewed("3/1/2024 13:02:03", time))
    assert rows == [] or time.startswith("30")
    assert len(rejects) >= 1


@pytest.mark.parametrize("time", ["3/13/2024 13:02:03 PM", "3/13/2024 0:02:03 AM", "3/13/2024 24:00:00"])
def test_a_time_of_day_is_checked(time: str) -> None:
    _, rejects = read(viewed(time))
    assert rejects == [(2, f"timestamp: {time!r} is not a time in years 1 to 9999")]


def test_the_order_is_kept_for_later_chunks_and_loads() -> None:
    text = viewed("3/13/2024 1:02:03 PM", *["3/1/2024 1:02:03 PM"] * 50)
    options = replace(LOGS, chunk_bytes=300)
    assert len(moments(text, options)) == 51
    assert read_in_two_loads(text, options) == read(text)[0]
    lines = "".join(f'{{"time": "{day}/3/2024 13:02:03", "msg": "m"}}\n' for day in (13, *[1] * 50))
    assert len(moments(lines, options)) == 51
