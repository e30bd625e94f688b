"""The table of HTTP statuses is whole."""

from lumber.api.problems import STATUS_BY_CODE, lumber_errors, title_of
from lumber.errors import LumberError


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
