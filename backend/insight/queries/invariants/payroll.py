"""What payroll was told: each redemption once, every sum of its parts, files as they were made."""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection, LargeBinary, Uuid, bindparam, text

from backend.insight.queries.invariants.acts import as_said
from backend.insight.queries.invariants.checks import Check, Finding

PAYROLL = "I11"


def _check(table: str, statement: str) -> Check:
    return Check(code=PAYROLL, table=table, statement=statement)


_BATCHES = (
    _check(
        "payroll_batches",
        """
            select b.organisation_id, 'says ' || b.line_count || ' lines of ' || b.total_cents
                || '; it has ' || count(l.id) || ' of ' || coalesce(sum(l.amount_cents), 0)
                as what, b.id
            from payroll_batches b
            left join payroll_lines l
                on l.organisation_id = b.organisation_id and l.batch_id = b.id
            group by b.organisation_id, b.id, b.line_count, b.total_cents
            having count(l.id) <> b.line_count or max(l.number) <> b.line_count
                or coalesce(sum(l.amount_cents), 0) <> b.total_cents""",
    ),
    _check(
        "payroll_batches",
        """
            select organisation_id, count(*) || ' batches, the last numbered ' || max(number)
                as what, organisation_id as id
            from payroll_batches group by organisation_id having count(*) <> max(number)""",
    ),
    as_said(
        "payroll_batches",
        act="payroll.exported",
        same=("number", "currency", "line_count", "total_cents"),
        by="made_by",
        code=PAYROLL,
    ),
    _check(
        "payroll_files",
        """
            select b.organisation_id, 'a file of this batch is missing' as what, b.id as batch_id
            from payroll_batches b where (
                select count(*) from payroll_files f
                where f.organisation_id = b.organisation_id and f.batch_id = b.id) <> 2""",
    ),
    _check(
        "payroll_files",
        """
            select f.organisation_id, 'not the file that the audit says was made' as what,
                f.batch_id, f.format
            from payroll_files f left join audit_rows a on a.organisation_id = f.organisation_id
                and a.subject_id = f.batch_id and a.act = 'payroll.exported'
            where f.sha256 is distinct from case f.format
                when 'csv' then {said[csv_sha256]} else {said[xlsx_sha256]} end""",
    ),
    _check(
        "payroll_acknowledgements",
        """
            select a.organisation_id, 'by whoever made the batch, or of another file' as what,
                a.batch_id
            from payroll_acknowledgements a
            left join payroll_batches b
                on b.organisation_id = a.organisation_id and b.id = a.batch_id
            left join payroll_files f on f.organisation_id = a.organisation_id
                and f.batch_id = a.batch_id and f.format = 'csv' and f.sha256 = a.sha256
            where f.batch_id is null or a.acknowledged_by = a.made_by
                or a.acknowledged_by_person in (a.made_by_person, b.made_by_person)""",
    ),
)

