"""What a dataset says of itself in sentences: what is true of its rows, and how they were chosen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import lumber
from lumber.cli.main import run
from lumber.dataset.reproducibility import hash_json, reproducibility_hash
from lumber.dataset.verify import verify_dataset
from tests.acceptance.exporting import export, fill_with_sample
from tests.acceptance.reading import manifest_of, rows_in, shards
from tests.integration.datasets import execute

BUDGET_REASON = "Every statement of a card is checked on the exported dataset it describes."


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Rows of one device, so that none of few can be held out."""
    url = f"sqlite:///{tmp_path_factory.mktemp('rows') / 'lumber.db'}"
    fill_with_sample(url, 400, damaged=0)
    execute(url, "UPDATE log_entries SET device_id = 'one'")
    execute(url, "UPDATE ip_addresses SET device_id = 'one'")
    return url


def told(folder: Path) -> str:
    return (folder / "README.md").read_text()


def collections(folder: Path) -> list[str]:
    """Return what the three documents say of where the rows are from, as it is said in each."""
    croissant = json.loads((folder / "croissant.json").read_text())
    contract = yaml.safe_load((folder / "datacontract.yaml").read_text())
    card = next(line for line in told(folder).splitlines() if line.startswith("Rows of an operational"))
    return [card, croissant["rai:dataCollection"], contract["description"]["purpose"]]


def test_held_out_groups_are_told_of_only_where_there_are_some(url: str, tmp_path: Path) -> None:
    for seed in range(3):
        export(
            url,
            tmp_path / str(seed),
            kinds=["logs"],
            split={"mode": "time_group", "unseen": 0.5, "seed": seed},
        )
    has_unseen = {
        seed: "test_unseen" in manifest_of(tmp_path / str(seed))["kinds"]["logs"]["splits"]
        for seed in range(3)
    }
    assert set(has_unseen.values()) == {True, False}
    for seed, is_there in has_unseen.items():
        text = told(tmp_path / str(seed))
        assert ("was held out for the test" in text) == is_there
        assert ("the requested split test_unseen has no rows" in text) != is_there


def test_the_card_says_how_rows_were_split_and_sampled(url: str, tmp_path: Path) -> None:
    export(
        url,
        tmp_path / "time",
        kinds=["logs", "ips"],
        split={"mode": "time", "embargo_seconds": 3_600},
        sample={"rows": 150, "stratify": "log_level", "seed": 4},
        order={"by": "shuffle", "seed": 9},
    )
    text = told(tmp_path / "time")
    cuts = manifest_of(tmp_path / "time")["plan"]["split"]["cuts"]
    assert [name for name, _ in cuts] == ["validation", "test"]
    rows = manifest_of(tmp_path / "time")["kinds"]["logs"]["splits"]
    begins = [text.split(f"{name} begins at ")[1][:27] for name in rows if name != "train"]
    assert rows["train"]["last"] < begins[0] <= rows["validation"]["first"]
    assert rows["validation"]["last"] < begins[1] <= rows["test"]["first"]
    assert "give the shares train 0.8, validation 0.1, test 0.1." in text
    assert "Rows less than 3,600 seconds after a cut are in no split." in text
    assert "at most 150 rows of each kind, in the proportions of log_level where a kind has it" in text
    assert "with the seed 4." in text
    assert "in a shuffled order, with the seed 9." in text


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "logs; all of them."),
        ({"sample": {"rows": 40}}, "logs; 40 of 400 rows, without those in no split or sample."),
        ({"filters": {"logs.id": {"lte": 100}}}, "logs; those that match the filters on logs.id."),
        (
            {"filters": {"logs.id": {"lte": 100}}, "sample": {"rows": 40}},
            "logs; those that match the filters on logs.id; of these 40 of 100 rows, without those in",
        ),
    ],
)
def test_all_of_them_is_said_where_it_is_so(
    url: str, tmp_path: Path, config: dict[str, Any], said: str
) -> None:
    export(url, tmp_path / "out", kinds=["logs"], **config)
    for text in collections(tmp_path / "out"):
        assert said in text


def test_duplicates_and_rejects_are_not_among_all(url: str, tmp_path: Path) -> None:
    bad = f"sqlite:///{tmp_path / 'lumber.db'}"
    fill_with_sample(bad, 400, damaged=0.1)
    execute(bad, "UPDATE log_entries SET message = 'again', process_name = 'x', device_id = 'one'")
    export(bad, tmp_path / "out", kinds=["logs"], deduplicate="burst", validation_level="strict")
    counts = manifest_of(tmp_path / "out")["kinds"]["logs"]
    assert counts["rejected"]
    assert counts["deduplicated"]
    for text in collections(tmp_path / "out"):
        assert f"{counts['written']:,} of 400 rows" in text
        assert "those that broke a rule and those that repeated others" in text


