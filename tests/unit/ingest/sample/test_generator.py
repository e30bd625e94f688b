"""The rows of a sample, before any database."""

import json
import re
from datetime import UTC, datetime
from itertools import product

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lumber.catalog.addresses import parse_address
from lumber.catalog.canonical_json import canonical_json
from lumber.catalog.kind import NOW, Kind, Level
from lumber.catalog.registry import get_kind
from lumber.ingest.sample.generator import SampleBlock, SampleGenerator
from lumber.ingest.sample.plan import BLOCK_ROWS, SamplePlan

# In the past on any clock, so that no row is in the future but the damaged ones.
START = datetime(2020, 3, 2, tzinfo=UTC)
ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])|(?:fe80|2001:db8):[0-9a-f:]+")


def plan_of(rows: int = 20_000, *, damaged: float = 0.0, **changes: int) -> SamplePlan:
    return SamplePlan(rows, **({"seed": 7} | changes), start=START, damaged_share=damaged)


def block_of(plan: SamplePlan) -> SampleBlock:
    return SampleGenerator(plan).block(0)


@pytest.fixture(scope="module")
def whole() -> SampleBlock:
    """A block without damage."""
    return block_of(plan_of())


@pytest.fixture(scope="module")
def damaged() -> SampleBlock:
    """A block with a hundredth of its rows damaged."""
    return block_of(plan_of(damaged=0.01))


def broken_rows(kind: Kind, frame: pl.DataFrame) -> int:
    """Count the rows that break a rule of the kind, or hold text that is not JSON."""
    broken = pl.repeat(False, frame.height, eager=True)
    frame = frame.with_columns(pl.lit(datetime.now(UTC)).alias(NOW))
    for rule in kind.rules:
        if rule.level is not Level.NONE and rule.id != "log_entry_exists":
            broken |= rule.violations(frame)
    for name in kind.json_columns:
        broken |= pl.Series(
            [text is not None and canonical_json(text) is None for text in frame[name]], dtype=pl.Boolean
        )
    return int(broken.sum())


def test_the_same_plan_gives_the_same_rows() -> None:
    for one, other in zip(
        SampleGenerator(plan_of(105_000)).blocks(), SampleGenerator(plan_of(105_000)).blocks(), strict=True
    ):
        assert_frame_equal(one.logs, other.logs)
        assert_frame_equal(one.anomalies, other.anomalies)
        assert_frame_equal(one.addresses, other.addresses)


def test_a_block_does_not_need_the_ones_before_it() -> None:
    plan = plan_of(105_000)
    last = list(SampleGenerator(plan).blocks())[-1]
    assert_frame_equal(SampleGenerator(plan).block(1).logs, last.logs)
    assert last.logs.height == 105_000 - BLOCK_ROWS


def test_another_seed_gives_other_rows(whole: SampleBlock) -> None:
    other = block_of(plan_of(seed=8))
    assert whole.logs["timestamp"].to_list() != other.logs["timestamp"].to_list()
    assert whole.logs["message"].to_list() != other.logs["message"].to_list()
    assert set(whole.addresses["address"]) != set(other.addresses["address"])


# Each number of rows and of devices, and the extremes of both together.
QUICK_SIZES = {(1, 1), (1, 250), (99, 2), (100, 12), (101, 250), (5_000, 1), (5_000, 250)}


