"""Check the choice of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lumber.catalog.kind import Kind
from lumber.errors import FieldProblem


def field_problems(fields: Mapping[str, Sequence[str]], kinds: Sequence[Kind]) -> list[FieldProblem]:
    """Return the problems with the columns chosen for each kind."""
    chosen = {kind.name: kind for kind in kinds}
    found = []
    for name, columns in fields.items():
        field = f"fields.{name}"
        if name not in chosen:
            found.append(FieldProblem(field, name, f"{name!r} is not exported", tuple(chosen)))
            continue
        known = tuple(chosen[name].schema.names)
        unknown = [column for column in columns if column not in known]
        if unknown:
            found.append(FieldProblem(field, unknown[0], f"{unknown[0]!r} is not a column of {name}", known))
        elif not columns:
            found.append(FieldProblem(field, [], "must name at least one column", known))
        elif len(set(columns)) < len(columns):
            found.append(FieldProblem(field, list(columns), "must not name a column twice"))
    return found