_LINES = (
    _check(
        "payroll_lines",
        """
            select l.organisation_id, l.amount_cents || ' cents for ' || l.points
                || ' points; its weeks say ' || coalesce(sum(w.cents), 0) || ' for '
                || coalesce(sum(w.points), 0) as what, l.id
            from payroll_lines l
            left join payroll_line_weeks w
                on w.organisation_id = l.organisation_id and w.line_id = l.id
            group by l.organisation_id, l.id, l.amount_cents, l.points
            having coalesce(sum(w.cents), 0) <> l.amount_cents
                or coalesce(sum(w.points), 0) <> l.points""",
    ),
    _check(
        "payroll_lines",
        """
            select l.organisation_id, l.points || ' points; its sources gave '
                || coalesce(sum(s.points), 0) as what, l.id
            from payroll_lines l
            left join payroll_line_sources s
                on s.organisation_id = l.organisation_id and s.line_id = l.id
            group by l.organisation_id, l.id, l.points
            having coalesce(sum(s.points), 0) <> l.points""",
    ),
    _check(
        "payroll_line_weeks",
        """
            select w.organisation_id, w.points || ' points of a week in which '
                || coalesce(sum(s.points), 0) || ' were earned' as what, w.line_id, w.starts_on
            from payroll_line_weeks w
            left join payroll_line_sources s
                on s.organisation_id = w.organisation_id and s.line_id = w.line_id
                and s.earned_on >= w.starts_on and s.earned_on <= {workweek_end}
            group by w.organisation_id, w.line_id, w.starts_on, w.points
            having coalesce(sum(s.points), 0) <> w.points""",
    ),
    _check(
        "payroll_line_weeks",
        # A correction has the weeks of what it corrects. Which week has the cent that does not
        # come out even is not looked at.
        """
            select w.organisation_id, w.cents || ' cents of ' || l.amount_cents
                || ' are not the share of this week' as what, w.line_id, w.starts_on
            from payroll_line_weeks w
            join payroll_lines l on l.organisation_id = w.organisation_id and l.id = w.line_id
            join payroll_lines p on p.organisation_id = l.organisation_id
                and p.id = coalesce(l.corrects_id, l.id)
            left join payroll_line_weeks e on e.organisation_id = p.organisation_id
                and e.line_id = p.id and e.starts_on = w.starts_on
            where abs(w.cents * p.points - l.amount_cents * coalesce(e.points, 0)) >= p.points""",
    ),
    _check(
        "payroll_line_weeks",
        """
            select w.organisation_id, 'begins on another weekday than those of its batch' as what,
                w.line_id, w.starts_on
            from payroll_line_weeks w
            join payroll_lines l on l.organisation_id = w.organisation_id and l.id = w.line_id
            join payroll_batches b
                on b.organisation_id = l.organisation_id and b.id = l.batch_id
            where l.kind = 'payment' and {weekday} <> b.workweek_starts_on""",
    ),
    _check(
        "payroll_line_sources",
        """
            select s.organisation_id, sum(s.points) || ' points were paid out of what gave '
                || max(t.points) as what, s.transaction_id
            from payroll_line_sources s
            join ledger_transactions t
                on t.organisation_id = s.organisation_id and t.id = s.transaction_id
            group by s.organisation_id, s.transaction_id
            having sum(s.points) > max(t.points)""",
    ),
    _check(
        "payroll_line_sources",
        """
            select s.organisation_id, 'earned by somebody else, or on another day' as what,
                s.line_id, s.transaction_id
            from payroll_line_sources s
            join payroll_lines l on l.organisation_id = s.organisation_id and l.id = s.line_id
            join ledger_transactions t
                on t.organisation_id = s.organisation_id and t.id = s.transaction_id
            left join events e on e.organisation_id = t.organisation_id and e.id = t.event_id
            where t.employee_id <> l.employee_id or e.held_on <> s.earned_on""",
    ),
)

_PAYMENTS = (
    _check(
        "payroll_lines",
        """
            select organisation_id, 'paid by ' || count(*) || ' lines' as what, redemption_id
            from payroll_lines where redemption_id is not null
            group by organisation_id, redemption_id having count(*) > 1""",
    ),
    _check(
        "payroll_lines",
        """
            select l.organisation_id, 'not what its redemption says' as what, l.id
            from payroll_lines l
            join payroll_batches b on b.organisation_id = l.organisation_id and b.id = l.batch_id
            left join redemptions r
                on r.organisation_id = l.organisation_id and r.id = l.redemption_id
            where l.kind = 'payment' and (r.id is null or r.kind <> 'cash'
                or r.employee_id <> l.employee_id or r.value_cents <> l.amount_cents
                or r.points <> l.points or r.currency <> b.currency
                or r.taxable <> l.taxable)""",
    ),
    _check(
        "redemptions",
        """
            select r.organisation_id, r.status || case when l.id is null then ' without a batch'
                when a.batch_id is null then ', and its batch waits for payroll'
                else ', and payroll has its batch' end as what, r.id
            from redemptions r
            left join payroll_lines l
                on l.organisation_id = r.organisation_id and l.redemption_id = r.id
            left join payroll_acknowledgements a
                on a.organisation_id = l.organisation_id and a.batch_id = l.batch_id
            where case
                when l.id is null then (r.status = 'approved' and r.due_at is null)
                    or (r.status = 'fulfilled' and r.kind = 'cash')
                when a.batch_id is null then r.status <> 'approved' or r.due_at is not null
                else r.status <> 'fulfilled' end""",
    ),
)

