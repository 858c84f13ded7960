"""An export that stops when everything is written and nothing is committed, and waits to be killed.

python -m tests.rewards.interrupted_export URL ORGANISATION EMPLOYEE
"""

import signal
import sys
from uuid import UUID

from backend.app import create_app
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.rewards.services import payroll_exports
from tests.conftest import settings_for
from tests.rewards.payrolls import SUNDAY


def main(url: str, organisation: str, employee: str) -> None:
    """Export, say so, and wait."""
    actor = Actor(
        organisation_id=UUID(organisation), employee_id=UUID(employee), permissions=frozenset()
    )
    with create_app(settings_for(url)).app_context(), transaction() as session:
        batch = payroll_exports.export(
            session,
            actor=actor,
            currency="USD",
            workweek_starts_on=SUNDAY,
            now=clock.now(),
            foreseen={},
        )
        sys.stdout.write(f"built {batch.line_count}\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
