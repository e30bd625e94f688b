"""OwnedRun: what policies say about an attempt at an export of an account, while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lumber.engine.plan import Plan
from lumber.engine.result import PartitionResult
from lumber.errors import PolicyVersion
from lumber.exports.config import ExportConfig
from lumber.exports.policies.applicable import judge_of_account
from lumber.exports.policies.judging import Judge
from lumber.identity.policies.document import DOWNLOAD
from lumber.store.database import Database


@dataclass(slots=True)
class OwnedRun:
    """One attempt, checked against the policies that its account had when the attempt began."""

    judge: Judge
    config: ExportConfig
    _written: int = field(default=0)

    @classmethod
    async def begin(cls, database: Database, config: ExportConfig, owner_id: str, export_id: str) -> OwnedRun:
        """Check the config against the policies as they are now. Raises PolicyRefused."""
        async with database.session() as session:
            judge = await judge_of_account(session, owner_id)
        judge.require(config, DOWNLOAD)
        return cls(judge, config)

    @property
    def policies(self) -> Sequence[PolicyVersion]:
        """The policies that allow the export."""
        return self.judge.named

    async def check_planned(self, plan: Plan) -> None:
        """Raise PolicyRefused if the plan has more rows than a policy allows."""
        self.judge.require_rows(self._expected(plan), "has")

    async def check_partition(self, result: PartitionResult) -> None:
        """Raise PolicyRefused if the rows that were written are more than a policy allows."""
        self._written += result.written
        self.check_written(self._written)

    def check_written(self, rows: int) -> None:
        """Raise PolicyRefused if these are more rows than a policy allows."""
        self.judge.require_rows(rows, "wrote")

    def _expected(self, plan: Plan) -> int:
        """Return the rows of the plan, of which a sample keeps only some."""
        sample = self.config.sample
        rows = [part.rows for part in plan.kinds]
        if sample is not None and sample.rows is not None:
            rows = [min(count, sample.rows) for count in rows]
        if sample is not None and sample.share is not None:
            # Which rows a share keeps is random: those that are written are counted later.
            rows = [int(count * sample.share) for count in rows]
        return sum(rows)
