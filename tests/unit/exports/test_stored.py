"""The ledger's JSON: what earlier versions wrote is read, and written again as it was.

The literals were written by the version that had its own functions for each of these.
"""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumber.dataset.quality import Quality
from lumber.dataset.times import Bin, Gap, TimeBins
from lumber.engine.plan import KindPlan, PartitionRange, Plan
from lumber.engine.result import PartitionResult
from lumber.exports.progress import ExportProgress, KindProgress
from lumber.exports.stored import PROGRESS, RESULT, SPLIT_RULE, dump_plan, load_plan
from lumber.formats.staged_file import Key, StagedFile
from lumber.privacy.proof import PrivacyProof, ResidueScan
from lumber.steps.split import NO_SPLIT, SplitMode, SplitRule

_QUALITY = (
    '{"days":{"2026-01-01":7},"filled":{"id":7,"message":6},"first_us":-5,'
    '"labels":{"1":2,"null":5},"last_us":9,"late_us":[3,9],"levels":{"ERROR":7},'
    '"processes":{"(none)":2,"sshd":5},"rows":7,'
    '"times":{"bins":[[-1,1,-5,-5],[0,6,1,9]],"gaps":[[1,4],[6,2]],"level":20}}'
)
FULL_RESULT = (
    '{"changes":{"severity_text_unknown":2},"deduplicated":1,'
    '"events":{"content_sha256":null,"first_key":null,"last_key":null,"name":"events.arrow","rows":7,'
    '"sha256":"ee","size_bytes":70,"split":null},'
    '"kind":"logs","ordinal":4,'
    '"privacy":{"by_column":{"device_ip":{"address":1},"message":{"address":2,"mac":2}},'
    '"replaced":{"address":3,"mac":2},'
    '"residue_scan":{"files":2,"judges_addresses":false,"residues":0,"rows":10}},'
    f'"quality":{_QUALITY},"read":12,"rejected":3,'
    '"rejects":{"content_sha256":null,"first_key":null,"last_key":null,"name":"r.jsonl","rows":3,'
    '"sha256":"cc","size_bytes":30,"split":null},'
    '"rules":{"message.required":3},'
    '"runs":[{"content_sha256":null,"first_key":null,"last_key":null,"name":"run.arrow","rows":7,'
    '"sha256":"dd","size_bytes":70,"split":null}],"sampled_out":1,'
    '"shards":[{"content_sha256":"bb","first_key":[-5,1],"last_key":[9,2],'
    '"name":"logs-p00004-a1-s00000.json","rows":7,"sha256":"aa","size_bytes":700,"split":"train"}],'
    f'"splits":{{"train":{_QUALITY}}},"written":7}}'
)
EMPTY_RESULT = (
    '{"changes":{},"deduplicated":0,"events":null,"kind":"ips","ordinal":0,"privacy":null,'
    '"quality":{"days":{},"filled":{},"first_us":null,"labels":{},"last_us":null,"late_us":null,'
    '"levels":{},"processes":{},"rows":0,"times":{"bins":[],"gaps":[],"level":20}},"read":0,"rejected":0,"rejects":null,"rules":{},"runs":[],'
    '"sampled_out":0,"shards":[],"splits":{},"written":0}'
)
PROGRESSES = [
    '{"kinds":{"ips":{"batches_done":0,"batches_total":null,"rows_done":0,"rows_total":null},'
    '"logs":{"batches_done":1,"batches_total":10,"rows_done":5,"rows_total":100}},'
    '"phase":"surveying","rows_per_second":2.5,"surveyed_percent":12.5}',
    '{"kinds":{},"phase":"planning","rows_per_second":null,"surveyed_percent":null}',
    "null",
]
_PARTITIONS = '[{"lower":null,"rows":10,"upper":[5,7]},{"lower":[5,7],"rows":10,"upper":null}]'
SPLIT_PLAN = (
    '{"config_hash":"11","cutoff":{"max_ids":{},"snapshot":"10:20:"},"database":"postgresql",'
    f'"kinds":{{"ips":{{"partitions":[],"rows":0}},"logs":{{"partitions":{_PARTITIONS},"rows":20}}}},'
    '"privacy_key_id":"k_1","rows":20,"schema_hashes":{"ips":"33","logs":"22"},'
    '"split":{"by":"device_id","cuts":[["test",1767225600000000]],"embargo_us":60000000,'
    '"mode":"time_group","seed":7,"shares":[["train",0.8],["test",0.2]],"unseen_share":0.1}}'
)
WHOLE_PLAN = (
    '{"config_hash":"11","cutoff":{"max_ids":{"logs":20},"snapshot":null},"database":"sqlite",'
    f'"kinds":{{"logs":{{"partitions":{_PARTITIONS},"rows":20}}}},'
    '"privacy_key_id":null,"rows":20,"schema_hashes":{"logs":"22"}}'
)


