"""Packs finished partitions into a dataset: final names, rejects, documents and manifest."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lumber.catalog.kind import Kind, with_json_text
from lumber.dataset.documents.contents import Contents, Table
from lumber.dataset.documents.render import checksum_lines, describing_documents, quality_document
from lumber.dataset.layout import (
    CHECKSUMS,
    MANIFEST,
    QUALITY_REPORT,
    SKETCHES,
    is_change_list,
    output_errors,
)
from lumber.dataset.manifest import (
    MANIFEST_VERSION,
    VOLATILE,
    VOLATILE_DATASET,
    VOLATILE_POLICIES,
    FileEntry,
    Manifest,
    PolicyEntry,
    schema_hash,
)
from lumber.dataset.reproducibility import hash_json, reproducibility_hash
from lumber.dataset.sections import kind_section, rule_section, table_section
from lumber.dataset.totals import KindTotals
from lumber.engine.output import Made, MadeTable
from lumber.engine.plan import Plan
from lumber.engine.staging import OutputFolder
from lumber.errors import ExportCancelled, ExportError, PolicyVersion, RejectRatioExceeded, Unbalanced
from lumber.exports.config import ExportConfig, without_unset
from lumber.exports.disguise import Disguise
from lumber.exports.final_files import FinalFiles
from lumber.exports.privacy import shown_config
from lumber.exports.stored import plan_section
from lumber.files.folder import Folder
from lumber.files.json_text import require_document
from lumber.formats import WriteOptions, extension, get_format
from lumber.privacy.rule import PrivacyRule
from lumber.store.models.base import utc_now
from lumber.text import counted
from lumber.version import __version__

if TYPE_CHECKING:
    from lumber.exports.gates.sketching import SketchFacts
    from lumber.exports.versions.packing import VersionPacking

_LIBRARIES = ("polars", "pyarrow", "adbc-driver-manager", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Packed:
    """A committed dataset: its files and its counts per kind."""

    files: tuple[FileEntry, ...]
    counts: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """What the manifest says about the run itself.

    `policies` are those that allow it; None for an export that belongs to no account. The quality report of
    an account's export counts no values of columns that aren't written. `sketches` is what those of a version
    are made of, apart from its rows. `version` has what a version shares with the one before.
    """

    export_id: str
    data_version: str
    created_at: datetime
    started_at: datetime
    database_version: str
    privacy: PrivacyRule | None = field(default=None, repr=False)
    policies: Sequence[PolicyVersion] | None = None
    sketches: SketchFacts | None = None
    version: VersionPacking | None = None


def check_balance(config: ExportConfig, plan: Plan, totals: Mapping[str, KindTotals]) -> None:
    """Raise Unbalanced or RejectRatioExceeded when the counts of a kind are not as promised."""
    for name, found in totals.items():
        planned = plan.planned_rows(name)
        if not found.is_balanced or found.read != planned:
            raise Unbalanced(
                f"{name}: the rows do not balance: planned {planned:,}, read {found.read:,}, written "
                f"{found.written:,}, rejected {found.rejected:,}, deduplicated {found.deduplicated:,}, left "
                f"out {found.sampled_out:,}."
            )
        ratio = found.rejected / found.read if found.read else 0.0
        if ratio > config.max_reject_ratio:
            rules = ", ".join(f"{rule} {rows:,}" for rule, rows in found.rules.most_common(3))
            raise RejectRatioExceeded(
                f"{name}: {found.rejected:,} of {counted(found.read, 'row')} "
                f"{'was' if found.rejected == 1 else 'were'} rejected ({ratio:.2%}), more than "
                f"max_reject_ratio {config.max_reject_ratio:g} allows. Most often: {rules}."
            )


def pack(
    folder: OutputFolder,
    config: ExportConfig,
    plan: Plan,
    totals: Mapping[str, KindTotals],
    facts: ExportFacts,
    made: Mapping[str, Made] | None = None,
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Packed:
    """Name the files, write the reports and commit with the manifest. Nothing is visible before that.

    `made` is what the jobs after the partitions made, by kind. `is_cancelled` is asked until the commit.
    Raises ExportCancelled or an OutputError.
    """
    made = made or {}
    tables = [_table(each, config) for of_kind in made.values() for each in of_kind.tables]
    version = facts.version
    if version is not None:
        options = WriteOptions(
            str(config.output_format), config.resolved_compression, config.csv_escape_formulas
        )
        if version.templates is not None:
            # Before the other tables, as where it was mined.
            tables.insert(0, version.templates.documented(config.output_format))
        version.compare(config, plan, totals, folder.staging, options, is_cancelled)
        facts = replace(facts, data_version=version.data_version)
        if (same := version.unchanged_files(plan, totals)) is not None:
            manifest = _unchanged(config, plan, facts, version, same)
            if manifest is not None:
                moves = version.link(same, folder.staging)
                _refuse_cancelled(is_cancelled)
                folder.commit(moves, manifest.as_bytes())
                return Packed(tuple(same), {name: found.counts() for name, found in totals.items()})
    files = FinalFiles(
        folder.staging,
        extension(config.output_format, config.resolved_compression),
        None if version is None else version.plan.number,
    )
    for name, found in totals.items():
        files.add_shards(name, found.shards_by_split(), config.partition_by)
    for table in tables:
        files.add_shards(table.name, table.shards)
    _certify(folder.staging, made, totals, is_cancelled)
    _count_anonymity(folder.staging, config, totals, is_cancelled)
    for name, found in totals.items():
        files.add_rejects(name, found.rejects)
    if version is not None:
        files.add_changes({name: each.listed for name, each in version.changes.items()})
    kinds = _written_kinds(config, totals)
    counted_kinds = kinds if facts.policies is None else _only_written(kinds)
    counted_tables = {
        name: {each.table.name: each.counted for each in of_kind.tables if each.counted}
        for name, of_kind in made.items()
    }
    files.add_document(QUALITY_REPORT, quality_document(counted_kinds, totals, counted_tables))
    if facts.sketches is not None:
        _add_sketches(files, made, totals, facts.sketches, version)
    manifest = _manifest(config, plan, totals, facts, tables, files.entries)
    found_hash = reproducibility_hash(manifest.as_json())
    if config.include_metadata:
        contents = Contents(
            kinds={name: (kinds[name], found) for name, found in totals.items()},
            files=tuple(entry for entry in files.entries if not is_change_list(entry.path)),
            output_format=config.output_format,
            suffix=files.suffix,
            config=manifest.config,
            version=__version__,
            data_version=facts.data_version,
            reproducibility_hash=found_hash,
            privacy=facts.privacy,
            derived=tables,
            cuts=Disguise(facts.privacy).cuts(plan.split.cuts),
            policies=tuple(facts.policies or ()),
            dataset=manifest.dataset,
            created_at=facts.created_at,
            source=plan.source,
        )
        for file_name, text in describing_documents(contents).items():
            files.add_document(file_name, text)
    covered = [entry for entry in files.entries if not is_change_list(entry.path)]
    files.add_document(CHECKSUMS, checksum_lines((entry.path, entry.sha256) for entry in covered))
    complete = {**_run(facts), "reproducibility_hash": found_hash, "files": files.entries}
    content = manifest.model_copy(update=complete).as_bytes()
    _refuse_unreadable(content, len(files.entries))
    _refuse_cancelled(is_cancelled)
    folder.commit(files.moves, content)
    return Packed(tuple(files.entries), {name: found.counts() for name, found in totals.items()})


def _refuse_cancelled(is_cancelled: Callable[[], bool]) -> None:
    if is_cancelled():
        raise ExportCancelled("The export was cancelled.")


def _refuse_unreadable(manifest: bytes, files: int) -> None:
    """Raise ExportError for a dataset of so many files that nothing could read its manifest."""
    try:
        require_document(manifest)
    except ValueError as error:
        raise ExportError(
            f"The dataset would have {counted(files, 'file')}, and nobody could read its manifest: {error}. "
            "Use larger partitions (LUMBER_PARTITION_ROWS), larger files (LUMBER_SHARD_SIZE_BYTES), or no "
            "partition_by."
        ) from None


def _unchanged(
    config: ExportConfig, plan: Plan, facts: ExportFacts, version: VersionPacking, files: list[FileEntry]
) -> Manifest | None:
    """Return the manifest of a version that is its parent again; None if the documents would differ."""
    before = version.parent_manifest
    assert before is not None
    shown = without_unset(shown_config(config, facts.privacy))
    disguise = Disguise(facts.privacy)
    same = before.model_copy(
        update={
            **_run(facts),
            "dataset": disguise.version(version.section(facts.created_at)),
            "config": shown,
            "config_hash": hash_json(shown),
            "policies": _policies(facts),
            "plan": before.plan.model_copy(update={"cutoff": disguise.mark(plan.cutoff)}),
            "files": files,
        }
    )
    is_same = reproducibility_hash(same.as_json()) == before.reproducibility_hash
    return same if is_same and bool(before.policies) == bool(facts.policies) else None


def _policies(facts: ExportFacts) -> list[PolicyEntry]:
    return [
        PolicyEntry(policy_id=each.policy_id, name=each.name, version=each.version)
        for each in facts.policies or ()
    ]


def _manifest(
    config: ExportConfig,
    plan: Plan,
    totals: Mapping[str, KindTotals],
    facts: ExportFacts,
    tables: Sequence[Table],
    entries: Sequence[FileEntry],
) -> Manifest:
    """Return the manifest, without the documents that are made of it."""
    kinds = _written_kinds(config, totals)
    shown = without_unset(shown_config(config, facts.privacy))
    disguise = Disguise(facts.privacy)
    return Manifest(
        manifest_version=MANIFEST_VERSION,
        **_run(facts),
        config=shown,
        # Of the config as it is shown: a hash of what is hidden could be tried with guesses.
        config_hash=hash_json(shown),
        privacy=None if facts.privacy is None else rule_section(facts.privacy, kinds.values()),
        policies=_policies(facts),
        dataset=None if facts.version is None else disguise.version(facts.version.section(facts.created_at)),
        kinds={
            name: kind_section(
                kinds[name], found, planned=plan.planned_rows(name), schema_hash=schema_hash(kinds[name])
            )
            for name, found in totals.items()
        },
        derived={table.name: table_section(table.schema, table.shards) for table in tables},
        plan=disguise.plan(plan_section(plan)),
        files=list(entries),
        volatile=[
            *VOLATILE,
            *([VOLATILE_POLICIES] if facts.policies else []),
            *([VOLATILE_DATASET] if facts.version is not None else []),
        ],
    )


def _written_kinds(config: ExportConfig, totals: Mapping[str, KindTotals]) -> dict[str, Kind]:
    """Return the kinds with the columns that were written, and how their JSON was stored."""
    return {
        kind.name: replace(kind, schema=with_json_text(kind.schema, totals[kind.name].json_text))
        for kind in config.written_kinds()
    }


def _only_written(kinds: Mapping[str, Kind]) -> dict[str, Kind]:
    """Return the kinds without processes and levels where their columns aren't written."""
    return {
        name: replace(
            kind,
            process_column=kind.process_column if kind.process_column in kind.schema.names else None,
            level_column=kind.level_column if kind.level_column in kind.schema.names else None,
        )
        for name, kind in kinds.items()
    }


