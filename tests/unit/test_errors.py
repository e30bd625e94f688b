"""The tree of errors is drawn where it is defined, whole and true."""

import re

import pytest

from lumber import errors
from lumber.errors import ConfigError, FieldProblem, LumberError


def every_error(root: type[LumberError] = LumberError) -> list[type[LumberError]]:
    below = [found for child in root.__subclasses__() for found in every_error(child)]
    return [error for error in [root, *below] if error.__module__.startswith(f"{errors.__name__}.")]


def drawn_tree() -> dict[str, tuple[str, str]]:
    """Read the docstring: class -> (its parent, its code)."""
    drawn, path = {}, {0: "LumberError"}
    for line in (errors.__doc__ or "").splitlines():
        match = re.fullmatch(r"([│├└─ ]+)(\w+) +(\w+)", line)
        if match:
            depth = len(match[1]) // 4
            drawn[match[2]] = (path[depth - 1], match[3])
            path[depth] = match[2]
    return drawn


def test_docstring_draws_every_error_with_its_parent_and_code() -> None:
    defined = {error.__name__: (error.__bases__[0].__name__, error.code) for error in every_error()[1:]}
    assert drawn_tree() == defined
    assert len(defined) > 15


def test_codes_are_unique_and_machine_readable() -> None:
    codes = [error.code for error in every_error()]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


def test_every_error_says_what_it_is() -> None:
    assert all(error.__doc__ and error.__doc__.endswith(".") for error in every_error())
    assert len({error.__doc__ for error in every_error()}) == len(every_error())


def test_only_what_may_pass_by_itself_is_retryable() -> None:
    assert {error.code for error in every_error() if error.retryable} == {
        "audit_failed",
        "database_unreachable",
        "database_locked",
        "database_busy",
        "dataset_busy",
        "destination_unreachable",
        "disk_full",
        "preview_timeout",
        "server_unreachable",
        "source_conflict",
        "source_failed",
        "too_many_exports",
        "too_many_failures",
        "too_many_logins",
        "too_many_requests",
        "too_many_uploads",
        "upload_interrupted",
        "worker_died",
    }


def test_config_error_names_every_field_and_what_is_allowed() -> None:
    first = FieldProblem("filters.a", 7, "cannot be filtered on", ("b", "c"))
    second = FieldProblem("batch_size", -1, "must be positive")
    with pytest.raises(LumberError) as caught:
        raise ConfigError([first, second])
    assert isinstance(caught.value, ConfigError)
    assert caught.value.problems == (first, second)
    assert str(caught.value) == (
        "filters.a: cannot be filtered on (allowed: b, c); batch_size: must be positive"
    )