def test_columns_that_are_not_written_are_not_spoken_of(url: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"labels": True, "deduplicate": "burst"}
    export(url, tmp_path / "all", kinds=["logs"], **options)
    export(url, tmp_path / "some", kinds=["logs"], fields={"logs": ["id", "message"]}, **options)
    sayings = (
        "repeat_count says",
        "logs were labelled by the anomalies",
        "The severity of each log line",
        "Times were converted to UTC",
    )
    for saying in sayings:
        assert saying in told(tmp_path / "all")
        assert saying not in told(tmp_path / "some")
    assert "the first was kept" in told(tmp_path / "some")
    for name, is_there in (("all", True), ("some", False)):
        croissant = json.loads((tmp_path / name / "croissant.json").read_text())
        assert ("rai:dataAnnotationProtocol" in croissant) == is_there


def edited(folder: Path, change: Any) -> None:
    """Change the splits of the addresses in the manifest, and what depends on it."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    for split in manifest["kinds"]["ips"]["splits"].values():
        change(split)
    manifest["reproducibility_hash"] = reproducibility_hash(manifest)
    manifest["config_hash"] = hash_json(manifest["config"])
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize("output_format", ["parquet", "csv", "jsonl"])
def test_the_times_of_splits_are_those_that_decide(url: str, tmp_path: Path, output_format: str) -> None:
    folder = tmp_path / "out"
    export(url, folder, kinds=["logs", "ips"], split="time", output_format=output_format, batch_size=37)
    found: dict[str, list[str]] = {}
    for path in shards(folder, "ips"):
        found.setdefault(path.name.split("-")[0], []).extend(
            row["last_seen"].isoformat(timespec="microseconds").replace("+00:00", "Z")
            for row in rows_in(path, "ips")
        )
    splits = manifest_of(folder)["kinds"]["ips"]["splits"]
    report = json.loads((folder / "quality_report.json").read_text())["ips"]["splits"]
    assert len(splits) == 3
    for name, split in splits.items():
        assert split["column"] == report[name]["column"] == "last_seen"
        for section in (split, report[name]):
            assert (section["first"], section["last"]) == (min(found[name]), max(found[name]))
        assert f"| ips | {name} | {split['rows']} | last_seen | {split['first']} | {split['last']} |" in told(
            folder
        )
    assert splits["train"]["last"] < splits["validation"]["first"]
    assert "column" not in manifest_of(folder)["kinds"]["logs"]["splits"]["train"]
    assert verify_dataset(folder).is_ok
    edited(folder, lambda split: split.update(first="2001-01-01T00:00:00.000000Z"))
    problems = [problem.problem for problem in verify_dataset(folder).problems]
    assert sum("goes from 2001-01-01T00:00:00.000000Z" in problem for problem in problems) == 3


def test_splits_with_the_time_of_the_kind_or_of_an_odd_column_are_verified(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export(url, folder, kinds=["ips"], split="time", output_format="jsonl")
    first_seen: dict[str, list[str]] = {}
    for path in shards(folder, "ips"):
        first_seen.setdefault(path.name.split("-")[0], []).extend(
            json.loads(line)["first_seen"] for line in path.read_text().splitlines()
        )
    names = iter(manifest_of(folder)["kinds"]["ips"]["splits"])

    def as_before(split: dict[str, Any]) -> None:
        """Make it what older versions wrote."""
        times = first_seen[next(names)]
        del split["column"]
        split.update(first=min(times), last=max(times))

    edited(folder, as_before)
    report = verify_dataset(folder)
    assert [p.problem for p in report.problems if p.path == "manifest.json"] == []
    for odd in ("nothing", "address"):
        edited(folder, lambda split, odd=odd: split.update(column=odd))  # type: ignore[misc]
        report = verify_dataset(folder)
        assert [p.problem for p in report.problems if p.path == "manifest.json"] == []
    export(
        url, tmp_path / "some", kinds=["ips"], split="time", fields={"ips": ["id", "first_seen", "address"]}
    )
    assert verify_dataset(tmp_path / "some").is_ok


def test_the_terminal_names_splits_without_rows(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--data-type", "logs", "--split", "time", "--database-url", url]
    assert run(["export", *asked, "--embargo", "3650d", "--output", str(tmp_path / "a")]) == 0
    assert "note: logs: the requested splits validation and test have no rows." in capsys.readouterr().err
    assert run(["export", *asked, "--output", str(tmp_path / "b")]) == 0
    assert "note:" not in capsys.readouterr().err


def test_a_path_that_looks_like_a_pattern_is_opened_as_it_is_said(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, name in enumerate(("a b[1]*", "what?", "x::y", "plain {a} ü")):
        folder = tmp_path / name
        arguments = ["--data-type", "logs", "--database-url", url, "--output", str(folder)]
        assert run(["export", *arguments, "--format", ("parquet", "jsonl", "csv", "json")[number]]) == 0
        out = capsys.readouterr().out
        line = next(line for line in out.splitlines() if line.startswith("Open it: "))
        if name.startswith("plain"):
            assert "datasets.load_dataset(" in line
            continue
        assert "load_dataset can't open this path" in out
        opened = eval(line.removeprefix("Open it: "), {"lumber": lumber})
        assert opened["train"].num_rows == 400


def test_verify_says_what_it_checks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for word in ("sha256", "order", "balance", "class balance", "leakage", "privacy",
                 "reproducibility hash", "documents"):  # fmt: skip
        assert word in text
