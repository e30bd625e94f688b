"""OwnedRun: what policies say about an attempt at an export of an account, while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lumber.engine.plan import Plan
from lumber.engine.result import FinishedPartition, PartitionResult
from lumber.errors import PolicyVersion
from lumber.exports.config import ExportConfig
from lumber.exports.policies.applicable import judge_of_account
from lumber.exports.policies.judging import Judge
from lumber.exports.policies.quotas import require_any_room, require_room, use_of
from lumber.exports.publishing import address_of
from lumber.identity.policies.document import DOWNLOAD
from lumber.store.database import Database


@dataclass(slots=True)
class OwnedRun:
    """One attempt, checked against the policies that its account had when the attempt began."""

    judge: Judge
    config: ExportConfig
    database: Database
    owner_id: str
    export_id: str
    _written_rows: int = 0
    _written_bytes: int = 0

    @classmethod
    async def begin(cls, database: Database, config: ExportConfig, owner_id: str, export_id: str) -> OwnedRun:
        """Check the config against the policies as they are now. Raises PolicyRefused or QuotaExceeded."""
        async with database.session() as session:
            judge = await judge_of_account(session, owner_id)
            judge.require(config, await address_of(session, config) or DOWNLOAD)
            if judge.has_quotas:
                require_any_room(judge.policies, await use_of(session, owner_id, without=export_id))
        return cls(judge, config, database, owner_id, export_id)

    async def again(self, config: ExportConfig) -> OwnedRun:
        """Check the config that was planned. Raises as `begin`."""
        return await OwnedRun.begin(self.database, config, self.owner_id, self.export_id)

    @property
    def policies(self) -> Sequence[PolicyVersion]:
        """The policies that allow the export."""
        return self.judge.named

    async def check_planned(self, plan: Plan) -> None:
        """Raise PolicyRefused or QuotaExceeded if the plan counted more rows than a policy allows."""
        if plan.is_estimate:  # what is written counts
            return
        rows = self._expected(plan)
        self.judge.require_rows(rows, "has")
        await self._check_quotas(rows, 0)

    async def check_partition(self, result: PartitionResult) -> None:
        """Raise PolicyRefused or QuotaExceeded if more was written than a policy allows."""
        self._written_rows += result.written
        self._written_bytes += sum(shard.size_bytes for shard in result.shards)
        self.judge.require_rows(self._written_rows, "wrote")
        await self._check_quotas(self._written_rows, self._written_bytes)

    async def check_results(self, results: Iterable[FinishedPartition]) -> None:
        """Raise PolicyRefused or QuotaExceeded for all partitions, also those of earlier attempts."""
        self._written_rows = self._written_bytes = 0
        for result in results:
            self._written_rows += result.written
            self._written_bytes += sum(shard.size_bytes for shard in result.shards)
        self.judge.require_rows(self._written_rows, "wrote")
        await self._check_quotas(self._written_rows, self._written_bytes)

    async def _check_quotas(self, rows: int, size: int) -> None:
        if not self.judge.has_quotas:
            return
        async with self.database.session() as session:
            use = await use_of(session, self.owner_id, without=self.export_id)
        policies = self.judge.policies
        require_room(policies, "rows_per_day", use.rows + use.running_rows + rows, use, "exports")
        require_room(policies, "bytes_per_day", use.written_bytes + size, use, "exports")

    def _expected(self, plan: Plan) -> int:
        """Return the rows of the plan, of which a sample keeps only some; those of earlier versions too."""
        sample = self.config.sample
        rows = [plan.planned_rows(part.kind) for part in plan.kinds]
        if sample is not None and sample.rows is not None:
            rows = [min(count, sample.rows) for count in rows]
        if sample is not None and sample.share is not None:
            # Which rows a share keeps is random: those that are written are counted later.
            rows = [int(count * sample.share) for count in rows]
        return sum(rows)
