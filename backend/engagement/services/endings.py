"""What ends with a request that is in nobody's hands any more: credit, workload, absence.

And what waits for a supervisor. Requests are locked by then; workloads follow in the order of
employees, as whoever hands a request over, and then the covers of posts.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from backend.engagement.models import Request
from backend.engagement.rules.gestures import Withdrawal
from backend.engagement.services import covers, withdrawals
from backend.engagement.services.steps import InHand
from backend.engagement.services.workloads import put_down


class Hands:
    """In whose hands a request was, and which post they had left for it, if any."""

    def __init__(self, row: Request) -> None:
        """Look at ``row`` before it is changed."""
        self.owner_id: UUID | None = row.owner_id
        self._left_post_id: UUID | None = row.left_post_id

    def let_go(self, held: InHand, *, at: datetime) -> None:
        """Drop the credit shares of a request that is not in hand any more, and all else."""
        let_all_go([(self, held)], why=Withdrawal.REQUEST_OVER, at=at)

    def come_back(self, held: InHand, *, at: datetime) -> None:
        """End the absence from the post; the owner's workload was changed already."""
        if self._left_post_id is not None:
            covers.end(held.session, request=held.row, at=at)


def let_all_go(requests: Sequence[tuple[Hands, InHand]], *, why: Withdrawal, at: datetime) -> None:
    """Do what `Hands.let_go` does for several requests of one organisation, none in hand now."""
    owners = []
    for hands, held in requests:
        held.hold({})
        if hands.owner_id is not None:
            withdrawals.end_all(held.session, request=held.row, why=why, at=at)
            owners.append((hands.owner_id, held))
    for owner_id, held in sorted(owners, key=lambda one: one[0]):
        put_down(held.session, organisation_id=held.row.organisation_id, employee_id=owner_id)
    if len(owners) > 1:
        covers.lock(
            held.session,
            organisation_id=held.row.organisation_id,
            request_ids=[held.row.id for _, held in owners],
        )
    for hands, held in requests:
        hands.come_back(held, at=at)