_CORRECTIONS = (
    as_said(
        "payroll_corrections",
        act="payroll.correction_asked",
        same=("amount_cents", "line_id", "reason"),
        by="made_by",
        code=PAYROLL,
    ),
    _check(
        "payroll_lines",
        """
            select l.organisation_id, 'no approved correction of that payment is like it' as what,
                l.id
            from payroll_lines l
            join payroll_batches b on b.organisation_id = l.organisation_id and b.id = l.batch_id
            where l.kind = 'correction' and not exists (
                select 1 from payroll_carried_corrections c
                join payroll_corrections k
                    on k.organisation_id = c.organisation_id and k.id = c.correction_id
                join payroll_correction_decisions d
                    on d.organisation_id = c.organisation_id and d.correction_id = c.correction_id
                join payroll_lines p
                    on p.organisation_id = k.organisation_id and p.id = k.line_id
                join payroll_batches o
                    on o.organisation_id = p.organisation_id and o.id = p.batch_id
                where c.organisation_id = l.organisation_id and c.line_id = l.id and d.approved
                    and p.id = l.corrects_id and p.kind = 'payment' and o.currency = b.currency
                    and k.amount_cents = l.amount_cents and k.employee_id = l.employee_id)""",
    ),
    _check(
        "payroll_lines",
        """
            select l.organisation_id, 'corrected to ' || (l.amount_cents + sum(k.amount_cents))
                || ' cents' as what, l.id
            from payroll_lines l
            join payroll_corrections k
                on k.organisation_id = l.organisation_id and k.line_id = l.id
            join payroll_correction_decisions d
                on d.organisation_id = k.organisation_id and d.correction_id = k.id and d.approved
            group by l.organisation_id, l.id, l.amount_cents
            having l.amount_cents + sum(k.amount_cents) < 0""",
    ),
    _check(
        "payroll_correction_decisions",
        """
            select d.organisation_id, 'adds to what another person was paid' as what,
                d.correction_id
            from payroll_correction_decisions d
            join payroll_corrections k
                on k.organisation_id = d.organisation_id and k.id = d.correction_id
            join payroll_lines l on l.organisation_id = k.organisation_id and l.id = k.line_id
            where d.approved and k.amount_cents > 0
                and d.employee_person <> coalesce(l.payroll_number, '')""",
    ),
    _check(
        "payroll_lines",
        """
            select l.organisation_id, 'corrects what went to another payroll number' as what, l.id
            from payroll_lines l
            join payroll_lines p on p.organisation_id = l.organisation_id and p.id = l.corrects_id
            where coalesce(l.payroll_number, '') <> coalesce(p.payroll_number, '')""",
    ),
    _check(
        "payroll_correction_decisions",
        """
            select d.organisation_id, 'decided by who asked for it, or whose pay it is' as what,
                d.correction_id
            from payroll_correction_decisions d
            left join payroll_corrections k
                on k.organisation_id = d.organisation_id and k.id = d.correction_id
            where d.decided_by in (d.made_by, d.employee_id)
                or d.decided_by_person in (d.made_by_person, d.employee_person, k.made_by_person)
                or d.approved and k.made_by_person = d.employee_person""",
    ),
)

CHECKS = (*_BATCHES, *_LINES, *_PAYMENTS, *_CORRECTIONS)


def find_changed_files(
    connection: Connection, *, organisation_id: UUID | None = None
) -> Iterator[Finding]:
    """Yield a finding for every file whose bytes are not those that were hashed when it was made.

    SQLite has no SHA-256, so the files are read, one at a time.
    """
    mine = "" if organisation_id is None else "where organisation_id = :organisation_id"
    columns = "organisation_id, batch_id, format, content, sha256"
    query = text(f"select {columns} from payroll_files {mine}")
    if organisation_id is not None:
        query = query.bindparams(bindparam("organisation_id", organisation_id, Uuid()))
    files = query.columns(organisation_id=Uuid(), batch_id=Uuid(), content=LargeBinary())
    for row in connection.execute(files.execution_options(yield_per=1)):
        if hashlib.sha256(row.content).hexdigest() != row.sha256:
            yield Finding(
                invariant=PAYROLL,
                table="payroll_files",
                organisation_id=row.organisation_id,
                row=f"batch_id={row.batch_id} format={row.format}",
                what="its bytes are not those that were made",
            )
