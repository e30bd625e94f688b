"""The structured tables of public log collections: every shape loads with its line of options."""

from datetime import UTC, datetime

import pytest

from lumber.ingest.options import Format, IngestOptions, check_mapping, check_time_format
from tests.unit.ingest.reading import read

DATE_TIME = "message=Content timestamp=Date+Time"
# Header, record, mapping, form of times; time, level, process and host of the row.
SHAPES = {
    "Android": (
        "LineId,Date,Time,Pid,Tid,Level,Component,Content", "1,03-17,16:13:38.811,1702,2395,D,Window,M",
        DATE_TIME, "%m-%d %H:%M:%S.%f", "2026-03-17T16:13:38.811", None, None, None,
    ),
    "Apache": (
        "LineId,Time,Level,Content", "1,Sun Dec 04 04:47:44 2005,notice,M",
        "message=Content", None, "2005-12-04T04:47:44", "INFO", None, None,
    ),
    "BGL": (
        "LineId,Label,Timestamp,Date,Node,Time,NodeRepeat,Type,Component,Level,Content",
        "1,-,1117838570,2005.06.03,R02,2005-06-03-15.42.50.675872,R02,RAS,KERNEL,FATAL,M",
        "message=Content process_name=Component host_name=Node", None,
        "2005-06-03T22:42:50", "CRITICAL", "KERNEL", "R02",
    ),
    "Hadoop": (
        "LineId,Date,Time,Level,Process,Component,Content", '1,2015-10-18,"18:01:47,978",WARN,main,org.Foo,M',
        f"{DATE_TIME} process_name=Component", None, "2015-10-18T18:01:47.978", "WARNING", "org.Foo", None,
    ),
    "HDFS": (
        "LineId,Date,Time,Pid,Level,Component,Content", "1,081109,203615,148,INFO,dfs.DataNode,M",
        DATE_TIME, "%y%m%d %H%M%S", "2008-11-09T20:36:15", "INFO", None, None,
    ),
    "HealthApp": (
        "LineId,Time,Component,Pid,Content", "1,20171223-22:15:35:11,Step_LSC,30002312,M",
        "message=Content", "%Y%m%d-%H:%M:%S:%L", "2017-12-23T22:15:35.011", None, None, None,
    ),
    "HPC": (
        "LineId,LogId,Node,Component,State,Time,Flag,Content", "1,1,node-246,unix.hw,state,1077804742,1,M",
        "message=Content", None, "2004-02-26T14:12:22", None, None, None,
    ),
    "Linux": (
        "LineId,Month,Date,Time,Level,Component,PID,Content",
        "1,Jun,14,15:16:01,combo,sshd(pam_unix),19939,M",
        "message=Content timestamp=Month+Date+Time host_name=Level", None,
        "2026-06-14T15:16:01", None, None, "combo",
    ),
    "Mac": (
        "LineId,Month,Date,Time,User,Component,PID,Address,Content",
        "1,Jul,1,09:00:55,calvisitor,kernel,0,,M",
        "message=Content timestamp=Month+Date+Time host_name=User", None,
        "2025-07-01T09:00:55", None, None, "calvisitor",
    ),
    "OpenSSH": (
        "LineId,Date,Day,Time,Component,Pid,Content", "1,Dec,10,06:55:46,LabSZ,24200,M",
        "message=Content timestamp=Date+Day+Time", None, "2025-12-10T06:55:46", None, None, None,
    ),
    "OpenStack": (
        "LineId,Logrecord,Date,Time,Pid,Level,Component,ADDR,Content",
        "1,nova-api.log,2017-05-16,00:00:00.008,25746,INFO,nova.osapi,req-1,M",
        DATE_TIME, None, "2017-05-16T00:00:00.008", "INFO", None, None,
    ),
    "Proxifier": (
        "LineId,Time,Program,Content", "1,10.30 16:49:06,chrome.exe,M",
        "message=Content", "%m.%d %H:%M:%S", "2025-10-30T16:49:06", None, "chrome.exe", None,
    ),
    "Spark": (
        "LineId,Date,Time,Level,Component,Content", "1,17/06/09,20:10:40,ERROR,executor.Backend,M",
        DATE_TIME, "%y/%m/%d %H:%M:%S", "2017-06-09T20:10:40", "ERROR", None, None,
    ),
    "Thunderbird": (
        "LineId,Label,Timestamp,Date,User,Month,Day,Time,Location,Component,PID,Content",
        "1,-,1131566461,2005.11.09,dn228,Nov,9,12:01:01,dn228/dn228,crond(pam_unix),2915,M",
        "message=Content", None, "2005-11-09T20:01:01", None, None, None,
    ),
    "Windows": (
        "LineId,Date,Time,Level,Component,Content", "1,2016-09-28,04:30:30,Info,CBS,M",
        DATE_TIME, None, "2016-09-28T04:30:30", "INFO", None, None,
    ),
    "Zookeeper": (
        "LineId,Date,Time,Level,Node,Component,Id,Content",
        '1,2015-07-29,"17:41:44,747",WARN,main,Peer,774,M',
        DATE_TIME, None, "2015-07-29T17:41:44.747", "WARNING", None, None,
    ),
}  # fmt: skip


def options(mapped: str, form: str | None) -> IngestOptions:
    mapping = check_mapping(dict(pair.split("=") for pair in mapped.split()), "logs", Format.AUTO)
    return IngestOptions("logs", mapping=mapping, time_format=check_time_format(form, Format.AUTO))


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_loads_with_its_options(name: str) -> None:
    header, record, mapped, form, time, *columns = SHAPES[name]
    rows, rejects = read(f"{header},EventId,EventTemplate\n{record},E1,<*>\n", options(mapped, form))
    assert rejects == []
    [row] = rows
    moment = datetime.fromtimestamp(row["timestamp"] / 1e6, UTC).replace(tzinfo=None)
    assert moment == datetime.fromisoformat(time)
    assert [row.get(column) for column in ("log_level", "process_name", "host_name")] == columns
    assert row["message"] == "M"
    assert row["structured_data"].items() >= {"LineId": "1", "EventId": "E1", "EventTemplate": "<*>"}.items()


def test_a_fraction_after_a_colon_is_never_guessed() -> None:
    """HealthApp writes 11 milliseconds as `:11`."""
    text = "Time,Content\n20171223-22:15:35:11,a\n20171223-22:15:35:104,b\n"
    rows, rejects = read(text, options("message=Content", "%Y%m%d-%H:%M:%S:%f"))
    assert [row["message"] for row in rows] == ["b"]
    assert [line for line, _ in rejects] == [2]
    rows, _ = read(text, options("message=Content", "%Y%m%d-%H:%M:%S:%L"))
    assert [row["timestamp"] % 1_000_000 for row in rows] == [11_000, 104_000]


def test_milliseconds_that_touch_the_seconds_have_three_digits() -> None:
    rows, rejects = read(
        "Time,Content\n20240301100000011,a\n2024030110000001,b\n",
        options("message=Content", "%Y%m%d%H%M%S%L"),
    )
    assert [row["timestamp"] % 1_000_000 for row in rows] == [11_000]
    assert [line for line, _ in rejects] == [3]
