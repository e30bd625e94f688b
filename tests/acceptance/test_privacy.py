"""Private exports: nothing that was planted is in any byte of them, whatever the format."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import shutil
from collections import Counter
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from lumber.dataset.sections import rule_section
from lumber.dataset.verify import verify_dataset
from lumber.errors import ConfigError, ResidueFound
from lumber.exports import ExportConfig
from lumber.exports import attempt as export_run
from lumber.exports.preview import preview_export
from lumber.privacy.key import key_id
from lumber.privacy.rule import PrivacyRule
from lumber.settings import Settings
from lumber.store.database import open_database
from lumber.store.url import DatabaseUrl
from tests.acceptance.exporting import every_variant, export, ledger, lumber
from tests.acceptance.reading import manifest_of, plain_bytes, rejects_of, rows_of, shards
from tests.clones import make_tables
from tests.databases import PostgresServer

BUDGET_REASON = "Private exports in every format, and a search of all their bytes for all that was planted."
KEY = bytes.fromhex("9f4c1e7ab2d85036cc17f0e9a45b38d16e02937bd4a8f51c80b6e32f7d19ca54")
OTHER_KEY = bytes(reversed(KEY))
# Every combination of what log_rows gives to every third, sixth, eighth and twelfth row.
ROWS = 24
# The first row's second; one row each minute.
START_US = 1_767_225_600_000_000
CARDS = ("4111 1111 1111 1111", "5500-0055-5555-5559", "378282246310005", "6011000990139424")
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBplanted{i}KCAQEA\nplanted{i}line\n-----END RSA PRIVATE KEY-----"
)


class Planted:
    """What is planted in row `i`, each thing unlike all others. `secrets` must not be found anywhere."""

    def __init__(self, i: int) -> None:
        self.v4 = f"{11 + i}.{203 - i}.{i % 50 + 100}.{i + 77}"
        self.other_v4 = f"{130 + i}.{i + 1}.{99 - i}.{200 - i}"
        self.v6 = f"2001:db8:{i + 0x1A0:x}::{i + 0xBEE0:x}"
        self.mail = f"quinn{i}.planted@mail{i}.example.co.uk"
        self.mac = f"02:5e:{i:02x}:c4:7b:{i + 3:02x}"
        self.user = f"quuser{i:03}x"
        self.device = f"plantedhost{i:03}"
        self.host = f"{self.device}.planted.lan"
        self.password = f"Hunter{i}zzQ!planted"
        self.aws = "AKIA" + base64.b32encode(hashlib.sha256(f"aws{i}".encode()).digest()).decode()[:16]
        self.github = "ghp_" + hashlib.sha256(f"gh{i}".encode()).hexdigest()[:36]
        self.jwt = f"eyJhbGciOiJI{i:03}.eyJzdWIiOiJx{i:03}.c2lnbmF0dXJl{i:03}"
        self.url_password = f"s3cr{i:03}etPlanted"
        self.bearer = f"tok{hashlib.sha256(f'b{i}'.encode()).hexdigest()[:24]}"
        self.card = CARDS[i % len(CARDS)]
        self.pem = PEM.format(i=i)

    @property
    def secrets(self) -> list[str]:
        exploded = ip_address(self.v6).exploded
        return [
            *(self.v4, self.other_v4, self.v6, self.v6.upper(), exploded, self.mail, self.mac, self.user),
            *(self.device, self.host, self.password, self.aws, self.github, self.jwt, self.url_password),
            *(self.bearer, self.card, f"planted{self.pem[43:45]}KCAQEA", self.mac.replace(":", "-")),
            self.v4.replace(".", "-"),
        ]

    @property
    def sentences(self) -> list[str]:
        return [
            f"Failed password for {self.user} from {self.v4} port {4000} ssh2",
            f"GET http://{self.other_v4}:8080/x?ip={self.v4}&m={self.mail} by [{self.v6}]:443",
            f"peer ::ffff:{self.v4} and ip-{self.v4.replace('.', '-')} via {self.v6.upper()}/64",
            f"DHCPACK on {self.v4} to {self.mac} ({self.device}) via {ip_address(self.v6).exploded}",
            f"mail from <{self.mail}> relay={self.host}[{self.v4}]:25, password={self.password}",
            f"clone https://bob:{self.url_password}@git.example.org/r.git token={self.github}",
            f"Authorization: Bearer {self.bearer} key {self.aws} jwt {self.jwt} card {self.card}",
            f"{self.pem} leaked; mac {self.mac.replace(':', '-')}",
        ]


PLANTED = [Planted(i) for i in range(ROWS)]
SECRETS = sorted({secret for planted in PLANTED for secret in planted.secrets})


def log_rows() -> list[dict[str, Any]]:
    rows = []
    for i, p in enumerate(PLANTED):
        texts = p.sentences
        message = texts[i % len(texts)]
        data: dict[str, Any] = {
            "client_ip": p.v4, "user": p.user, "password": p.password, "hostname": p.host, p.mail: 1,
            "notes": [*texts, {"deep": "\n".join(texts), "quoted": f'"{p.v4}"\t{p.v6}'}],
        }  # fmt: skip
        row = {
            "id": i + 1, "timestamp": START_US + i * 60_000_000, "message": message, "device_id": p.device,
            "device_ip": p.v6 if i % 3 == 2 else p.v4, "host_name": p.host, "process_name": "sshd",
            "severity_text": "info", "raw_message": f"<38>Jan 1 00:00:01 {p.host} sshd[7]: {' '.join(texts)}",
            "structured_data": json.dumps(data),
        }  # fmt: skip
        if i % 6 == 4:
            # Rejected, and shown with its value, which is longer than what is shown of it.
            row["message"] = f"broken \x00 {' '.join(texts)}"
        if i % 6 == 5:
            row["structured_data"] = '{"broken": ' + json.dumps(" ".join(texts))
        if i % 12 == 1:
            row["host_name"] = f"{p.host}\x00"
        rows.append(row)
    return rows


def anomaly_rows() -> list[dict[str, Any]]:
    return [
        {
            "id": i + 1, "timestamp": START_US + i * 60_000_000, "anomaly_type": "brute", "score": 0.5,
            "description": p.sentences[(i + 3) % 8], "features": json.dumps({"src": p.v4, "who": p.mail}),
            # What names a person or a machine may be in a detector's name as well.
            "device_id": p.device, "detector": f"rule of {p.v4}" if i % 2 else "rule",
        }
        for i, p in enumerate(PLANTED)
    ]  # fmt: skip


def ip_rows() -> list[dict[str, Any]]:
    moments = {"first_seen": START_US, "last_seen": START_US + 1}
    rows = [
        {"address": address, "device_id": p.device, "tags": json.dumps({"near": [p.v4, p.v6]}), **moments}
        for p in PLANTED
        for address in (p.v4, p.other_v4, p.v6)
    ]
    rows.append({"address": f"not {PLANTED[0].v4}", "device_id": None, "tags": None, **moments})
    return [{"id": number, **row} for number, row in enumerate(rows, 1)]


def fill(url: str) -> None:
    """Plant everything in an empty database."""
    make_tables(url)
    is_sqlite = url.startswith("sqlite")

    def moment(us: int) -> Any:
        return us if is_sqlite else sa.func.to_timestamp(us / 1_000_000)

    async def write() -> None:
        database = open_database(DatabaseUrl.parse(url))
        try:
            async with database.engine.begin() as connection:
                for table, rows in (
                    ("log_entries", log_rows()),
                    ("anomaly_detections", anomaly_rows()),
                    ("ip_addresses", ip_rows()),
                ):
                    for row in rows:
                        values = {
                            name: moment(value) if name in ("timestamp", "first_seen", "last_seen")
                            # PostgreSQL takes neither NUL in a text nor broken JSON.
                            else value if is_sqlite or not isinstance(value, str)
                            else value.replace("\x00", "") if not value.startswith('{"broken')
                            else "{}"
                            for name, value in row.items()
                        }  # fmt: skip
                        columns = [sa.column(name) for name in values]
                        await connection.execute(sa.insert(sa.table(table, *columns)).values(values))
        finally:
            await database.close()

    asyncio.run(write())


@pytest.fixture(scope="module")
def planted_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with everything planted and no exports, to be copied."""
    path: Path = tmp_path_factory.mktemp("planted") / "lumber.db"
    fill(f"sqlite:///{path}")
    return path


