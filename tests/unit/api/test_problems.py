"""The table of HTTP statuses is whole, and what is wrong is told in full."""

from lumber.api.problems import STATUS_BY_CODE, lumber_errors, problem_field, title_of
from lumber.errors import FieldProblem, LumberError


def test_every_error_has_a_status_and_a_title() -> None:
    codes = {error.code for error in lumber_errors()}

    assert len(codes) > 20
    assert codes <= STATUS_BY_CODE.keys()
    assert all(title_of(code) for code in STATUS_BY_CODE)
    assert all(400 <= status < 600 for status in STATUS_BY_CODE.values())


def test_what_may_succeed_later_is_told_apart() -> None:
    retryable = {STATUS_BY_CODE[error.code] for error in lumber_errors() if error.retryable}

    assert retryable <= {429, 503, 507}
    assert STATUS_BY_CODE[LumberError.code] == 500


def test_a_message_with_a_long_value_still_ends_with_the_reason() -> None:
    value = "0" * 5_000
    told = problem_field(FieldProblem("url", value, f"{value!r} is not an absolute path"))
    assert told.message.startswith("'000")
    assert told.message.endswith("' is not an absolute path")
    assert len(told.message) < 1_100
