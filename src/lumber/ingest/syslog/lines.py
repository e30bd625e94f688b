"""What all forms of log lines share: the resulting columns, the host and the tag."""

from __future__ import annotations

import orjson
import polars as pl

from lumber.catalog import severity

# The column with the name of a row's form: see `ingest/forms.py`.
FORM = "form"
# Every form returns these, one row per line. `timestamp` is in microseconds; `reason` marks a reject. FORM is
# null if the form has no parts that have names of their own.
COLUMNS: dict[str, pl.DataType] = {
    "number": pl.Int64(),
    "timestamp": pl.Int64(),
    "log_level": pl.String(),
    "severity_text": pl.String(),
    "process_name": pl.String(),
    "message": pl.String(),
    "device_id": pl.String(),
    "device_ip": pl.String(),
    "host_name": pl.String(),
    "raw_message": pl.String(),
    "structured_data": pl.String(),
    "reason": pl.String(),
    FORM: pl.Categorical(),
}

# RFC 3164, 4.1.3, as senders write it: a name, perhaps [pid], a colon, and a space or the end.
# No program has quotes, braces, commas or equals signs in its name: those are the beginning of data.
_TAG = r"^([^\s\[:\"'`{}=,;<>]+(?:\[[^\]\s]*\])?:)(?: |$)"
# Cisco: facility, severity and mnemonic.
_MNEMONIC_SEVERITY = r"^%[A-Z0-9_]+(?:-[A-Z0-9_]+)*-([0-7])-[A-Z0-9_]+$"
_NUMBER = r"^(?:0|[1-9][0-9]{0,17})$"
# As many as RFC 3164 needs for a time.
_FIRST_WORDS = r"^(\S+(?: +\S+){0,2})"


def after(text: pl.Expr, part: pl.Expr, extra: int | pl.Expr = 1) -> pl.Expr:
    """Return what follows `part` and `extra` characters; the whole text if `part` is null."""
    return text.str.slice(pl.when(part.is_null()).then(0).otherwise(part.str.len_chars() + extra))


def split_host_and_tag(frame: pl.DataFrame) -> pl.DataFrame:
    """Split the column `rest` into host_name, process_name and message.

    The first word is the host. Rows of a form whose first word may be something else have host_name already.
    The message is exact: only one space after the tag is removed. A line without a tag has no process name.
    """
    if "host_name" not in frame.columns:
        frame = frame.with_columns(pl.col("rest").str.extract(r"^(\S+)(?: |$)").alias("host_name"))
    frame = frame.with_columns(after(pl.col("rest"), pl.col("host_name")).alias("body"))
    frame = frame.with_columns(pl.col("body").str.extract(_TAG).alias("tag"))
    # Half as expensive as a regular expression.
    parts = pl.col("tag").str.splitn("[", 2).struct
    return frame.with_columns(
        parts.field("field_0").str.strip_suffix(":").alias("process_name"),
        parts.field("field_1").str.strip_suffix("]:").alias("process_id"),
        after(pl.col("body"), pl.col("tag")).alias("message"),
    )


def with_process_id(frame: pl.DataFrame) -> pl.DataFrame:
    """Add structured_data with what the tag has in brackets, `sshd[12]:`, from the column `process_id`."""
    data = pl.concat_str(pl.lit('{"process_id":'), as_json_scalar(frame["process_id"]), pl.lit("}"))
    return frame.with_columns(data.alias("structured_data"))


def as_json_scalar(words: pl.Series) -> pl.Series:
    """Return each word as JSON: its digits as a number, anything else as text. Null for an empty word."""
    is_number = words.str.contains(_NUMBER)
    if is_number.all():  # null where the word is null
        return words
    others = words.filter(~is_number).unique()
    texts = [orjson.dumps(text).decode() if text else None for text in others]
    return words.replace(others, pl.Series(texts, dtype=pl.String))


def with_mnemonics(frame: pl.DataFrame) -> pl.DataFrame:
    """Take the severity from the mnemonic of a Cisco message, `%ASA-6-302013`, if there is no PRI."""
    process = pl.col("process_name")
    if not frame["process_name"].str.starts_with("%").any():
        return frame
    digit = process.str.extract(_MNEMONIC_SEVERITY).cast(pl.Int16)
    return frame.with_columns(pl.coalesce(pl.col("code").cast(pl.Int16), digit).alias("code"))


def with_severity(frame: pl.DataFrame) -> pl.DataFrame:
    """Add severity_text and log_level from the column `code`, the severity in PRI."""
    if frame["code"].null_count() == len(frame):
        nothing = pl.lit(None, pl.String)
        return frame.with_columns(nothing.alias("severity_text"), nothing.alias("log_level"))
    levels = {item.code: item.level for item in severity.SEVERITIES}
    return frame.with_columns(
        pl.col("code")
        .replace_strict(severity.TEXT_BY_CODE, default=None, return_dtype=pl.String)
        .alias("severity_text"),
        pl.col("code").replace_strict(levels, default=None, return_dtype=pl.String).alias("log_level"),
    )


def finished(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with exactly COLUMNS; what is missing is null."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None, type_).alias(name)).cast(type_)
        for name, type_ in COLUMNS.items()
    )


def refused(frame: pl.DataFrame, reason: str) -> pl.DataFrame:
    """Return every row of the frame as a reject for the same reason."""
    return finished(frame.select("number", pl.lit(reason).alias("reason")))


def reason_for_bare(frame: pl.DataFrame) -> pl.DataFrame:
    """Add a reason to rows with nothing after the time."""
    if not (frame["rest"] == "").any():
        return frame
    is_bare = (pl.col("rest") == "") & pl.col("reason").is_null()
    bare = pl.lit("there is no host and message after the time")
    return frame.with_columns(pl.when(is_bare).then(bare).otherwise("reason").alias("reason"))


def reason_for_time(frame: pl.DataFrame) -> pl.Expr:
    """Return the reason for rows without a time, with the text in its place."""
    # No stamp is found if another character follows it immediately. A null here would be no reason at all.
    stamp = pl.coalesce("stamp", pl.col("text").str.extract(_FIRST_WORDS), pl.lit(""))
    shown = pl.format("timestamp: '{}' is not a time", stamp)
    if "lacks_year" in frame.columns:
        # The stamp of a line without a readable time is null.
        unknown = pl.format(
            "timestamp: no year of '{}' fits the order of the lines and the time of the file; "
            "give the year of the first line with --year",
            stamp,
        )
        is_known = ~pl.col("lacks_year") | pl.col("stamp").is_null()
        shown = pl.when(is_known).then(shown).otherwise(unknown)
    if "offset" in frame.columns:
        unclear = pl.format(
            "timestamp: time zone '{}' is unknown or has several meanings; remove it and name the zone with "
            "--timezone, or load with a --timezone that uses it",
            pl.col("zone"),
        )
        is_unclear = pl.col("offset").is_null() & pl.col("zone").is_not_null()
        shown = pl.when(is_unclear).then(unclear).otherwise(shown)
    return pl.when(pl.col("timestamp").is_null()).then(shown).alias("reason")
