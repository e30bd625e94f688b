"""The options of `export` and `preview` that set fields of ExportConfig.

The table declares what differs on the command line. Fields without an option are set with `--set`.
"""

from __future__ import annotations

from lumber.catalog.operators import all_operators
from lumber.catalog.registry import all_kinds
from lumber.cli.config import values
from lumber.cli.config.option import ConfigOption
from lumber.cli.config.values import NONE, ON, PRESENT, constant, duration

# The defaults without --config. Those of ExportConfig serve old configs and the HTTP interface.
BATCH_SIZE = 20_000
FORMAT, PARQUET_COMPRESSION = "parquet", "zstd"

_WHAT = "What to export"
_SPLITS = "Splits"
_LABELS = "Labels"
_DUPLICATES = "Duplicates"
_SAMPLE = "Sample and order"
_SEQUENCES = "Templates and sequences"
PRIVACY = "Privacy"
FILES = "Files"
_OPERATORS = " ".join(word for each in all_operators().values() for word in each.signs or (each.name,))


OPTIONS = (
    ConfigOption(
        "--dataset",
        "dataset",
        _WHAT,
        "NAME",
        "Make the export a version of this dataset. The first version creates the dataset.",
        "none",
    ),
    ConfigOption(
        "--incremental",
        "incremental",
        _WHAT,
        help="With --dataset: read only rows that its latest version hasn't seen.",
        is_flag=True,
    ),
    ConfigOption(
        "--new-major",
        "new_major",
        _WHAT,
        help="With --dataset: begin a new major version. Splits and log templates are found anew.",
        is_flag=True,
    ),
    ConfigOption(
        "--data-type",
        "data_types",
        _WHAT,
        "TYPE",
        "Data type to export: logs, anomalies or ips. Repeat for several.",
        short="-d",
        repeats=True,
        words=tuple(all_kinds()),
    ),
    ConfigOption(
        "--source",
        "source",
        _WHAT,
        "NAME",
        "Read the rows of this source instead of Lumber's own tables; `lumber source list` shows them.",
        "none",
    ),
    ConfigOption(
        "--start",
        "start_date",
        _WHAT,
        "TIME",
        "First moment, inclusive: 2026-01-31 or 2026-01-31T12:00Z. Without a zone it is UTC.",
        "no limit",
    ),
    ConfigOption(
        "--end",
        "end_date",
        _WHAT,
        "TIME",
        "Last moment, inclusive. A date alone includes that whole day.",
        "no limit",
    ),
    ConfigOption(
        "--end-before",
        "end_before",
        _WHAT,
        "TIME",
        "Instead of --end: the first moment after the range, exclusive. Adjacent ranges share no log line "
        "and no anomaly.",
    ),
    ConfigOption(
        "--range",
        "date_range",
        _WHAT,
        "RANGE",
        "Instead of --start and --end: today, yesterday, 'last 24 hours', 'last 7 days', 'this week', "
        "'last month' and so on.",
    ),
    ConfigOption(
        "--zone",
        "time_zone",
        _WHAT,
        "ZONE",
        "Time zone of --range, such as Europe/Berlin.",
        "UTC",
    ),
    ConfigOption(
        "--process",
        "processes",
        _WHAT,
        "NAME",
        "Export only log lines of this process. Repeat for several.",
        "all",
        short="-p",
        repeats=True,
    ),
    ConfigOption(
        "--filter",
        "filters",
        _WHAT,
        "FILTER",
        "A condition: 'log_level=ERROR,CRITICAL', 'device_ip cidr 10.0.0.0/8', 'ips.risk_score>=50', "
        "'message contains failed' or 'device_id is_null'. Repeat it: all conditions must hold. A column "
        f"without a data type applies to every exported type that has it. Operators: {_OPERATORS}.",
        short="-f",
        repeats=True,
        read=values.filters,
    ),
    ConfigOption("--validation", "validation_level", _WHAT, "LEVEL"),
    ConfigOption(
        "--fields",
        "fields",
        _WHAT,
        "TYPE=COLUMNS",
        "Write only these columns: 'logs=timestamp,log_level,message'. Repeat for several data types.",
        "all columns",
        repeats=True,
        read=values.columns,
    ),
    ConfigOption("--split", "split.mode", _SPLITS, "MODE"),
    ConfigOption(
        "--split-ratio",
        "split.ratios",
        _SPLITS,
        "SHARES",
        "Shares of the splits. They add up to 1.",
        "train=0.8,validation=0.1,test=0.1",
        read=values.ratios,
    ),
    ConfigOption(
        "--split-date",
        "split.dates",
        _SPLITS,
        "SPLIT=TIME",
        "Instead of shares, with time and time_group: the first moment of a split in UTC, such as "
        "'test=2026-03-01'. Repeat for several.",
        repeats=True,
        read=values.dates,
    ),
    ConfigOption(
        "--embargo",
        "split.embargo_seconds",
        _SPLITS,
        "DURATION",
        "With time and time_group: leave out rows less than this after a cut: 90s, 30m, 1h or 2d.",
        read=duration("--embargo", "split", "embargo_seconds"),
    ),
    ConfigOption("--split-by", "split.by", _SPLITS, "COLUMN"),
    ConfigOption("--split-stratify", "split.stratify", _SPLITS, "COLUMN"),
    ConfigOption("--unseen", "split.unseen", _SPLITS, "SHARE"),
    ConfigOption("--split-seed", "split.seed", _SPLITS, "NUMBER"),
    ConfigOption(
        "--labels",
        "labels",
        _LABELS,
        help="Label log lines with the anomalies found in them: 1, 0 (judged a false positive) or null. The "
        "other options in this group imply it.",
        is_flag=True,
        read=constant(PRESENT, "labels"),
    ),
    ConfigOption(
        "--label-window",
        "labels.window_seconds",
        _LABELS,
        "DURATION",
        "If an anomaly names a device but no log line, label that device's lines this long before and after "
        "it: 90s, 5m; or separately: 5m,30s.",
        read=values.label_window,
    ),
    ConfigOption("--assume-normal", "labels.assume_normal", _LABELS, is_flag=True),
    ConfigOption("--confirmed-only", "labels.confirmed_only", _LABELS, is_flag=True),
    ConfigOption("--labelled-only", "labels.only", _LABELS, is_flag=True),
    ConfigOption(
        "--detector",
        "labels.detectors",
        _LABELS,
        "NAME",
        "Use only the anomalies of this detector. Repeat for several.",
        "all",
        repeats=True,
    ),
    ConfigOption("--deduplicate", "deduplicate.mode", _DUPLICATES, "MODE"),
    ConfigOption("--burst-seconds", "deduplicate.burst_seconds", _DUPLICATES, "SECONDS"),
    ConfigOption(
        "--sample",
        "sample",
        _SAMPLE,
        "SHARE|ROWS",
        "Keep this share of the rows of each data type (0.1 or 10%), or this many rows (50000).",
        "all rows",
        read=values.sample_size,
    ),
    ConfigOption(
        "--stratify",
        "sample.stratify",
        _SAMPLE,
        "COLUMN",
        "Keep the proportions of this column in the sample: log_level or label.",
    ),
    ConfigOption("--sample-seed", "sample.seed", _SAMPLE, "NUMBER"),
    ConfigOption("--order", "order.by", _SAMPLE, "ORDER"),
    ConfigOption("--order-seed", "order.seed", _SAMPLE, "NUMBER"),
    ConfigOption(
        "--templates",
        "templates",
        _SEQUENCES,
        help="Give each log line its template id and the values in it. Templates are mined from the train "
        "split only, and listed in a table of their own.",
        is_flag=True,
        read=constant(PRESENT, "templates"),
    ),
    ConfigOption(
        "--sequences",
        "sequences.mode",
        _SEQUENCES,
        "MODE",
        "Cut the templates of each device into sequences: sliding (windows) or session (lines without a long "
        "gap).",
        "",
    ),
    ConfigOption("--sequence-size", "sequences.size", _SEQUENCES, "NUMBER"),
    ConfigOption(
        "--sequence-step",
        "sequences.step",
        _SEQUENCES,
        "NUMBER",
        "With sliding: distance from the start of a window to the start of the next.",
        "the size",
    ),
    ConfigOption("--sequence-unit", "sequences.unit", _SEQUENCES, "UNIT"),
    ConfigOption(
        "--sequence-gap",
        "sequences.gap_seconds",
        _SEQUENCES,
        "DURATION",
        "With session: a longer gap between two lines ends the session: 90s, 5m.",
        "5m",
        read=duration("--sequence-gap", "sequences", "gap_seconds"),
    ),
    ConfigOption("--sequence-max-length", "sequences.max_length", _SEQUENCES, "LINES"),
    ConfigOption(
        "--sequence-drop-last",
        "sequences.drop_last",
        _SEQUENCES,
        help="Drop or keep incomplete sequences at the end of a split. By default, incomplete sliding "
        "windows are dropped, unless the device would have no window.",
        off="--sequence-keep-last",
    ),
    ConfigOption(
        "--privacy",
        "privacy.addresses",
        PRIVACY,
        "MODE",
        "Pseudonymise people and devices, also inside texts. The mode is for addresses: prefix_preserving "
        "(the same as 'on'), token, truncate, drop or keep. Names, mail and hardware addresses become "
        "tokens, and secrets are removed. none changes nothing.",
        NONE,
        read=values.privacy,
        words=(ON, NONE),
    ),
    ConfigOption("--ipv4-prefix", "privacy.ipv4_prefix", PRIVACY, "BITS"),
    ConfigOption("--ipv6-prefix", "privacy.ipv6_prefix", PRIVACY, "BITS"),
    ConfigOption(
        "--identifiers",
        "privacy.identifiers",
        PRIVACY,
        "NAMES",
        "What gets a pseudonym, separated by commas: mac, email, user, host, iban, phone, national_id, "
        "coordinates, url_ids; or none. Like the other parts of privacy, it implies --privacy on.",
        "all",
        read=values.identifiers,
    ),
    ConfigOption(
        "--keep-secrets",
        "privacy.secrets",
        PRIVACY,
        help="Don't remove keys, tokens and passwords.",
        is_flag=True,
        read=constant(False, "privacy", "secrets"),
    ),
    ConfigOption(
        "--drop-scope",
        "privacy.drop_scope",
        PRIVACY,
        help="Leave out ip_scope, which tells whether the original address is private.",
        is_flag=True,
        read=constant(True, "privacy", "drop_scope"),
    ),
    ConfigOption(
        "--renumber-ids",
        "privacy.renumber_ids",
        PRIVACY,
        help="Replace the ids of rows by other numbers. References agree with them.",
        is_flag=True,
        read=constant(True, "privacy", "renumber_ids"),
    ),
    ConfigOption(
        "--shift-times",
        "privacy.shift_times",
        PRIVACY,
        help="Move all times into the past by one secret number of whole weeks.",
        is_flag=True,
        read=constant(True, "privacy", "shift_times"),
    ),
    ConfigOption(
        "--shift-group",
        "privacy.shift_group",
        PRIVACY,
        "TEXT",
        "With --shift-times: exports of the same group are moved alike.",
        "the dataset",
    ),
    ConfigOption(
        "--known-values",
        "privacy.known_values",
        PRIVACY,
        help="Replace the hosts and users of all rows in all texts, also where nothing else tells them.",
        is_flag=True,
        read=constant(True, "privacy", "known_values"),
    ),
    ConfigOption(
        "--k-anonymity",
        "privacy.k_anonymity",
        PRIVACY,
        "COLUMNS",
        "Say how many rows the smallest group with the same values in these columns has: "
        "device_id,log_level. Repeat for other sets.",
        "each column by itself",
        repeats=True,
        read=values.column_sets,
    ),
    ConfigOption("--privacy-context", "privacy.context", PRIVACY, "TEXT"),
    ConfigOption(
        "--privacy-rules",
        "privacy.rules",
        PRIVACY,
        "FILE",
        "A JSON file with your own rules: values to keep (allow), values to replace (deny) and columns.",
        "none",
        read=values.privacy_rules,
    ),
    ConfigOption(
        "--format",
        "output_format",
        FILES,
        "FORMAT",
        default=f"{FORMAT}; with --config json",
    ),
    ConfigOption(
        "--compression",
        "compression",
        FILES,
        "NAME",
        "none, gzip or zstd; true selects the usual one for the format.",
        f"{PARQUET_COMPRESSION} for parquet, otherwise none; with --config none",
        read=values.compression,
    ),
    ConfigOption(
        "--partition-by",
        "partition_by",
        FILES,
        "PERIOD",
        "Put the files into a folder for each day (date) or month (month) in UTC, as Hive does: "
        "logs/train/date=2026-01-31.",
    ),
    ConfigOption(
        "--destination",
        "destination",
        FILES,
        "NAME",
        "Also write the finished dataset to this destination; `lumber destination list` shows them.",
    ),
    ConfigOption(
        "--planning",
        "planning",
        FILES,
        "HOW",
        "exact counts all rows to plan partitions; estimated samples the keys of a large table of logs.",
        "exact",
        words=("exact", "estimated"),
    ),
    ConfigOption(
        "--batch-size",
        "batch_size",
        FILES,
        "ROWS",
        default=f"{BATCH_SIZE}; with --config 1000",
        writes=True,
    ),
    ConfigOption("--max-reject-ratio", "max_reject_ratio", FILES, "SHARE", writes=True),
    ConfigOption(
        "--escape-formulas",
        "csv_escape_formulas",
        FILES,
        help="Prefix CSV cells that a spreadsheet would run as a formula with ', or leave them as they are.",
        off="--no-escape-formulas",
    ),
    ConfigOption(
        "--metadata",
        "include_metadata",
        FILES,
        help="Write the dataset card, croissant.json and datacontract.yaml, or leave them out.",
        off="--no-metadata",
    ),
)
