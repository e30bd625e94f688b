"""Verifies a whole dataset: the manifest, then every file, then all files together.

A file whose bytes differ from the manifest is reported once and not read further: its content proves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from lumber.dataset.declared_kinds import kinds_of
from lumber.dataset.files import DatasetFiles, files_of
from lumber.dataset.layout import MANIFEST
from lumber.dataset.manifest import FileEntry, KindSection, Manifest, TableSection
from lumber.dataset.manifest_file import ManifestDamage, examine_manifest
from lumber.dataset.quality import time_text
from lumber.dataset.verify.anonymity import AnonymityCheck
from lumber.dataset.verify.balance import check_counts, check_hashes, check_names
from lumber.dataset.verify.documents import check_document
from lumber.dataset.verify.files import open_listed
from lumber.dataset.verify.labels import check_labels
from lumber.dataset.verify.leakage import Leakage
from lumber.dataset.verify.privacy import PrivacyScan
from lumber.dataset.verify.rejects import FOLDER, Rejects, kind_of_rejects, read_rejects
from lumber.dataset.verify.report import Report
from lumber.dataset.verify.rows import KeyColumns, KindIds, Place, ShardRows, key_columns
from lumber.files.expansion import DEFAULT_LIMITS, Expansion, ReadLimits
from lumber.formats.naming import ShardName, parse_shard_name
from lumber.formats.periods import is_in_folder
from lumber.formats.reading import ReadRequest, Unreadable
from lumber.steps.split import TRAIN
from lumber.text import counted

# Called with the rows done, the rows listed, and the path of the current file.
OnProgress = Callable[[int, int, str], None]


def verify_dataset(
    place: Path | DatasetFiles,
    on_progress: OnProgress = lambda _done, _total, _path: None,
    limits: ReadLimits = DEFAULT_LIMITS,
) -> Report:
    """Read a dataset again, and report everything that differs from its manifest.

    Memory is bounded, apart from 8 bytes per row of the largest kind. Raises DatasetMissing if there is
    no manifest.
    """
    report = Report()
    files = files_of(place)
    manifest = examine_manifest(files, limits)
    if isinstance(manifest, ManifestDamage):
        for problem in manifest.problems:
            report.add(MANIFEST, problem)
        return report
    report.files = len(manifest.files)
    with kinds_of(manifest) as wrong:
        if wrong is not None:
            report.add(MANIFEST, wrong)
        _verify(files, manifest, report, on_progress, limits)
    return report


def _verify(
    files: DatasetFiles, manifest: Manifest, report: Report, on_progress: OnProgress, limits: ReadLimits
) -> None:
    check_hashes(manifest, report)
    check_counts(manifest, report)
    check_names(manifest, report)
    files.check_others(manifest, report)
    run = _Verification(files, manifest, report, on_progress, limits)
    for name, kind in manifest.kinds.items():
        run.kind(name, kind)
    for name, table in manifest.derived.items():
        run.table(name, table)
    run.others()
    run.privacy.finish()


class _Verification:
    """The state of one verification."""

    def __init__(
        self,
        files: DatasetFiles,
        manifest: Manifest,
        report: Report,
        on_progress: OnProgress,
        limits: ReadLimits,
    ) -> None:
        self._expansion = Expansion(limits)
        self._files = files
        self._manifest = manifest
        self._report = report
        self._on_progress = on_progress
        self.privacy = PrivacyScan(manifest, report, self._expansion)
        self._done = 0
        self._total = sum(entry.rows or 0 for entry in manifest.files if entry.kind is not None)

    def kind(self, name: str, kind: KindSection) -> None:
        """Check the shards and the rejects of a kind, separately and together."""
        keys = key_columns(name, kind.fields, self._manifest.config)
        checked = _Kind(name, kind, self._report, keys)
        leakage = Leakage(name, kind, self._manifest.config, self._report)
        anonymity = AnonymityCheck(name, kind, self._report)
        if keys is None:
            self._report.note(name, "has no id and time by its schema: order and ids cannot be checked")
        with leakage, anonymity:
            for entry, shard in self._shards(name):
                rows = None if shard is None else self._shard(entry, shard, kind, keys, leakage, anonymity)
                checked.add(entry, shard, rows)
                self._done += 0 if rows is not None else entry.rows or 0
            if checked.is_whole:
                leakage.check()
                anonymity.check()
        checked.finish(self._rejects(name, kind))
        self._report.rows[name] = checked.rows

    def table(self, name: str, table: TableSection) -> None:
        """Check the shards of a derived table: their bytes, record and rows."""
        found: Counter[str] = Counter()
        is_whole = True
        for entry, shard in self._shards(name):
            rows = None if shard is None else self._shard(entry, shard, table)
            if rows is None or shard is None:
                is_whole = False
                continue
            found[shard.split] += rows.rows
            if rows.rows != entry.rows:
                text = f"holds {counted(rows.rows, 'row')}, the manifest lists {entry.rows}"
                self._report.add(entry.path, text)
            for column, count in rows.nulls.items():
                self._report.add(entry.path, f"has {counted(count, 'null')} in {column}, which is never null")
        if is_whole and (dict(found) != table.splits or table.rows != found.total()):
            text = f"derived says {counted(table.rows, 'row')} of {name}, the shards hold {found.total():,}"
            self._report.add(MANIFEST, f"{text}, or other rows of a split")

    def others(self) -> None:
        """Check all other files: their bytes, and the documents against the manifest."""
        for entry in self._manifest.files:
            if entry.kind is None:
                if kind_of_rejects(entry.path) in self._manifest.kinds:
                    continue
            elif entry.kind not in self._manifest.kinds and entry.kind not in self._manifest.derived:
                self._report.add(
                    entry.path, f"is of the kind {entry.kind}, which the manifest does not count"
                )
            elif _shard_name(entry) is not None:
                continue
            file = self._open(entry)
            if file is not None:
                with closing(file):
                    check_document(entry, file, self._manifest, self._report)

    def _shards(self, kind: str) -> list[tuple[FileEntry, ShardName | None]]:
        """Return the shards of a kind in their order; last those without a name, which were reported."""
        entries = {entry.path: entry for entry in self._manifest.files if entry.kind == kind}
        named = [(entry, _shard_name(entry)) for entry in entries.values()]
        return sorted(named, key=lambda item: _place(item[1]))

    def _open(self, entry: FileEntry) -> Any:
        self._on_progress(self._done, self._total, entry.path)
        return open_listed(self._files, entry, self._report)

    def _shard(
        self,
        entry: FileEntry,
        name: ShardName,
        kind: KindSection | TableSection,
        keys: KeyColumns | None = None,
        leakage: Leakage | None = None,
        anonymity: AnonymityCheck | None = None,
    ) -> ShardRows | None:
        """Read one shard back. Report a problem and return None if that fails."""
        if self._expansion.is_exceeded:
            # It was reported, with the shard at which that was seen.
            self._report.note(entry.path, "was not read, because the shards before it expand too far")
            return None
        file = self._open(entry)
        if file is None:
            return None
        is_escaped = self._manifest.config.get("csv_escape_formulas") is True
        # The way back costs time: the texts themselves are only looked at for the certificate.
        is_plain = any(each is not None and each.is_checked for each in (leakage, anonymity))
        request = ReadRequest(kind.fields, is_escaped=is_escaped and is_plain, expansion=self._expansion)
        reader = name.format.reader(file, name.compression, request)
        split_column = kind.split_column if isinstance(kind, KindSection) else None
        rows = ShardRows(kind.fields, keys, split_column)
        with closing(file):
            try:
                for batch in reader.batches():
                    rows.add(batch)
                    if leakage is not None:
                        leakage.add(name.split, batch)
                    if anonymity is not None:
                        anonymity.add(batch)
                    self._done += batch.num_rows
                    self._on_progress(self._done, self._total, entry.path)
                    if entry.rows is not None and rows.rows > entry.rows:
                        # More of them prove nothing, and there may be very many.
                        raise Unreadable(
                            f"holds more than {counted(entry.rows, 'row')}, which the manifest lists"
                        )
            except Unreadable as error:
                self._report.add(entry.path, str(error))
                return None
            self.privacy.shard(
                file, entry.path, name.kind, kind.fields, is_table=isinstance(kind, TableSection)
            )
        if name.format.holds_metadata:
            self._metadata(entry, reader.metadata, rows.rows)
            # Missing metadata was reported already.
            if entry.content_sha256 not in (None, reader.content_sha256) and reader.metadata is not None:
                found = f"{reader.content_sha256}, the manifest lists {entry.content_sha256}"
                self._report.add(entry.path, f"has the content_sha256 {found}")
        return rows

    def _metadata(self, entry: FileEntry, metadata: Any, rows: int) -> None:
        if metadata is None:
            if self._manifest.config.get("include_metadata") is True:
                self._report.add(entry.path, "has no export_metadata, which the config asks for")
            return
        total = metadata.get("total_records") if isinstance(metadata, dict) else None
        if total != rows:
            text = f"holds {counted(rows, 'row')}, its export_metadata.total_records says {total}"
            self._report.add(entry.path, text)

    def _rejects(self, name: str, kind: KindSection) -> Rejects | None:
        """Read the rejects of a kind. Report a problem and return None if that fails."""
        path = f"{FOLDER}/{name}.jsonl"
        entry = next((entry for entry in self._manifest.files if entry.path == path), None)
        if entry is None:
            if kind.rejected or kind.rejects_by_rule:
                text = f"{name}: rejected is {kind.rejected:,}, but {path} is not listed"
                self._report.add(MANIFEST, text)
                return None
            return Rejects()
        file = self._open(entry)
        if file is None:
            return None
        with closing(file):
            try:
                rejects = read_rejects(file, name, self._expansion.limits.row_bytes)
            except (ValueError, OSError, RecursionError) as error:
                self._report.add(path, f"cannot be read: {error}")
                return None
            self.privacy.rejects(file, path, name)
        if rejects.lines != entry.rows:
            self._report.add(path, f"holds {counted(rejects.lines, 'line')}, the manifest lists {entry.rows}")
        return rejects


class _Kind:
    """Checks the shards of one kind together."""

    def __init__(self, name: str, kind: KindSection, report: Report, keys: KeyColumns | None) -> None:
        self.rows = 0
        is_shuffled = keys is not None and keys.shuffle_seed is not None
        is_renumbered = keys is not None and keys.is_renumbered
        by_keys = "by time" if is_renumbered else "by time, then id"
        self._order = "shuffled by its seed" if is_shuffled else by_keys
        self._name = name
        self._kind = kind
        self._report = report
        self._ids = KindIds()
        # Split and version that a shard came with -> the path and end of the shard before. Each version of a
        # dataset adds shards in the order of their rows.
        self._ends: dict[tuple[str, int | None], tuple[str, Place]] = {}
        self.is_whole = True
        self._splits: Counter[str] = Counter()
        self._labels: dict[str, Counter[str]] = {}
        self._edges: dict[str, tuple[int, int]] = {}  # split -> the first and last time of its rows

    def add(self, entry: FileEntry, shard: ShardName | None, rows: ShardRows | None) -> None:
        """Add the next shard in order; without rows it is unreadable."""
        if rows is None or shard is None:
            self.is_whole = False
            return
        self.rows += rows.rows
        self._splits[shard.split] += rows.rows
        if rows.labels:
            self._labels.setdefault(shard.split, Counter()).update(rows.labels)
        self._ids.add(rows.ids)
        if rows.rows != entry.rows:
            text = f"holds {counted(rows.rows, 'row')}, the manifest lists {entry.rows}"
            self._report.add(entry.path, text)
        for column, count in rows.nulls.items():
            self._report.add(entry.path, f"has {counted(count, 'null')} in {column}, which is never null")
        if rows.has_keys:
            self._keys(entry, shard, rows)
        if rows.times is not None and (rows.has_keys or self._kind.split_column is not None):
            known = self._edges.get(shard.split, rows.times)
            self._edges[shard.split] = (min(known[0], rows.times[0]), max(known[1], rows.times[1]))

    def finish(self, rejects: Rejects | None) -> None:
        """Check the kind as a whole."""
        kind, report = self._kind, self._report
        if self.is_whole and self.rows != kind.written:
            text = f"{self._name}: written is {kind.written:,}, the shards hold {counted(self.rows, 'row')}"
            report.add(MANIFEST, text)
        if self.is_whole:
            self._check_splits()
            check_labels(self._name, kind, self._labels, report)
        repeated = self._ids.repeated()
        if len(repeated):
            text = f"has {counted(len(repeated), 'id')} more than once, the first is {repeated[0]}"
            report.add(self._name, text)
        if rejects is None:
            return
        path = f"{FOLDER}/{self._name}.jsonl"
        if len(rejects.ids) != kind.rejected:
            text = f"holds {counted(len(rejects.ids), 'rejected row')}, the manifest says {kind.rejected:,}"
            report.add(path, text)
        if dict(rejects.rules) != kind.rejects_by_rule:
            found = ", ".join(f"{rule} {rows}" for rule, rows in sorted(rejects.rules.items()))
            report.add(path, f"counts by rule [{found}] differ from the manifest's rejects_by_rule")
        both = self._ids.among(rejects.only_rejected)
        if len(both):
            text = (
                f"holds {counted(len(both), 'row')} that the shards hold too, the first has the id {both[0]}"
            )
            report.add(path, text)

    def _keys(self, entry: FileEntry, shard: ShardName, rows: ShardRows) -> None:
        for which, found, listed in (
            ("first", rows.first, entry.first_key),
            ("last", rows.last, entry.last_key),
        ):
            if shard.folder is not None and found is not None and not is_in_folder(shard.folder, found[0]):
                self._report.add(
                    entry.path, f"has the {which} key {_shown(found)}, which isn't of {shard.folder}"
                )
            if (None if found is None else list(found)) != listed:
                self._report.add(
                    entry.path, f"has the {which} key {_shown(found)}, the manifest lists {_shown(listed)}"
                )
        if rows.first_unordered is not None:
            self._report.add(
                entry.path, f"row {rows.first_unordered} belongs before the row above it ({self._order})"
            )
        if rows.begin is None or rows.end is None:
            return
        group = (shard.split, entry.since)
        before = self._ends.get(group)
        if before is not None and rows.begin < before[1]:
            self._report.add(entry.path, f"begins before {before[0]} ends: the shards are out of order")
        self._ends[group] = (entry.path, rows.end)

    def _check_splits(self) -> None:
        """Compare the manifest's section of each split with its shards."""
        for split in sorted(self._splits.keys() | self._kind.splits.keys()):
            listed = self._kind.splits.get(split)
            if listed is None:
                if self._kind.splits or split != TRAIN:
                    self._report.add(MANIFEST, f"{self._name}: the split {split} has shards, but no count")
                continue
            if listed.rows != self._splits[split]:
                text = f"{self._name}: {split} is {listed.rows:,}, its shards hold {self._splits[split]:,}"
                self._report.add(MANIFEST, text)
            found = self._edges.get(split)
            if found is not None and (listed.first, listed.last) != tuple(map(time_text, found)):
                text = f"{self._name}: {split} goes from {listed.first} to {listed.last}"
                self._report.add(MANIFEST, f"{text}, its rows from {' to '.join(map(time_text, found))}")


def _shard_name(entry: FileEntry) -> ShardName | None:
    try:
        return parse_shard_name(entry.path)
    except Unreadable:
        return None


def _place(name: ShardName | None) -> tuple[bool, str, int]:
    return (True, "", 0) if name is None else (False, name.split, name.index)


def _shown(key: Any) -> str:
    return "none" if key is None else f"[{key[0]}, {key[1]}]"
