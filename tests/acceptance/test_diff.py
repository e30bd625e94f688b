"""`lumber diff` of real exports: what it answers to people, programs and the shell, and in Python."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest

import lumber
import lumber.cli.diff
from lumber.cli.main import run
from tests.acceptance.exporting import export, fill_with_sample
from tests.acceptance.reading import rows_of
from tests.integration.datasets import execute


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of exports: `before`, the same `as-jsonl`, and `after` some rows changed."""
    folder = tmp_path_factory.mktemp("exports")
    url = f"sqlite:///{folder / 'lumber.db'}"
    fill_with_sample(url, 800)
    export(url, folder / "before", output_format="parquet", split="time")
    export(url, folder / "as-jsonl", output_format="jsonl", split="time")
    export(url, folder / "as-csv", output_format="csv", split="time")
    execute(url, "UPDATE log_entries SET message = 'new [bold]\x1b[31m text' WHERE id IN (7, 300)")
    execute(url, "DELETE FROM log_entries WHERE id IN (20, 21)")
    fields = {"logs": [name for name in rows_of(folder / "before", "logs")[0] if name != "raw_message"]}
    export(url, folder / "after", output_format="jsonl", split="random", fields=fields)
    export(url, folder / "sample", output_format="parquet", split="time", sample=0.5)
    return folder


def answer(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    code = run(["diff", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def ids(folder: Path, kind: str) -> set[int]:
    return {row["id"] for row in rows_of(folder, kind)}


def test_the_same_rows_in_other_formats_are_no_difference(
    exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for other in ("before", "as-jsonl", "as-csv"):
        code, found = answer(capsys, exports / "before", exports / other)
        assert (code, found["same"]) == (0, True)
        assert found["notes"] == []
        assert list(found["config"]) == ([] if other == "before" else ["output_format"])
    assert run(["diff", str(exports / "before"), str(exports / "as-csv")]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("same: both datasets contain ")
    assert 'config: output_format is "parquet" in A and "csv" in B.' in shown


def test_what_differs_is_counted_shown_and_listed(
    exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after, path = exports / "before", exports / "after", tmp_path / "rows.jsonl"
    code, found = answer(capsys, before, after, "--limit", 1, "--output", path)
    assert code == 1
    logs = found["kinds"]["logs"]
    assert (logs["added"], logs["removed"], logs["changed"]) == (0, 2, 2)
    assert logs["moved"] > 50
    assert logs["columns"] == {"added": [], "removed": ["raw_message"], "retyped": {}}
    changed = [row for row in logs["examples"] if "changed" in row["changes"]]
    assert changed[0]["id"] == 7
    assert changed[0]["columns"]["message"]["b"] == "new [bold]\x1b[31m text"
    assert found["config"]["split.mode"] == {"a": "time", "b": "random"}
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["id"] for line in lines if "removed" in line["changes"]] == [20, 21]
    for kind in ("logs", "anomalies", "ips"):
        counts = found["kinds"][kind]
        assert (
            len([line for line in lines if line["kind"] == kind and "moved" in line["changes"]])
            == (counts["moved"])
        )
        assert counts["rows"] == {"a": len(ids(before, kind)), "b": len(ids(after, kind))}


def test_people_see_a_table_and_no_control_characters(
    exports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["diff", str(exports / "before"), str(exports / "after"), "--limit", "2"]) == 1
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "rows of A" in shown
    assert "logs: only A has the column raw_message." in shown
    assert "logs 20: removed" in shown
    assert "new [bold]" in shown
    assert run(["diff", str(exports / "before"), str(exports / "after"), "--limit", "0"]) == 1
    assert "logs 20" not in capsys.readouterr().out


def test_a_sample_is_said_to_be_one(exports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = answer(capsys, exports / "sample", exports / "as-jsonl")
    assert code == 1
    assert any(note.startswith("A left out") and "of logs" in note for note in found["notes"])


def test_trouble_is_told_from_a_difference(
    exports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = answer(capsys, exports / "before", tmp_path / "nowhere")
    assert (code, found["error"]["code"]) == (4, "dataset_missing")
    damaged = Path(shutil.copytree(exports / "before", tmp_path / "damaged"))
    next(iter((damaged / "logs").iterdir())).write_bytes(b"no Parquet")
    path = tmp_path / "rows.jsonl"
    code, found = answer(capsys, exports / "before", damaged, "--output", path)
    assert (code, found["error"]["code"]) == (2, "dataset_damaged")
    assert "damaged: logs/" in found["error"]["message"]
    assert not path.exists()
    code, found = answer(capsys, exports / "before", exports / "before", "--output", tmp_path / "no" / "x")
    assert (code, found["error"]["code"]) == (2, "output_unwritable")
    assert run(["diff", str(exports / "before")]) == 2


def test_an_interrupted_comparison_leaves_no_list(
    exports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_arguments: object, **_options: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(lumber.cli.diff, "diff_datasets", interrupted)
    path = tmp_path / "rows.jsonl"
    assert run(["diff", str(exports / "before"), str(exports / "after"), "--output", str(path)]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_datasets_and_folders_are_compared_in_python(exports: Path) -> None:
    found = lumber.diff(exports / "before", lumber.open(exports / "after"), limit=3)
    assert not found.is_same
    assert found.kinds["logs"].counts is not None
    assert found.kinds["logs"].counts["removed"] == 2
    assert "2 removed" in repr(found)
    same = lumber.diff(str(exports / "before"), exports / "as-jsonl")
    assert same.is_same
    assert "none between" in repr(same)
    assert ids(exports / "before", "logs") - ids(exports / "after", "logs") == {20, 21}