def in_order(value: Any) -> str:
    """Return JSON as the ledger's columns hold it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("text", [FULL_RESULT, EMPTY_RESULT], ids=["full", "empty"])
def test_the_result_of_a_partition_is_written_as_before(text: str) -> None:
    assert in_order(RESULT.dump(RESULT.load(json.loads(text)))) == text


def test_every_field_of_a_result_is_read() -> None:
    quality = Quality(
        rows=7,
        filled=Counter({"id": 7, "message": 6}),
        levels=Counter({"ERROR": 7}),
        processes=Counter({"sshd": 5, "(none)": 2}),
        days=Counter({"2026-01-01": 7}),
        labels=Counter({"1": 2, "null": 5}),
        first_us=-5,
        last_us=9,
        late_us=(3, 9),
        times=TimeBins(20, [Bin(-1, 1, -5, -5), Bin(0, 6, 1, 9)], [Gap(1, 4), Gap(6, 2)]),
    )
    shard = StagedFile("logs-p00004-a1-s00000.json", 7, 700, "aa", Key(-5, 1), Key(9, 2), "train", "bb")
    assert RESULT.load(json.loads(FULL_RESULT)) == PartitionResult(
        kind="logs",
        ordinal=4,
        read=12,
        written=7,
        rejected=3,
        shards=(shard,),
        rejects=StagedFile("r.jsonl", 3, 30, "cc"),
        rules=Counter({"message.required": 3}),
        changes=Counter({"severity_text_unknown": 2}),
        quality=quality,
        deduplicated=1,
        sampled_out=1,
        runs=(StagedFile("run.arrow", 7, 70, "dd"),),
        events=StagedFile("events.arrow", 7, 70, "ee"),
        splits={"train": quality},
        privacy=PrivacyProof(
            Counter({"mac": 2, "address": 3}),
            ResidueScan(2, 10, 0, False),
            {"device_ip": Counter(address=1), "message": Counter(address=2, mac=2)},
        ),
    )


def test_keys_and_counts_keep_their_types() -> None:
    result = RESULT.load(json.loads(FULL_RESULT))
    assert isinstance(result.shards[0].first_key, Key)
    assert isinstance(result.rules, Counter)
    assert isinstance(result.quality.times.bins[0], Bin)
    assert isinstance(result.quality.times.gaps[0], Gap)
    result.quality.merge(result.quality)
    assert result.quality.rows == 14


def test_a_result_of_before_time_bins_is_read() -> None:
    value = json.loads(FULL_RESULT)
    del value["quality"]["times"]
    value["quality"]["gaps"] = [[1, 4], [6, 2]]
    quality = RESULT.load(value).quality
    assert (quality.rows, quality.times) == (7, TimeBins())


def test_a_result_of_before_counts_by_column_is_read() -> None:
    value = json.loads(FULL_RESULT)
    del value["privacy"]["by_column"]
    proof = RESULT.load(value).privacy
    assert proof == PrivacyProof(Counter({"mac": 2, "address": 3}), ResidueScan(2, 10, 0, False))


def test_a_result_of_before_labels_is_read() -> None:
    value = json.loads(EMPTY_RESULT)
    del value["quality"]["labels"], value["quality"]["late_us"]
    assert in_order(RESULT.dump(RESULT.load(value))) == EMPTY_RESULT


@pytest.mark.parametrize("text", PROGRESSES)
def test_progress_is_written_as_before(text: str) -> None:
    assert in_order(PROGRESS.dump(PROGRESS.load(json.loads(text)))) == text


def test_every_field_of_progress_is_read() -> None:
    kinds = {"logs": KindProgress(5, 100, 1, 10), "ips": KindProgress()}
    assert PROGRESS.load(json.loads(PROGRESSES[0])) == ExportProgress("surveying", kinds, 2.5, 12.5)
    assert PROGRESS.load(None) is None


def test_progress_of_before_the_first_pass_is_read() -> None:
    value = {"phase": "planning", "kinds": {}, "rows_per_second": None}
    assert PROGRESS.load(value) == ExportProgress("planning")


@pytest.mark.parametrize("text", [SPLIT_PLAN, WHOLE_PLAN], ids=["split", "whole"])
def test_a_plan_is_written_as_before(text: str) -> None:
    assert in_order(dump_plan(load_plan(json.loads(text)))) == text


def test_every_field_of_a_plan_is_read() -> None:
    parts = (PartitionRange(0, None, Key(5, 7), 10), PartitionRange(1, Key(5, 7), None, 10))
    rule = SplitRule(
        SplitMode.TIME_GROUP,
        (("train", 0.8), ("test", 0.2)),
        cuts=(("test", 1_767_225_600_000_000),),
        embargo_us=60_000_000,
        by="device_id",
        unseen_share=0.1,
        seed=7,
    )
    kinds = (
        KindPlan("ips", "33", 0, None, None, (), ()),
        KindPlan("logs", "22", 20, None, None, (), parts),
    )
    plan = load_plan(json.loads(SPLIT_PLAN))
    assert plan == Plan("11", "postgresql", {"snapshot": "10:20:", "max_ids": {}}, kinds, rule, "k_1")
    assert isinstance(plan.kinds[1].partitions[0].upper, Key)
    assert load_plan(json.loads(WHOLE_PLAN)).split == NO_SPLIT


def test_a_plan_of_before_privacy_is_read() -> None:
    value = json.loads(WHOLE_PLAN)
    del value["privacy_key_id"]
    assert in_order(dump_plan(load_plan(value))) == WHOLE_PLAN


_SHARES = st.lists(
    st.tuples(st.sampled_from(["train", "validation", "test"]), st.floats(0, 1)), min_size=1, max_size=3
)


@given(
    st.builds(
        SplitRule,
        st.sampled_from(SplitMode),
        _SHARES.map(tuple),
        st.lists(st.tuples(st.text(), st.integers()), max_size=2).map(tuple),
        st.integers(0, 2**62),
        st.none() | st.text(),
        st.floats(0, 1),
        st.integers(),
    )
)
def test_a_split_rule_survives_json(rule: SplitRule) -> None:
    assert SPLIT_RULE.load(json.loads(json.dumps(SPLIT_RULE.dump(rule)))) == rule
