"""The table that rsyslog writes to (createDB.sql of its ompgsql and ommysql), with rows, and mapped."""

from datetime import timedelta
from pathlib import Path

from tests.integration.datasets import START, execute

COLUMNS = """
    CustomerID bigint, ReceivedAt {time} NULL, DeviceReportedTime {time} NULL, Facility smallint NULL,
    Priority smallint NULL, FromHost varchar(60) NULL, Message text, NTSeverity int NULL,
    Importance int NULL, EventSource varchar(60), EventUser varchar(60) NULL, EventCategory int NULL,
    EventID int NULL, EventBinaryData text NULL, MaxAvailable int NULL, CurrUsage int NULL,
    MinUsage int NULL, MaxUsage int NULL, InfoUnitID int NULL, SysLogTag varchar(60),
    EventLogType varchar(60), GenericFileName varchar(60), SystemID int NULL
"""
MAPPING = """
kind = "logs"
table = "SystemEvents"
key = "ID"
time = { column = "ReceivedAt", zone = "UTC" }

[columns]
message = "Message"
host_name = "FromHost"
process_name = "SysLogTag"
severity_text = { column = "Priority", map = { 3 = "err", 4 = "warning", 6 = "info" } }
device_id = { join = ["FromHost", "Facility"], separator = "/" }
raw_message = { constant = "from rsyslog" }
"""
LEVELS = {3: "err", 4: "warning", 6: "info"}


def make_events(url: str, rows: int, first: int = 1) -> None:
    """Make the table if it isn't there, and add rows with ids from `first` on, several in each second."""
    is_sqlite = url.startswith("sqlite")
    key = "ID integer PRIMARY KEY" if is_sqlite else "ID serial NOT NULL PRIMARY KEY"
    time = "text" if is_sqlite else "timestamp without time zone"
    if first == 1:
        execute(url, f"CREATE TABLE SystemEvents ({key}, {COLUMNS.format(time=time)})")
    execute(url, insert(url), [event(url, number) for number in range(first, first + rows)])


def insert(url: str) -> str:
    """Return the statement that adds an event."""
    marks = "?, ?, ?, ?, ?, ?, ?" if url.startswith("sqlite") else "$1, $2, $3, $4, $5, $6, $7"
    names = "ID, ReceivedAt, Facility, Priority, FromHost, Message, SysLogTag"
    return f"INSERT INTO SystemEvents ({names}) VALUES ({marks})"


def event(url: str, number: int) -> tuple[object, ...]:
    """Return the values of an event."""
    moment = (START + timedelta(microseconds=at(number))).replace(tzinfo=None)
    time = moment.isoformat(" ") if url.startswith("sqlite") else moment
    return (number, time, 3, (3, 4, 6)[number % 3], f"host{number % 5}", f"line {number} é", "sshd[1]:")


def at(number: int) -> int:
    """Return the microseconds after START of an event: not in the order of the ids, and not all different."""
    return (number * 7919 % 500) * 1_000_000 + number % 2 * 250_001


def same_in_own_tables(url: str, rows: int) -> None:
    """Add the same rows to our own table, as the mapping makes them."""
    is_sqlite = url.startswith("sqlite")
    marks = ", ".join("?" if is_sqlite else f"${n}" for n in range(1, 9))
    found = []
    for number in range(1, rows + 1):
        host = f"host{number % 5}"
        micros = int(START.timestamp()) * 1_000_000 + at(number)
        moment = micros if is_sqlite else START + timedelta(microseconds=at(number))
        level = LEVELS[(3, 4, 6)[number % 3]]
        values = (f"line {number} é", host, "sshd[1]:", level, f"{host}/3", "from rsyslog")
        found.append((number, moment, *values))
    names = "id, timestamp, message, host_name, process_name, severity_text, device_id, raw_message"
    execute(url, f"INSERT INTO log_entries ({names}) VALUES ({marks})", found)


def write_mapping(folder: Path, text: str = MAPPING) -> Path:
    """Write a mapping to a file."""
    path = folder / "mapping.toml"
    path.write_text(text)
    return path
