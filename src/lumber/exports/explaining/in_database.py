"""Says why a row of the database isn't in a finished export: compares it with the request and the plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lumber.dataset.quality import time_text
from lumber.engine.plan import Plan
from lumber.errors import ConfigError, FieldProblem
from lumber.exports.config import ExportConfig
from lumber.exports.explaining.explanation import Explanation, Outcome
from lumber.exports.explaining.facts import RowFacts, facts_of
from lumber.exports.explaining.left_out import LeftOut
from lumber.exports.guests import guest_of
from lumber.exports.ledger import ExportStatusManager
from lumber.exports.parsing import parse_config
from lumber.exports.planner import cutoffs_of
from lumber.exports.snapshot import take_snapshot
from lumber.exports.stored import load_plan
from lumber.store.database import Database
from lumber.text import counted


@dataclass(frozen=True, slots=True)
class PastExport:
    """What a finished export was asked for, when it was created, and its plan, if the ledger has it."""

    config: ExportConfig
    created_at: datetime
    plan: Plan | None

    @classmethod
    async def of(cls, ledger: ExportStatusManager, export_id: str) -> PastExport:
        """Read what the ledger has. Raises ExportNotFound."""
        config, created_at, plan = await ledger.frozen_input(export_id)
        return cls(parse_config(config), created_at, _loaded(plan))

    def require_ids(self) -> None:
        """Raise ConfigError if its rows have other ids than those of the database."""
        if self.config.privacy is not None and self.config.privacy.renumber_ids:
            message = (
                "isn't in the dataset. Its rows are renumbered (privacy.renumber_ids), so an id of the "
                "database finds nothing. Ask by the id in the dataset, or export without renumber_ids"
            )
            raise ConfigError([FieldProblem("row", None, message)])


def _loaded(plan: dict[str, Any] | None) -> Plan | None:
    """Return a plan of the ledger; None: there is none, or another version wrote it in another form."""
    try:
        return None if plan is None else load_plan(plan)
    except (ValueError, KeyError):
        return None


async def find_in_database(past: PastExport, kind: str, row: int, database: Database) -> Explanation:
    """Say why a row that is neither written nor rejected isn't in an export.

    Raises ConfigError if the database doesn't have the row, SourceError and DatabaseError.
    """
    if past.plan is None:
        text = "Not in the dataset. The plan of the export is gone, so the reason is unknown."
        return Explanation(kind=kind, row=row, outcome=Outcome.UNKNOWN, text=text)
    async with guest_of(past.config, database) as guest:
        if guest is not None and not guest.sees_all(kind):
            text = "Not in the dataset. Its source can't be asked for a single row, so the reason is unknown."
            return Explanation(kind=kind, row=row, outcome=Outcome.UNKNOWN, text=text)
        async with take_snapshot(database, None, past.config.kinds, cutoffs_of(past.plan), guest) as snapshot:
            selection = next(each for each in past.config.selections() if each.kind.name == kind)
            facts = await facts_of(selection, snapshot, row)
            if facts is None:
                message = f"the database has no row {row} of {kind}, and neither does the export"
                raise ConfigError([FieldProblem("row", row, message)])
            unwanted = _not_asked_for(past, past.plan, facts, kind)
            if unwanted is not None:
                outcome, text = unwanted
                return Explanation(kind=kind, row=row, outcome=outcome, text=text, filters=facts.unmet)
            found = LeftOut(past.config, past.created_at, past.plan.split, selection, snapshot, row)
            return await found.explained(facts.time_us)


def _not_asked_for(past: PastExport, plan: Plan, facts: RowFacts, kind: str) -> tuple[Outcome, str] | None:
    """Return why an export didn't read a row; None: it read it."""
    config = past.config
    if not facts.is_seen:
        return Outcome.LATER, "Added after the export began."
    hides_times = config.privacy is not None and config.privacy.shift_times
    time = "Its time" if hides_times else f"Its time, {time_text(facts.time_us)},"
    if not facts.is_after_start:
        return Outcome.OUT_OF_RANGE, f"{time} is before the range of the export, {config.start_date}."
    if not facts.is_before_end:
        end = config.end_date if config.end_date is not None else f"before {config.end_before}"
        return Outcome.OUT_OF_RANGE, f"{time} is after the range of the export, {end}."
    if facts.unmet:
        text = f"Left out by {counted(len(facts.unmet), 'filter')}: {'; '.join(facts.unmet)}."
        return Outcome.FILTERED, text
    if not facts.is_new:
        parent = None if plan.version is None else plan.version.parent
        which = "" if parent is None else f" Explain the row in version {parent.number}, or one before it."
        return Outcome.EARLIER, f"An earlier version of the dataset read it, and left it out.{which}"
    return None
