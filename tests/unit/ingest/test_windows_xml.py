"""Windows events as XML: every field is compared with the truth."""

import io
from dataclasses import replace

import pytest

from lumber.errors import IngestError
from lumber.ingest.dry_run import dry_run
from lumber.ingest.limits import Limits
from lumber.ingest.options import IngestOptions
from lumber.ingest.sources import Source
from tests.unit.ingest.reading import chunks, read, read_in_two_loads

NOON = 1_709_287_200_000_000  # 2024-03-01T10:00:00Z
LOGS = IngestOptions("logs")
NAMESPACE = "xmlns='http://schemas.microsoft.com/win/2004/08/events/event'"
LOGON = (
    f"<Event {NAMESPACE}><System><Provider Name='Microsoft-Windows-Security-Auditing' Guid='{{5484}}'/>"
    "<EventID>4624</EventID><Version>2</Version><Level>0</Level><Task>12544</Task><Opcode>0</Opcode>"
    "<Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='2024-03-01T10:00:00.1234567Z'/>"
    "<EventRecordID>211</EventRecordID><Correlation/><Execution ProcessID='580' ThreadID='3344'/>"
    "<Channel>Security</Channel><Computer>WIN-1.example</Computer><Security UserID='S-1-5-18'/></System>"
    "<EventData><Data Name='TargetUserName'>J\u00f6rg &lt;&amp;&gt; O&apos;Neil</Data>"
    "<Data Name='LogonType'>3</Data><Data Name='Elevated'>true</Data><Data Name='Code'>007</Data>"
    "<Data Name='Empty'></Data><Data Name='Big'>12345678901234567890</Data>"
    "<Data Name='Script'><![CDATA[</Event> <b> ]]></Data></EventData></Event>"
)
LOGON_ROW = {
    "timestamp": NOON + 123_456, "severity_text": "LogAlways", "host_name": "WIN-1.example",
    "process_name": "Microsoft-Windows-Security-Auditing", "raw_message": LOGON,
    "message": "Event 4624: TargetUserName=J\u00f6rg <&> O'Neil, LogonType=3, Elevated=true, Code=007,"
    " Empty=, Big=12345678901234567890, Script=</Event> <b> ",
    "structured_data": {
        "Provider": {"Guid": "{5484}"}, "EventID": 4624, "Version": 2, "Level": 0, "Task": 12544, "Opcode": 0,
        "Keywords": "0x8020000000000000", "EventRecordID": 211, "Channel": "Security",
        "Execution": {"ProcessID": 580, "ThreadID": 3344}, "Security": {"UserID": "S-1-5-18"},
        "EventData": {
            "TargetUserName": "J\u00f6rg <&> O'Neil", "LogonType": 3, "Elevated": True, "Code": "007",
            "Empty": None, "Big": "12345678901234567890", "Script": "</Event> <b> ",
        },
    },
}  # fmt: skip
SERVICE = f"""<Event {NAMESPACE}>
  <System>
    <Provider Name="Service Control Manager" EventSourceName="SCM" />
    <EventID Qualifiers="16384">7036</EventID>
    <Level>2</Level>
    <TimeCreated SystemTime="2024-03-01T10:00:01.000000000" />
    <Computer>PC</Computer>
  </System>
  <EventData><Data>Spooler</Data><Data>2</Data><Binary>530070</Binary></EventData>
  <RenderingInfo Culture="de-DE"><Message>Dienst "Spooler":
beendet.</Message><Level>Fehler</Level><Keywords><Keyword>Klassisch</Keyword></Keywords></RenderingInfo>
</Event>"""
SERVICE_ROW = {
    "timestamp": NOON + 1_000_000, "severity_text": "Error", "log_level": "ERROR", "host_name": "PC",
    "process_name": "Service Control Manager", "raw_message": SERVICE,
    "message": 'Dienst "Spooler":\nbeendet.',
    "structured_data": {
        "Provider": {"EventSourceName": "SCM"}, "EventID": 7036, "Qualifiers": 16384, "Level": 2,
        "EventData": {"Data": ["Spooler", 2], "Binary": 530070},
        "RenderingInfo": {"Culture": "de-DE", "Level": "Fehler", "Keywords": {"Keyword": "Klassisch"}},
    },
}  # fmt: skip
USER = (
    f"<Event {NAMESPACE}><System><Provider Name='P'/><EventID>5</EventID><Level>0</Level>"
    "<TimeCreated SystemTime='2024-03-01T10:00:00Z'/><Computer>PC</Computer></System>"
    "<UserData><x:EventXML xmlns:x='Event_NS'><x:Name>a</x:Name><x:Name>7</x:Name></x:EventXML></UserData>"
    "<RenderingInfo Culture='en-US'><Level>Information</Level></RenderingInfo></Event>"
)
USER_ROW = {
    "timestamp": NOON, "severity_text": "Information", "log_level": "INFO", "host_name": "PC",
    "process_name": "P", "message": "Event 5: Name=a, Name=7", "raw_message": USER,
    "structured_data": {
        "EventID": 5, "Level": 0, "UserData": {"EventXML": {"Name": ["a", 7]}},
        "RenderingInfo": {"Culture": "en-US", "Level": "Information"},
    },
}  # fmt: skip
DECLARED = '<?xml version="1.0" encoding="utf-16" standalone="yes"?>\n'


