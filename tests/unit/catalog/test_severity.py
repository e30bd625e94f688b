"""The severity table is RFC 5424's, complete, and unknown text stays unknown."""

import polars as pl
import pytest

from lumber.catalog import severity

# syslog code, spellings, OpenTelemetry number, level: the table of the design, written down once more.
TABLE = [
    (0, ("emergency", "emerg", "panic"), 21, "CRITICAL"),
    (1, ("alert",), 19, "CRITICAL"),
    (2, ("critical", "crit", "fatal"), 18, "CRITICAL"),
    (3, ("error", "err"), 17, "ERROR"),
    (4, ("warning", "warn"), 13, "WARNING"),
    (5, ("notice",), 10, "INFO"),
    (6, ("informational", "info"), 9, "INFO"),
    (7, ("debug",), 5, "DEBUG"),
]


OTHERS = {
    **dict.fromkeys(("trace", "verbose", "vrb", "trc", "finer", "finest"), (1, "DEBUG")),
    **dict.fromkeys(("fine", "dbg", "dbug"), (5, "DEBUG")),
    **dict.fromkeys(("information", "inf", "success"), (9, "INFO")),
    "wrn": (13, "WARNING"),
    **dict.fromkeys(("log", "note", "system"), (9, "INFO")),
    **dict.fromkeys(("debug1", "debug2", "debug3", "debug4", "debug5"), (5, "DEBUG")),
    **dict.fromkeys(("severe", "eror"), (17, "ERROR")),
    **dict.fromkeys(("ftl", "dpanic"), (21, "CRITICAL")),
}


def test_every_syslog_severity_has_its_number_and_level() -> None:
    assert [(item.code, item.spellings, item.number, item.level) for item in severity.SEVERITIES] == TABLE


def test_every_level_has_spellings_and_no_spelling_has_two() -> None:
    spellings = [text for texts in severity.SPELLINGS_BY_LEVEL.values() for text in texts]
    assert tuple(severity.SPELLINGS_BY_LEVEL) == severity.LOG_LEVELS
    assert all(severity.SPELLINGS_BY_LEVEL.values())
    assert sorted(spellings) == sorted([*OTHERS, *(text for _, texts, _, _ in TABLE for text in texts)])
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize(("code", "spellings", "number", "level"), TABLE)
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_a_spelling_is_read_in_any_case(
    case, code: int, spellings: tuple[str, ...], number: int, level: str
) -> None:
    frame = pl.DataFrame({"text": [case(text) for text in spellings]})
    text = pl.col("text")
    read = frame.select(
        level=severity.level_of(text), number=severity.number_of(text), unknown=severity.is_unknown(text)
    )
    assert set(read.rows()) == {(level, number, False)}
    assert severity.LEVEL_BY_SPELLING[severity.TEXT_BY_CODE[code]] == level


@pytest.mark.parametrize("text", ["", "loud", " error", "error ", "errors", "3", "İNFO"])
def test_unknown_text_is_never_guessed(text: str) -> None:
    column = pl.col("text")
    read = pl.DataFrame({"text": [text]}).select(
        level=severity.level_of(column),
        number=severity.number_of(column),
        unknown=severity.is_unknown(column),
    )
    assert read.row(0) == (None, None, True)


def test_null_has_no_severity_and_is_not_unknown() -> None:
    column = pl.col("text")
    read = pl.DataFrame({"text": pl.Series([None], dtype=pl.String)}).select(
        level=severity.level_of(column),
        number=severity.number_of(column),
        unknown=severity.is_unknown(column),
    )
    assert read.row(0) == (None, None, False)


def test_spellings_of_logging_libraries_are_known() -> None:
    found = {text: (severity.NUMBER_BY_SPELLING[text], severity.LEVEL_BY_SPELLING[text]) for text in OTHERS}
    assert found == OTHERS
