"""Approvals of what is paid, looked at again: whether they are still those of the people it takes.

Payroll numbers tell who is one person, and HR learns them late and mends them. So whoever approves
next, hands over or exports compares what was approved with the numbers that accounts have by then.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.identity.queries import (
    EmployeeFacts,
    list_accounts,
    list_employees_by_id,
    list_payroll_numbers,
)
from backend.identity.services import persons
from backend.rewards import queries
from backend.rewards.models import Redemption
from backend.rewards.problems import AlreadyApproved, ApproverChanged, PayeeChanged
from backend.rewards.queries import ApprovalFacts, DueCorrection, RedemptionFacts
from backend.rewards.rules import RewardKind, approvals_needed

Changed = type[ApproverChanged] | type[PayeeChanged]


def count_before(session: Session, row: Redemption, *, actor: Actor) -> int:
    """Return how many have approved a redemption before ``actor``, who is to approve it next.

    Raises AlreadyApproved, PayeeChanged, ApproverChanged.
    """
    owner = row.organisation_id
    approvals = queries.list_approvals(session, organisation_id=owner, redemption_ids=[row.id])
    before = approvals[row.id]
    circle = persons.around(
        session,
        actor=actor,
        concerned=[one.approver_id for one in before],
        known=[one.approver_person for one in before],
    )
    if circle.has_actor:
        raise AlreadyApproved
    if before:
        refuse_changed(session, row)
    return len(before)


def sum_anew(session: Session, row: Redemption) -> None:
    """Count in what other accounts asked for before, of whom one now knows that they are one's."""
    owner, who = row.organisation_id, row.employee_id
    accounts = list_accounts(session, organisation_id=owner, employee_ids=[who])[who]
    rolling = row.value_cents + queries.sum_rolling_cents(
        session, organisation_id=owner, employee_ids=accounts, now=row.asked_at, before=row.id
    )
    if rolling > row.rolling_cents:
        row.rolling_cents, row.approvals_needed = rolling, approvals_needed(rolling)


def refuse_changed(session: Session, row: Redemption) -> None:
    """Refuse what was approved and is worth no more; raises PayeeChanged, ApproverChanged."""
    owner = row.organisation_id
    for changed in find_changed(session, organisation_id=owner, redemptions=[row]).values():
        raise changed(redemption_ids=[str(row.id)])


def find_changed(
    session: Session, *, organisation_id: UUID, redemptions: Sequence[Redemption | RedemptionFacts]
) -> dict[UUID, Changed]:
    """Return by redemption why its approvals are worth no more, for those of which they are not.

    Somebody has approved each of ``redemptions``.
    """
    return judge(session, organisation_id=organisation_id, redemptions=redemptions)[0]


def judge(
    session: Session, *, organisation_id: UUID, redemptions: Sequence[Redemption | RedemptionFacts]
) -> tuple[dict[UUID, Changed], dict[UUID, EmployeeFacts]]:
    """Return what `find_changed` does, and the people by whose numbers it is so.

    Whoever pays writes these numbers: read once more, they may be others, which nobody judged.
    """
    owner, ids = organisation_id, {row.id for row in redemptions}
    approvals = queries.list_approvals(session, organisation_id=owner, redemption_ids=ids)
    accounts = {row.employee_id for row in redemptions}
    accounts |= {one.approver_id for each in approvals.values() for one in each}
    people = list_employees_by_id(session, organisation_id=owner, employee_ids=accounts)
    numbers = {who: person.payroll_number for who, person in people.items()}
    found = {row.id: _find_change(row, approvals[row.id], numbers) for row in redemptions}
    return {which: changed for which, changed in found.items() if changed}, people


def find_changed_corrections(
    session: Session, *, organisation_id: UUID, corrections: Sequence[DueCorrection]
) -> set[UUID]:
    """Return which of ``corrections`` add to a payment and are worth no more.

    What takes back stays: it takes from the number to which too much went, whoever has that.
    """
    adding = [one for one in corrections if one.amount_cents > 0]
    accounts = {who for one in adding for who in (one.employee_id, one.made_by, one.decided_by)}
    numbers = list_payroll_numbers(session, organisation_id=organisation_id, employee_ids=accounts)
    return {one.id for one in adding if not _stands(one, numbers)}


def _stands(one: DueCorrection, numbers: Mapping[UUID, str | None]) -> bool:
    """Tell whether a correction is for the person who was paid, and of two others."""
    if {one.employee_person, numbers[one.employee_id]} != {one.payroll_number}:
        return False
    makers = {one.asker_person, one.made_by_person, numbers[one.made_by]} - {None}
    deciders = {one.decided_by_person, numbers[one.decided_by]} - {None}
    return makers.isdisjoint(deciders) and one.payroll_number not in makers | deciders


def _find_change(
    row: Redemption | RedemptionFacts,
    approvals: Sequence[ApprovalFacts],
    numbers: Mapping[UUID, str | None],
) -> Changed | None:
    payee = numbers[row.employee_id]
    # Only money goes to a payroll number; what is handed over by hand goes to somebody in sight.
    if row.kind is RewardKind.CASH and {one.employee_person for one in approvals} != {payee}:
        return PayeeChanged
    seen = {payee}
    for one in approvals:
        # Who they were counts as much as who they are now; None is nobody.
        persons_of_one = {one.approver_person, numbers[one.approver_id]} - {None}
        if not seen.isdisjoint(persons_of_one):
            return ApproverChanged
        seen |= persons_of_one
    return None