@pytest.mark.parametrize(
    ("rows", "devices"),
    [
        pytest.param(*size, marks=() if size in QUICK_SIZES else pytest.mark.slow)
        for size in product((1, 99, 100, 101, 5_000), (1, 2, 12, 250))
    ],
)
def test_any_size_has_exactly_its_rows(rows: int, devices: int) -> None:
    block = block_of(plan_of(rows, devices=devices))
    assert block.logs.height == rows
    assert block.logs["device_id"].n_unique() <= devices
    assert block.incidents.total() == max(rows // 2_000, int(rows >= 100))


def test_there_are_many_processes_and_every_severity_of_daily_life(whole: SampleBlock) -> None:
    assert whole.logs["process_name"].n_unique() >= 12
    share = whole.logs["log_level"].value_counts(normalize=True)
    shares = dict(share.iter_rows())
    assert set(shares) == {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
    assert shares["INFO"] > 0.5
    assert shares["ERROR"] + shares["CRITICAL"] < 0.1
    assert whole.logs["severity_text"].null_count() > 0


def test_rows_are_nearly_but_not_quite_in_the_order_of_time() -> None:
    times = block_of(plan_of(100_000)).logs["timestamp"]
    backward = times.diff().dt.total_microseconds().drop_nulls() < 0
    assert 0 < backward.sum() < 0.2 * len(times)


def test_every_line_carries_its_message_and_its_severity(whole: SampleBlock) -> None:
    codes = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "DEBUG": 7}
    for row in whole.logs.head(2_000).iter_rows(named=True):
        assert row["raw_message"].endswith(row["message"])
        assert row["host_name"] in row["raw_message"]
        severity = int(row["raw_message"][1:].split(">")[0]) % 8
        assert severity == codes.get(row["log_level"], severity)
        assert severity in (5, 6) or row["log_level"] in codes


def test_structured_data_is_canonical_and_stands_in_the_wire_line(whole: SampleBlock) -> None:
    carrying = whole.logs.filter(pl.col("structured_data").is_not_null())
    assert 0.2 < carrying.height / whole.logs.height < 0.8
    for text, line in carrying.select("structured_data", "raw_message").head(2_000).iter_rows():
        assert canonical_json(text) == text
        for name, value in json.loads(text).items():
            assert f' {name}="{value}"' in line


def test_every_address_in_a_message_is_counted(whole: SampleBlock) -> None:
    shown: dict[str, int] = {}
    for message in whole.logs["message"]:
        for address in {text for text in ADDRESS.findall(message) if parse_address(text)}:
            shown[address] = shown.get(address, 0) + 1
    counted = dict(whole.addresses.select("address", "sightings").iter_rows())
    assert set(shown) <= set(counted)
    devices = set(whole.logs["device_ip"])
    assert {a: n for a, n in counted.items() if a not in devices} == {
        a: n for a, n in shown.items() if a not in devices
    }
    for address, count in whole.logs["device_ip"].value_counts().iter_rows():
        assert counted[address] == count


def test_addresses_were_first_and_last_seen_when_the_logs_say(whole: SampleBlock) -> None:
    seen = whole.logs.group_by("device_ip").agg(
        pl.col("timestamp").min().alias("first"), pl.col("timestamp").max().alias("last")
    )
    joined = seen.join(whole.addresses, left_on="device_ip", right_on="address")
    assert joined.height == whole.logs["device_ip"].n_unique()
    assert (joined["first"] == joined["first_seen"]).all()
    assert (joined["last"] == joined["last_seen"]).all()


def test_anomalies_point_to_a_line_of_their_device_and_their_attacker(whole: SampleBlock) -> None:
    assert whole.anomalies.height > 50
    for anomaly in whole.anomalies.iter_rows(named=True):
        row = whole.logs.row(anomaly["row"], named=True)
        assert row["device_id"] == anomaly["device_id"]
        assert row["timestamp"] < anomaly["timestamp"]
        assert canonical_json(anomaly["features"]) == anomaly["features"]


def test_incidents_of_every_kind_are_recorded_and_mostly_true(whole: SampleBlock) -> None:
    assert set(whole.incidents) == {
        "brute_force",
        "port_scan",
        "dhcp_starvation",
        "http_error_burst",
        "disk_failure",
    }
    assert set(whole.anomalies["anomaly_type"]) == {*whole.incidents, "rare_message"}
    many = block_of(plan_of(100_000)).anomalies
    verdicts = dict(many["verdict"].value_counts(normalize=True).iter_rows())
    assert set(verdicts) == {"true_positive", "false_positive", "unknown"}
    assert verdicts["true_positive"] > 0.6
    assert set(many["score_max"]) == {None, 100.0}


def test_a_true_incident_raises_the_risk_of_its_attacker(whole: SampleBlock) -> None:
    risk = dict(whole.addresses.select("address", "risk_score").iter_rows())
    true = whole.anomalies.filter(pl.col("verdict") == "true_positive")
    sources = {json.loads(text).get("source") for text in true["features"]} - {None}
    assert sources
    assert all(risk[source] >= 70 for source in sources)
    ordinary = [value for address, value in risk.items() if address not in sources]
    assert sum(ordinary) / len(ordinary) < 30


def test_a_whole_sample_breaks_no_rule(whole: SampleBlock) -> None:
    anomalies = whole.anomalies.with_columns(pl.lit(None, dtype=pl.Float64).alias("score_raw"))
    assert broken_rows(get_kind("logs"), whole.logs) == 0
    assert broken_rows(get_kind("anomalies"), anomalies) == 0
    assert broken_rows(get_kind("ips"), whole.addresses) == 0


def test_the_damaged_share_is_what_validation_finds(damaged: SampleBlock) -> None:
    assert broken_rows(get_kind("logs"), damaged.logs) == 200
    anomalies = damaged.anomalies.with_columns(pl.lit(None, dtype=pl.Float64).alias("score_raw"))
    lost = int((damaged.anomalies["row"] >= damaged.logs.height).sum())
    found = broken_rows(get_kind("anomalies"), anomalies) + lost
    assert lost == found // 2
    assert found == max(1, round(0.01 * damaged.anomalies.height))
    ips = broken_rows(get_kind("ips"), damaged.addresses)
    assert ips == round(0.01 * (damaged.addresses.height - ips))


def test_every_kind_of_damage_is_there(damaged: SampleBlock) -> None:
    logs = damaged.logs
    assert (logs["severity_text"] == "LOUD").sum() == 40
    assert (logs["device_ip"] == "999.10.0.1").sum() == 40
    assert (logs["timestamp"].dt.year() == 2099).sum() == 40
    assert (logs["structured_data"] == '{"broken":').sum() == 40
    assert (logs["message"] == "").sum() == 40
    assert not logs.select(pl.any_horizontal(pl.col(pl.String).str.contains("\x00").any())).item()
    assert (damaged.addresses["first_seen"] > damaged.addresses["last_seen"]).any()


def test_damage_changes_nothing_else(whole: SampleBlock, damaged: SampleBlock) -> None:
    is_same = whole.logs.select(pl.struct(pl.all()).alias("row"))["row"] == damaged.logs.to_struct("row")
    assert (~is_same).sum() == 200


def test_other_start_days_and_devices_are_obeyed() -> None:
    plan = SamplePlan(5_000, 7, datetime(2024, 2, 28, 12, tzinfo=UTC), days=2, devices=3, damaged_share=0)
    logs = block_of(plan).logs
    assert logs["device_id"].n_unique() == 3
    assert logs["timestamp"].min() >= plan.start
    assert logs["timestamp"].max() < datetime(2024, 3, 1, 12, tzinfo=UTC)