def _table(made: MadeTable, config: ExportConfig) -> Table:
    """Return a table beside the kinds as the documents describe it."""
    table = made.table
    schema = table.written(config.output_format)
    return Table(
        table.name,
        table.description,
        schema,
        table.descriptions,
        table.shards_by_split(made.files),
        frozenset(name for file in made.files for name in file.null_columns),
    )


def _certify(
    staging: Path,
    made: Mapping[str, Made],
    totals: Mapping[str, KindTotals],
    is_cancelled: Callable[[], bool],
) -> None:
    """Add to the totals of every kind with several splits what these share."""
    for name, of_kind in made.items():
        if of_kind.counted is not None:
            # It takes libraries that exports without splits don't load.
            from lumber.dataset.leakage.certificate import certify

            totals[name].leakage = certify(of_kind.counted, staging, is_cancelled=is_cancelled)


def _count_anonymity(
    staging: Path,
    config: ExportConfig,
    totals: Mapping[str, KindTotals],
    is_cancelled: Callable[[], bool],
) -> None:
    """Add to the totals of every kind the k-anonymity of the chosen columns, and of single ones."""
    if config.privacy is None or config.incremental:
        return
    # It takes libraries that most exports don't load.
    from lumber.dataset.anonymity import MOST_ROWS_BY_COLUMN, anonymity_of, single_columns

    options = WriteOptions(str(config.output_format), config.resolved_compression, config.csv_escape_formulas)
    is_text = get_format(options.format).is_text
    for name, kind in _written_kinds(config, totals).items():
        sets = [names for names in config.privacy.k_anonymity if set(names) <= set(kind.schema.names)]
        # Files of text would have to be parsed as a whole.
        if not is_text and totals[name].written <= MOST_ROWS_BY_COLUMN:
            sets += [[column] for column in single_columns(kind) if [column] not in sets]
        if sets:
            shards = [staging / shard.name for shard in totals[name].shards]
            totals[name].k_anonymity = anonymity_of(
                sets, shards, kind.schema, options, is_cancelled=is_cancelled
            )