def copy_of(planted_file: Path, folder: Path) -> str:
    """Copy the file into a folder; return the URL of the copy."""
    return f"sqlite:///{shutil.copy(planted_file, folder / 'lumber.db')}"


@pytest.fixture(scope="module")
def planted_url(planted_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return copy_of(planted_file, tmp_path_factory.mktemp("exported"))


def private(url: str, folder: Path, key: bytes = KEY, **options: Any) -> Path:
    settings = {"privacy_key": key.hex(), **options.pop("settings", {})}
    export(url, folder, settings=settings, **{"privacy": True, "validation_level": "strict", **options})
    return folder


@pytest.fixture(scope="module")
def hidden(planted_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private dataset of everything, to be read only."""
    return private(planted_url, tmp_path_factory.mktemp("hidden") / "out", output_format="parquet")


def every_byte(folder: Path) -> bytes:
    """Return all bytes of all files, as they are and decompressed, and all values of the columnar ones."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found += [path.read_bytes(), plain_bytes(path), path.name.encode()]
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            found.append(json.dumps(table.to_pylist(), default=str, ensure_ascii=False).encode())
            found.append(repr(pq.ParquetFile(path).metadata.metadata).encode())
        if path.suffix == ".arrow":
            with pa.ipc.open_file(path) as reader:
                for batch in (reader.get_batch(i) for i in range(reader.num_record_batches)):
                    found += [bytes(b) for column in batch.columns for b in column.buffers() if b is not None]
    return b"\n".join(found)


def left_in(folder: Path) -> list[str]:
    """Return what is found of the secrets: as they are, without regard to case, and in JSON's spelling."""
    data = every_byte(folder).lower()
    return [
        secret
        for secret in SECRETS
        for spelling in {secret.lower(), json.dumps(secret)[1:-1].lower()}
        if spelling.encode() in data
        and re.search(rb"(?<![0-9a-z])" + re.escape(spelling.encode()) + rb"(?![0-9a-z])", data)
    ]


@every_variant
def test_nothing_planted_is_in_any_byte(
    planted_url: str, tmp_path: Path, format_: Any, compression: Any
) -> None:
    folder = private(
        planted_url,
        tmp_path / "out",
        output_format=format_,
        compression=compression,
        batch_size=7,
        settings={"partition_rows": 8},
    )
    assert left_in(folder) == []
    report = verify_dataset(folder)
    assert report.problems == []
    assert any("scanned again" in note.problem for note in report.notes)
    manifest = manifest_of(folder)
    assert manifest["privacy"]["key_id"] == key_id(KEY)
    for kind in ("logs", "anomalies", "ips"):
        section = manifest["kinds"][kind]
        scan = section["privacy"]["residue_scan"]
        assert scan["rows"] == section["written"]
        assert (scan["residues"], scan["judges_addresses"]) == (0, True)
        replaced, by_column = section["privacy"]["replaced"], section["privacy"]["replaced_by_column"]
        assert replaced["address"] > 0
        assert sum((Counter(counts) for counts in by_column.values()), Counter()) == Counter(replaced)
        assert by_column.keys() <= {*(field["name"] for field in section["schema"]), "(rejects)"}
    assert manifest["kinds"]["logs"]["rejected"] >= 8
    values = [line["value"] for line in rejects_of(folder, "logs")]
    # The reason for a reject is still to be seen, and so is what kind of thing stood there.
    assert any("user_" in value for value in values if value)
    card = (folder / "README.md").read_text()
    assert key_id(KEY) in card
    assert "residue" in card


def test_the_secrets_are_there_without_privacy(planted_url: str, tmp_path: Path) -> None:
    export(planted_url, tmp_path / "out", output_format="jsonl")
    # Of rejected rows only the beginning of one value is shown.
    assert len(left_in(tmp_path / "out")) > 0.7 * len(SECRETS)


# tests/unit/privacy/test_planted.py looks for what each mode leaves in records, in `make test` too.
@pytest.mark.parametrize(
    "mode", [*(pytest.param(mode, marks=pytest.mark.slow) for mode in ("token", "truncate")), "drop"]
)
def test_no_mode_leaves_anything(planted_url: str, tmp_path: Path, mode: str) -> None:
    folder = private(planted_url, tmp_path / "out", privacy=mode, output_format="jsonl", compression="gzip")
    assert left_in(folder) == []
    assert verify_dataset(folder).problems == []


ADDRESSES_ONLY = {"identifiers": [], "secrets": False}


@pytest.mark.parametrize(
    "format_",
    [
        "parquet",
        "csv",
        *(pytest.param(name, marks=[pytest.mark.slow]) for name in ("jsonl", "arrow", "json")),
    ],
)
def test_addresses_alone_are_replaced_the_same_way(
    planted_url: str, hidden: Path, tmp_path: Path, format_: str
) -> None:
    folder = private(planted_url, tmp_path / "few", privacy=ADDRESSES_ONLY, output_format=format_)
    found = left_in(folder)
    spellings = {
        text for p in PLANTED for text in (p.v4, p.other_v4, p.v6, p.v6.upper(), p.v4.replace(".", "-"))
    }
    assert not spellings & set(found)
    assert any("@" in text for text in found)
    whole = {row["id"]: row for row in rows_of(hidden, "logs")}
    for row in rows_of(folder, "logs"):
        assert row["device_ip"] == whole[row["id"]]["device_ip"]
        data = row["structured_data"]
        # In a JSON document it is text, because its values vary.
        data = json.loads(data) if isinstance(data, str) else data
        assert data["client_ip"] == whole[row["id"]]["structured_data"]["client_ip"]


def mapped(folder: Path) -> dict[str, str]:
    """Return the pseudonym of every planted address, and see that it is one in all places."""
    found: dict[str, set[str]] = {}
    for row in rows_of(folder, "ips"):
        planted = PLANTED[(row["id"] - 1) // 3] if row["id"] <= 3 * ROWS else None
        if planted is not None:
            address = (planted.v4, planted.other_v4, planted.v6)[(row["id"] - 1) % 3]
            found.setdefault(address, set()).add(row["address"])
            found.setdefault(planted.v4, set()).add(row["tags"]["near"][0])
            found.setdefault(planted.device, set()).add(row["device_id"])
    for row in rows_of(folder, "logs"):
        planted = PLANTED[row["id"] - 1]
        address = planted.v6 if (row["id"] - 1) % 3 == 2 else planted.v4
        found.setdefault(address, set()).add(row["device_ip"])
        found.setdefault(planted.v4, set()).add(row["structured_data"]["client_ip"])
        found.setdefault(planted.v4, set()).add(re.search(r"from (\S+) port 4000", row["raw_message"])[1])
        found.setdefault(planted.device, set()).add(row["device_id"])
        found.setdefault(planted.user, set()).update(
            {row["structured_data"]["user"], re.search(r"password for (\S+) from", row["raw_message"])[1]}
        )
    for row in rows_of(folder, "anomalies"):
        found.setdefault(PLANTED[row["id"] - 1].v4, set()).add(row["features"]["src"])
        found.setdefault(PLANTED[row["id"] - 1].device, set()).add(row["device_id"])
    assert {real: len(pseudonyms) for real, pseudonyms in found.items()} == dict.fromkeys(found, 1)
    return {real: pseudonyms.pop() for real, pseudonyms in found.items()}


def shared_bits(one: str, other: str) -> int:
    return 32 - (int(IPv4Address(one)) ^ int(IPv4Address(other))).bit_length()


def test_pseudonyms_are_one_per_key_across_kinds_and_exports_and_keep_prefixes(
    planted_url: str, hidden: Path, tmp_path: Path
) -> None:
    first = mapped(hidden)
    again = mapped(private(planted_url, tmp_path / "again", output_format="jsonl", batch_size=7))
    other = mapped(private(planted_url, tmp_path / "other", OTHER_KEY, output_format="jsonl"))
    assert first == again
    assert not set(first.values()) & set(other.values())
    assert len(set(first.values())) == len(first)
    addresses = [text for text in first if re.fullmatch(r"[0-9.]+", text)]
    assert len(addresses) > 40
    for one in addresses:
        for two in addresses[:40]:
            assert shared_bits(first[one], first[two]) == shared_bits(one, two)


def test_the_scope_is_that_of_the_real_address(planted_url: str, hidden: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    export(planted_url, plain, output_format="parquet")
    rows = rows_of(hidden, "ips")
    assert len(rows) > ROWS
    real = {row["id"]: (row["ip_scope"], row["ip_version"]) for row in rows_of(plain, "ips")}
    assert {row["id"]: (row["ip_scope"], row["ip_version"]) for row in rows} == {
        row["id"]: real[row["id"]] for row in rows
    }


def test_the_bytes_are_the_same_with_other_batches_and_the_rows_with_other_partitions(
    planted_url: str, tmp_path: Path
) -> None:
    for options in ({}, {"privacy": ADDRESSES_ONLY}):
        name = f"{len(options)}"
        one = private(planted_url, tmp_path / f"one{name}", output_format="jsonl", batch_size=3, **options)
        two = private(
            planted_url, tmp_path / f"two{name}", output_format="jsonl", batch_size=900, workers=2, **options
        )
        cut = private(
            planted_url,
            tmp_path / f"cut{name}",
            output_format="jsonl",
            settings={"partition_rows": 11},
            **options,
        )
        for kind in ("logs", "anomalies", "ips"):
            assert [path.read_bytes() for path in shards(one, kind)] == [
                path.read_bytes() for path in shards(two, kind)
            ]
            assert rows_of(one, kind) == rows_of(cut, kind)
            assert rejects_of(one, kind) == rejects_of(cut, kind)
        counts = [
            {
                kind: section["privacy"] | {"residue_scan": None}
                for kind, section in manifest_of(folder)["kinds"].items()
            }
            for folder in (one, two, cut)
        ]
        assert counts[0] == counts[1] == counts[2]


class BlindRule(PrivacyRule):
    """A rule under which nothing is replaced, and by which all is scanned."""

    @property
    def is_active(self) -> bool:
        return False

    @property
    def is_addresses_only(self) -> bool:
        return False


@pytest.mark.parametrize(
    "format_",
    ["parquet", "jsonl", pytest.param("csv", marks=[pytest.mark.slow])],
)
def test_an_export_fails_when_the_scan_finds_something(
    planted_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str
) -> None:
    url = copy_of(planted_file, tmp_path)
    monkeypatch.setattr(export_run, "privacy_rule", lambda *_: BlindRule(key=KEY))
    with pytest.raises(ResidueFound) as caught:
        private(url, tmp_path / "out", output_format=format_, kinds=["logs"])
    text = str(caught.value)
    assert re.search(r"logs, train: .* (address|secret:\w+|user|host|email|mac) in ", text)
    assert not any(secret in text for secret in SECRETS)
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert not any(path.is_file() for path in (tmp_path / "out").rglob("*"))
    (failed,) = ledger(url)
    assert (failed.status, failed.error_code) == ("failed", "residue_found")


def test_without_a_key_nothing_is_exported_and_the_error_says_how_to_make_one(
    planted_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(ledger(planted_url))
    with pytest.raises(ConfigError, match="openssl rand -hex 32"):
        export(planted_url, tmp_path / "out", privacy=True)
    assert len(ledger(planted_url)) == before
    # What needs no key is done without one.
    few = {"addresses": "drop", "identifiers": []}
    export(planted_url, tmp_path / "few", privacy=few, output_format="jsonl", kinds=["ips"])
    assert manifest_of(tmp_path / "few")["privacy"]["key_id"] is None


def test_the_command_line_takes_a_key_file(planted_url: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY.hex() + "\n")
    options = ("export", "--data-type", "ips", "--format", "jsonl", "--database-url", planted_url)
    missing = lumber(
        *options, "--privacy", "on", "-o", str(tmp_path / "a"), is_ok=False, LUMBER_PRIVACY_KEY=""
    )
    assert missing.returncode == 3
    assert "openssl rand -hex 32" in re.sub(r"\s+", " ", missing.stdout + missing.stderr)
    lumber(*options, "--privacy", "token", "--privacy-key-file", str(file), "-o", str(tmp_path / "b"))
    manifest = manifest_of(tmp_path / "b")
    assert manifest["privacy"]["key_id"] == key_id(KEY)
    assert manifest["config"]["privacy"]["addresses"] == "token"
    assert left_in(tmp_path / "b") == []


def test_filters_are_hidden_in_the_dataset_and_whole_in_the_ledger(planted_url: str, tmp_path: Path) -> None:
    hidden = PLANTED[7]
    filters = {
        "device_ip": {"ne": hidden.v4},
        "device_id": {"not_in": [hidden.device, PLANTED[8].device]},
        "message": {"contains": hidden.user[:4]},
        "log_level": ["INFO", "ERROR"],
        "logs.id": {"gte": 1},
    }
    labels = {"detectors": ["rule", f"rule of {hidden.v4}"]}
    templates = {"custom_masks": {"planted": hidden.v4}, "keep": ["404", hidden.v4]}
    folder = private(
        planted_url,
        tmp_path / "out",
        filters=filters,
        processes=["sshd"],
        kinds=["logs"],
        labels=labels,
        templates=templates,
    )
    assert left_in(folder) == []
    assert hidden.user[:4].encode() not in (folder / "manifest.json").read_bytes()
    shown = manifest_of(folder)["config"]
    assert shown["filters"] == {
        "device_ip": {"ne": "[hidden]"},
        "device_id": {"not_in": ["[hidden]", "[hidden]"]},
        "message": {"contains": "[hidden]"},
        "log_level": ["INFO", "ERROR"],
        "logs.id": {"gte": 1},
    }
    assert shown["processes"] == ["sshd"]
    assert shown["labels"]["detectors"][0] == "rule"
    assert shown["templates"]["custom_masks"] == {"planted": "[hidden]"}
    assert shown["templates"]["keep"][0] == "404"
    assert ledger(planted_url)[0].export_config["filters"] == filters


def test_the_key_is_nowhere(planted_file: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows"
    rows.mkdir()
    folder = private(copy_of(planted_file, rows), tmp_path / "out")
    stored = b"".join(path.read_bytes() for path in rows.iterdir()) + every_byte(folder)
    for spelling in (KEY, KEY.hex().encode(), base64.b64encode(KEY), repr(KEY).encode()):
        assert spelling not in stored
    rule = PrivacyRule(key=KEY)
    settings = Settings(privacy_key=KEY.hex())
    for shown in (repr(rule), repr(settings), str(settings), json.dumps(rule_section(rule).as_json())):
        assert KEY.hex() not in shown
        assert repr(KEY)[2:-1] not in shown
    assert "privacy_key=" not in repr(settings)


def test_the_preview_shows_pseudonyms_or_nothing(planted_url: str) -> None:
    async def preview(settings: Settings | None) -> Any:
        database = open_database(DatabaseUrl.parse(planted_url))
        try:
            config = ExportConfig(data_types=["logs", "ips"], privacy=True)
            return await preview_export(config, database, samples=20, settings=settings)
        finally:
            await database.close()

    shown = asyncio.run(preview(Settings(privacy_key=KEY.hex())))
    assert PLANTED[0].v4 in json.dumps(list(shown["ips"].sample.before), default=str)
    after = json.dumps([list(kind.sample.after) for kind in shown.values()], default=str)
    assert len(after) > 1_000
    assert not any(secret in after for secret in SECRETS)
    hidden = asyncio.run(preview(None))
    assert all(kind.sample.after == [] for kind in hidden.values())
    assert all("openssl rand" in (kind.missing_key or "") for kind in hidden.values())


@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_groups_are_counted_and_the_scope_is_left_out(planted_url: str, tmp_path: Path, format_: str) -> None:
    sets = [["device_id"], ["log_level", "process_name"], ["ip_version"], ["ip_scope"]]
    privacy = {"k_anonymity": sets, "drop_scope": True}
    folder = private(planted_url, tmp_path / "out", privacy=privacy, output_format=format_)
    manifest = manifest_of(folder)
    assert manifest["privacy"]["scope"] == "dropped"
    assert {"address_pairs", "times", "ids"} <= manifest["privacy"]["risks"].keys()
    assert "scope" not in manifest["privacy"]["risks"]
    for kind, section in manifest["kinds"].items():
        rows = rows_of(folder, kind)
        listed = section["privacy"].get("k_anonymity", [])
        columns = [each["columns"] for each in listed]
        chosen = [each for each in sets if set(each) <= rows[0].keys()]
        assert columns[: len(chosen)] == chosen
        # Others are counted by themselves, each once. Text would have to be parsed again.
        assert len({*map(tuple, columns)}) == len(columns)
        assert (len(columns) > len(chosen)) is (format_ == "parquet")
        assert {len(each) for each in columns[len(chosen) :]} <= {1}
        for each in listed:
            sizes = Counter(tuple(row[name] for name in each["columns"]) for row in rows)
            alone = sum(size == 1 for size in sizes.values())
            assert (each["k"], each["groups"]) == (min(sizes.values()), len(sizes))
            assert each["unique_rows"] == alone
    assert {row["ip_scope"] for row in rows_of(folder, "ips")} <= {None, ""}
    card = (folder / "README.md").read_text()
    assert "What the dataset still reveals:" in card
    assert "| logs | log_level, process_name |" in card
    assert verify_dataset(folder).problems == []
    manifest["kinds"]["logs"]["privacy"]["k_anonymity"][0]["k"] += 1
    (folder / "manifest.json").write_text(json.dumps(manifest))
    problems = [str(problem.problem) for problem in verify_dataset(folder).problems]
    assert any(problem.startswith("logs: k_anonymity of device_id says k ") for problem in problems)


@pytest.mark.parametrize("format_", ["jsonl", "parquet"])
def test_verify_finds_what_was_put_into_a_private_dataset(
    planted_url: str, tmp_path: Path, format_: str
) -> None:
    folder = private(planted_url, tmp_path / "out", privacy="token", output_format=format_, kinds=["ips"])
    assert verify_dataset(folder).problems == []
    path = shards(folder, "ips")[0]
    if format_ == "jsonl":
        path.write_bytes(re.sub(rb'"ip_[0-9a-f]{16}"', b'"203.0.113.99"', path.read_bytes(), count=1))
    else:
        table = pq.read_table(path)
        changed = ["203.0.113.99", *table["address"].to_pylist()[1:]]
        index = table.schema.get_field_index("address")
        pq.write_table(table.set_column(index, table.schema.field("address"), [changed]), path)
    manifest = manifest_of(folder)
    for entry in manifest["files"]:
        if entry["path"] == f"ips/{path.name}":
            entry["bytes"] = path.stat().st_size
            entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    problems = [problem for problem in verify_dataset(folder).problems if problem.path == f"ips/{path.name}"]
    assert any("address in address of row 1" in problem.problem for problem in problems)
    assert not any("203.0.113.99" in problem.problem for problem in problems)


def test_postgresql_gives_the_same(postgres_server: PostgresServer, hidden: Path, tmp_path: Path) -> None:
    postgres_server.create_migrated("planted")
    try:
        url = postgres_server.url("planted")
        fill(url)
        folder = private(url, tmp_path / "postgres", output_format="parquet", settings={"partition_rows": 8})
        assert left_in(folder) == []
        here = {row["id"]: row for row in rows_of(hidden, "ips")}
        assert {row["id"]: row for row in rows_of(folder, "ips")} == here
    finally:
        postgres_server.drop_database("planted")
