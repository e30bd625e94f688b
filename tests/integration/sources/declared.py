"""Tables of other programs whose columns our data types don't have, with mappings that declare them."""

from tests.integration.datasets import execute

PATHS = """
kind = "logs"
table = "requests"
key = "id"
time = { column = "at", zone = "UTC" }

[columns]
message = "line"
host_name = "host"

[extra]
duration_ms = "ms"
share = { column = "share", max = 1 }
is_cached = { column = "cached", type = "boolean" }
ended = { column = "ended", zone = "UTC" }
headers = { column = "doc", type = "json" }
client = { column = "client", description = "Who asked." }
"""


def make_requests(url: str, rows: int, first: int = 1) -> None:
    """Make a table of requests with every type of column; every tenth row breaks a rule of its mapping."""
    is_sqlite = url.startswith("sqlite")
    if first == 1:
        execute(
            url,
            "CREATE TABLE requests (id integer PRIMARY KEY, at {t} NOT NULL, line text NOT NULL, host text, "
            "ms bigint, share double precision, cached {b}, ended {t}, doc {j}, client text)".format(
                t="text" if is_sqlite else "timestamp",
                b="boolean",
                j="text" if is_sqlite else "jsonb",
            ),
        )
    numbers = (
        f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {first + rows - 1})"
    )
    time = (
        "datetime('2026-01-01', '+' || i || ' seconds')"
        if is_sqlite
        else "TIMESTAMP '2026-01-01' + i * INTERVAL '1 second'"
    )
    doc = "'{{\"b\": [' || i || '], \"a\": null}}'".replace("{{", "{").replace("}}", "}")
    values = (
        f"i, {time}, 'line ' || i || ' from 10.1.2.' || i % 9, 'host' || i % 3, i * 10, "
        f"CASE WHEN i % 10 = 0 THEN 2.5 ELSE 0.25 END, i % 2 = 0, "
        f"CASE WHEN i % 5 = 0 THEN NULL ELSE {time} END, {doc if is_sqlite else f'({doc})::jsonb'}, "
        "CASE WHEN i % 4 = 0 THEN NULL ELSE 'bob@example.com at 192.0.2.' || i % 7 END"
    )
    execute(
        url,
        f"{numbers} INSERT INTO requests SELECT {values} FROM n".replace(
            f"{numbers} INSERT INTO requests SELECT", f"INSERT INTO requests {numbers} SELECT"
        ),
    )