@pytest.mark.parametrize("chunk_bytes", [50, 700, 100_000])
@pytest.mark.parametrize(
    "text",
    [
        f"{DECLARED}<Events>{LOGON}{SERVICE}<!-- <Event> -->{USER}</Events>\n",
        f"{LOGON}\r\n{SERVICE}\r\n{USER}\r\n",
        f"{DECLARED}<Events>\n{LOGON}\n</Events>\n{DECLARED}<Events>{SERVICE}{USER}</Events>",
    ],
    ids=["Event Viewer", "wevtutil", "two documents"],
)
def test_events_are_rows_with_typed_data(text: str, chunk_bytes: int) -> None:
    rows, rejects = read(text, replace(LOGS, chunk_bytes=chunk_bytes))
    assert rejects == []
    assert rows == [LOGON_ROW, SERVICE_ROW, USER_ROW]


def test_utf_16_loads_although_the_declaration_names_it() -> None:
    rows, rejects = read(f"{DECLARED}<Events>{LOGON}</Events>".encode("utf-16"))
    assert (rows, rejects) == ([LOGON_ROW], [])


@pytest.mark.parametrize(
    ("number", "level"), [(1, "CRITICAL"), (3, "WARNING"), (4, "INFO"), (5, "DEBUG"), (9, None)]
)
def test_the_level_is_a_number(number: int, level: str | None) -> None:
    [row], _ = read(USER.replace("<Level>0</Level>", f"<Level>{number}</Level>"))
    assert row.get("log_level") == level


@pytest.mark.parametrize("chunk_bytes", [50, 100_000])
def test_damage_costs_only_the_events_that_have_it(chunk_bytes: int) -> None:
    cut = LOGON[:300]
    deep = f"<Event>{'<a>' * 200}{'</a>' * 200}</Event>"
    text = f"<Events>{cut}{SERVICE}stray text\n{USER}<Event {NAMESPACE}><a></b></Event>{deep}"
    text += f"<Event {NAMESPACE}><System>&lol;</System></Event><Event {NAMESPACE}><X/></Event>"
    text += USER.replace("2024-03-01", "2024-02-30") + LOGON[:-100]
    rows, rejects = read(text, replace(LOGS, chunk_bytes=chunk_bytes))
    assert rows == [SERVICE_ROW, USER_ROW]
    assert rejects == [
        (1, "is a Windows event without its end"),
        (3, "is not a Windows event"),
        (5, "not valid XML: mismatched tag"),
        (6, "has elements in more than 100 levels"),
        (7, "not valid XML: undefined entity"),
        (8, "is not a Windows event: it has no element System"),
        (9, "timestamp: '2024-02-30T10:00:00Z' is not a time in years 1 to 9999"),
        (10, "is a Windows event without its end"),
    ]


def test_a_document_type_is_refused_with_one_sentence() -> None:
    bomb = '<!DOCTYPE Events [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c "<Event >">]>'
    for start in (f"{DECLARED}{bomb}<Events>", f"<Events>{USER}</Events>{bomb}"):
        with pytest.raises(IngestError, match="has a document type declaration"):
            read(f"{start}{USER.replace('<UserData>', '<UserData>&b;')}</Events>")


@pytest.mark.parametrize("chunk_bytes", [50, 3000, 100_000])
def test_an_event_that_is_too_long_is_one_reject(chunk_bytes: int) -> None:
    options = replace(LOGS, chunk_bytes=chunk_bytes, limits=Limits(line_bytes=3000))
    long = USER.replace("Event_NS", "a" * 40_000)
    assert read(f"{long}{USER}{long}", options) == (
        [USER_ROW],
        [(number, "longer than 3,000 bytes, the limit of LUMBER_MAX_LINE_BYTES") for number in (1, 3)],
    )


def test_comments_that_never_end_cost_linear_time() -> None:
    text = f"<Events>{USER}" + "<!--" * 200_000
    rows, rejects = read(text, replace(LOGS, chunk_bytes=1000))
    assert (rows, [reason for _, reason in rejects]) == ([USER_ROW], ["is not a Windows event"])


def test_a_resumed_load_continues_between_events() -> None:
    text = f"{DECLARED}<Events>\n" + f"{LOGON}{SERVICE}\n{USER}" * 5 + "</Events>"
    whole, _ = read(text)
    for size in (800, 2500):
        options = replace(LOGS, chunk_bytes=size)
        assert len(chunks(text, options)) > 1
        assert read_in_two_loads(text, options) == whole


def test_other_xml_is_not_taken_for_events() -> None:
    rows, rejects = read('<?xml version="1.0"?>\n<Eventsource><Event id="1"/></Eventsource>\n')
    assert rows == []
    assert all(reason.startswith("does not start like a log line") for _, reason in rejects)


def test_the_first_bytes_of_a_file_show_whole_events_only() -> None:
    text = f"<Events>{USER}\n{SERVICE}\n".encode()
    for end in (len(text) - 150, len(USER) + 40):
        source = Source("memory", None, io.BytesIO(text[:end]))
        found = dry_run(source, LOGS, "sqlite", is_cut=True)
        assert (len(found.rows), found.report.rejected) == (1, 0)
