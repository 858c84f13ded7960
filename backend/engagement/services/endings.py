"""What ends with a request that is in nobody's hands any more: credit, workload, absence."""

from datetime import datetime
from uuid import UUID

from backend.engagement.models import Request
from backend.engagement.services import covers
from backend.engagement.services.steps import InHand
from backend.engagement.services.workloads import put_down


class Hands:
    """In whose hands a request was, and which post they had left for it, if any."""

    def __init__(self, row: Request) -> None:
        """Look at ``row`` before it is changed."""
        self._owner_id: UUID | None = row.owner_id
        self._left_post_id: UUID | None = row.left_post_id

    def let_go(self, held: InHand, *, at: datetime) -> None:
        """Drop the credit shares of a request that is not in hand any more, and all else."""
        held.hold({})
        if self._owner_id is not None:
            owner = held.row.organisation_id
            put_down(held.session, organisation_id=owner, employee_id=self._owner_id)
            self.come_back(held, at=at)

    def come_back(self, held: InHand, *, at: datetime) -> None:
        """End the absence from the post; the owner's workload was changed already."""
        if self._left_post_id is not None:
            covers.end(held.session, request=held.row, at=at)
