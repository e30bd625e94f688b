"""ExportStatusManager: all reads and writes of exports in the ledger, each in one transaction.

A worker holds a `Claim` on its export. Every write checks the claim's fence, so that a worker that lost the
export without noticing cannot change anything.

creating  records new exports
reading   exports, their attempts and their files
claiming  claims, leases, and exports whose holder is lost
attempts  what a running attempt reads and records
outcomes  how an attempt ended
requests  cancel, retry and delete
rows      locks and checks that all of them need; the only code that changes a status
"""

from __future__ import annotations

from lumber.exports.ledger.attempts import RunningExports
from lumber.exports.ledger.claiming import ExportClaims
from lumber.exports.ledger.creating import ExportCreator
from lumber.exports.ledger.outcomes import AttemptOutcomes
from lumber.exports.ledger.reading import ExportReader
from lumber.exports.ledger.requests import ExportRequests


class ExportStatusManager(
    ExportCreator, ExportReader, ExportClaims, RunningExports, AttemptOutcomes, ExportRequests
):
    """Read and change exports in the ledger. Every method is one transaction."""