def _add_sketches(
    files: FinalFiles,
    made: Mapping[str, Made],
    totals: Mapping[str, KindTotals],
    facts: SketchFacts,
    version: VersionPacking | None,
) -> None:
    """Add the sketches of the version, and those of the shards that it wrote or took from earlier ones."""
    # It takes a library that exports without a dataset don't load.
    from lumber.exports.gates.sketching import own_sketches, sketches_of_shards, version_sketches

    own = own_sketches(made, files.staging)
    files.add_document(SKETCHES, version_sketches(own, facts).as_text())
    if version is None:
        return
    for kind, found in totals.items():
        files.add_inherited(version.earlier_sketches(kind, found.shards), version.link)
        if kind in made and (content := sketches_of_shards(made[kind], found.shards, files.staging)):
            files.add_sketches(kind, version.plan.number, content)


def committed(folder: Path) -> Packed:
    """Return what the manifest in a folder says. Raises OutputUnwritable when it cannot be read."""
    with output_errors(folder), Folder.open(folder) as opened, opened.file(MANIFEST) as file:
        content = file.read()
    manifest = Manifest.model_validate_json(content, by_alias=True, by_name=False)
    counts = {kind: section.counts() for kind, section in manifest.kinds.items()}
    return Packed(tuple(manifest.files), counts)


def _run(facts: ExportFacts) -> dict[str, Any]:
    """Return what the manifest says of the run itself."""
    # Everything but the commit itself is done now.
    finished_at = utc_now()
    return {
        "export_id": facts.export_id,
        "data_version": facts.data_version,
        "created_at": facts.created_at.isoformat(),
        "started_at": facts.started_at.isoformat(),
        "finished_at": finished_at.isoformat(),
        "duration_seconds": round((finished_at - facts.started_at).total_seconds(), 3),
        "versions": {
            "lumber": __version__,
            "python": platform.python_version(),
            "database": facts.database_version,
            **{name: version(name) for name in _LIBRARIES},
        },
    }
