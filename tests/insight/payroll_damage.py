"""What can be wrong in what payroll was told, as SQL that makes it so, and whose row is named.

In each ``:org`` has two batches: the first pays two bonuses and was acknowledged, the second pays
one and carries a correction; ``:waiting`` is the redemption of the second, ``:paid`` one of the
first. All are by ``:hr`` and ``:clerk``.
"""

from tests.insight.damage import copy_row

_FIRST = "(select id from payroll_batches where organisation_id = :org and number = 1)"
_SECOND = "(select id from payroll_batches where organisation_id = :org and number = 2)"
_PARTS = ("payroll_line_weeks", "payroll_line_sources", "payroll_carried_corrections")
_PAYS = "(select id from payroll_lines where organisation_id = :org and redemption_id = :paid)"
_CORRECTS = (
    "(select id from payroll_lines where organisation_id = :org and corrects_id is not null)"
)

PAYROLL_DAMAGE: dict[str, tuple[str, tuple[str, ...]]] = {
    "a total is changed": (
        "payroll_batches",
        ("update payroll_batches set total_cents = total_cents + 1 where organisation_id = :org",),
    ),
    "a line is lost": (
        "payroll_batches",
        ("delete from payroll_lines where organisation_id = :org and kind = 'correction'",),
    ),
    "a batch is lost": (
        "payroll_batches",
        (f"delete from payroll_batches where organisation_id = :org and id = {_FIRST}",),
    ),
    "the last batch is lost with all that belongs to it": (
        "payroll_batches",
        (
            *(
                f"delete from {table} where organisation_id = :org and line_id in"
                f" (select id from payroll_lines where batch_id = {_SECOND})"
                for table in _PARTS
            ),
            f"delete from payroll_files where organisation_id = :org and batch_id = {_SECOND}",
            f"delete from payroll_lines where organisation_id = :org and batch_id = {_SECOND}",
            f"delete from payroll_batches where organisation_id = :org and id = {_SECOND}",
            (
                "update redemptions set due_at = asked_at"
                " where organisation_id = :org and id = :waiting"
            ),
        ),
    ),
    "somebody else is said to have made a batch": (
        "payroll_batches",
        (
            (
                "update payroll_batches set made_by = (select acknowledged_by"
                " from payroll_acknowledgements where organisation_id = :org)"
                " where organisation_id = :org"
            ),
        ),
    ),
    "a file is lost": (
        "payroll_files",
        ("delete from payroll_files where organisation_id = :org and format = 'xlsx'",),
    ),
    "a file is changed": (
        "payroll_files",
        (
            (
                "update payroll_files set content = (select f.content from payroll_files f"
                " where f.organisation_id = :org and f.format = 'xlsx' limit 1)"
                " where organisation_id = :org and format = 'csv'"
            ),
        ),
    ),
    "a file is another one, hashed anew": (
        "payroll_files",
        (
            (
                "update payroll_files set content = f.content, sha256 = f.sha256"
                " from payroll_files f where f.organisation_id = payroll_files.organisation_id"
                " and f.format = payroll_files.format and f.batch_id <> payroll_files.batch_id"
                " and payroll_files.organisation_id = :org and payroll_files.format = 'xlsx'"
            ),
        ),
    ),
    "another file was acknowledged": (
        "payroll_acknowledgements",
        (
            (
                "update payroll_acknowledgements set sha256 = upper(sha256)"
                " where organisation_id = :org"
            ),
        ),
    ),
    "whoever made a batch acknowledged it": (
        "payroll_acknowledgements",
        (
            (
                "update payroll_acknowledgements set acknowledged_by_person = made_by_person"
                " where organisation_id = :org"
            ),
        ),
    ),
    "whoever made a batch acknowledged it with another number": (
        "payroll_acknowledgements",
        (
            (
                "update payroll_batches set made_by_person = (select acknowledged_by_person"
                " from payroll_acknowledgements a where a.batch_id = payroll_batches.id)"
                " where organisation_id = :org"
            ),
        ),
    ),
    "an amount is changed": (
        "payroll_lines",
        (
            (
                "update payroll_lines set amount_cents = amount_cents + 1"
                " where organisation_id = :org and redemption_id = :paid"
            ),
        ),
    ),
    "a week is lost": (
        "payroll_lines",
        (
            (
                f"delete from payroll_line_weeks where organisation_id = :org and line_id = {_PAYS}"
                " and starts_on < '2026-11-15'"
            ),
        ),
    ),
    "a source is lost": (
        "payroll_lines",
        (
            (
                "delete from payroll_line_sources where organisation_id = :org"
                f" and line_id = {_PAYS} and earned_on < '2026-11-15'"
            ),
        ),
    ),
    "points are moved to another week": (
        "payroll_line_weeks",
        (
            (
                "update payroll_line_weeks set points = case when starts_on < '2026-11-15'"
                " then points + 1 else points - 1 end"
                f" where organisation_id = :org and line_id = {_PAYS}"
            ),
        ),
    ),
    "cents are moved to another week": (
        "payroll_line_weeks",
        (
            (
                "update payroll_line_weeks set cents = case when starts_on < '2026-11-15'"
                " then cents - 2 else cents + 2 end"
                f" where organisation_id = :org and line_id = {_PAYS}"
            ),
        ),
    ),
    "cents of a correction are moved to another week": (
        "payroll_line_weeks",
        (
            (
                "update payroll_line_weeks set cents = case when starts_on < '2026-11-15'"
                " then cents - 2 else cents + 2 end"
                f" where organisation_id = :org and line_id = {_CORRECTS}"
            ),
        ),
    ),
    "weeks begin on another day": (
        "payroll_line_weeks",
        (
            (
                "update payroll_batches set workweek_starts_on = 0"
                f" where organisation_id = :org and id = {_FIRST}"
            ),
        ),
    ),
    "more is paid than was earned": (
        "payroll_line_sources",
        (
            (
                "update payroll_line_sources set points = 10000"
                f" where organisation_id = :org and line_id = {_PAYS}"
            ),
        ),
    ),
    "somebody else earned it": (
        "payroll_line_sources",
        (
            (
                "update payroll_lines set employee_id = :hr"
                " where organisation_id = :org and redemption_id = :paid"
            ),
        ),
    ),
    "it was earned on another day": (
        "payroll_line_sources",
        (
            (
                "update payroll_line_sources set earned_on = '2026-11-13'"
                f" where organisation_id = :org and line_id = {_PAYS}"
                " and earned_on = '2026-11-14'"
            ),
        ),
    ),
    "a redemption is paid twice": (
        "payroll_lines",
        (
            "drop index uq_payroll_lines_redemption_id",
            copy_row("payroll_lines", "redemption_id = :paid", id=":new", number="99"),
        ),
    ),
    "a line pays another amount than was approved": (
        "payroll_lines",
        (
            (
                "update redemptions set value_cents = value_cents + 1"
                " where organisation_id = :org and id = :paid"
            ),
        ),
    ),
    "what payroll has is not fulfilled": (
        "redemptions",
        (
            (
                "delete from payroll_acknowledgements where organisation_id = :org"
                f" and batch_id = {_FIRST}"
            ),
        ),
    ),
    "what is in a batch can expire": (
        "redemptions",
        (
            (
                "update redemptions set due_at = asked_at"
                " where organisation_id = :org and id = :waiting"
            ),
        ),
    ),
    "money was handed over by hand": (
        "redemptions",
        (
            (
                "update payroll_lines set redemption_id = null"
                " where organisation_id = :org and redemption_id = :paid"
            ),
        ),
    ),
    "a correction was approved by nobody": (
        "payroll_lines",
        ("delete from payroll_correction_decisions where organisation_id = :org",),
    ),
    "a correction is another than was approved": (
        "payroll_lines",
        (
            (
                "update payroll_corrections set amount_cents = amount_cents - 1"
                " where organisation_id = :org"
            ),
        ),
    ),
    "a correction comes to another amount than was asked for": (
        "payroll_corrections",
        (
            (
                "update payroll_corrections set amount_cents = 999999 where organisation_id = :org"
                " and amount_cents = -200"
            ),
        ),
    ),
    "more is taken back than was paid": (
        "payroll_lines",
        ("update payroll_corrections set amount_cents = -999999 where organisation_id = :org",),
    ),
    "a correction adds to what another person was paid": (
        "payroll_correction_decisions",
        (
            "update payroll_corrections set amount_cents = 1 where organisation_id = :org",
            (
                "update payroll_correction_decisions set employee_person = 'P0'"
                " where organisation_id = :org"
            ),
        ),
    ),
    "a correction goes to another payroll number than the payment": (
        "payroll_lines",
        (
            (
                "update payroll_lines set payroll_number = 'P0'"
                " where organisation_id = :org and kind = 'correction'"
            ),
        ),
    ),
    "whoever asked for a correction decided on it with another number": (
        "payroll_correction_decisions",
        (
            (
                "update payroll_corrections set made_by_person = (select decided_by_person"
                " from payroll_correction_decisions d where d.correction_id = id)"
                " where organisation_id = :org"
            ),
        ),
    ),
    "whoever asked for a correction was the one who was paid": (
        "payroll_correction_decisions",
        (
            (
                "update payroll_corrections set made_by_person = (select employee_person"
                " from payroll_correction_decisions d where d.correction_id = id)"
                " where organisation_id = :org"
            ),
        ),
    ),
    "whoever asked for a correction decided on it": (
        "payroll_correction_decisions",
        (
            (
                "update payroll_correction_decisions set decided_by = made_by"
                " where organisation_id = :org"
            ),
        ),
    ),
}
UNAUDITED = {
    "payroll.exported": "payroll_batches",
    "payroll.acknowledged": "payroll_acknowledgements",
    "payroll.correction_asked": "payroll_corrections",
    "payroll.correction_approved": "payroll_correction_decisions",
    "payroll.correction_declined": "payroll_correction_decisions",
}
