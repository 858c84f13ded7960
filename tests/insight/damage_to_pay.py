"""What can be wrong with what work was paid, as SQL that makes it so, and what names it."""

from tests.insight.damage import copy_row


def _paid(points: int, where: str) -> tuple[str, str, tuple[str, ...]]:
    """Return that an accrual and what settled it say ``points``, which are named."""
    change = f"update ledger_transactions set points = {points} where organisation_id = :org"
    return ("I04", "ledger_transactions", (f"{change} and {where}",))


DAMAGE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "work is paid once more by a rule that there is not": (
        "I04",
        "ledger_transactions",
        (
            copy_row(
                "ledger_transactions",
                "source_id = :greeting and kind = 'accrual'",
                id=":new",
                rule="'gift'",
            ),
        ),
    ),
    "a greeting is paid as a rating": (
        "I04",
        "ledger_transactions",
        ("update ledger_transactions set rule = 'rating' where source_id = :greeting",),
    ),
    "work is paid by rules of later": (
        "I04",
        "ledger_transactions",
        (
            (
                "update rule_versions set effective_from = '2026-11-24 00:00:00.000000'"
                " where organisation_id = :org"
            ),
        ),
    ),
    "a greeting is paid more than it is worth": (
        "I04",
        "ledger_transactions",
        (
            "update greetings set points = 40 where id = :greeting",
            "update ledger_transactions set points = 40 where source_id = :greeting",
        ),
    ),
    "a resolved request is paid more than it is worth": _paid(
        600, "source_id = :request and employee_id = :usher"
    ),
    "a rating is paid more than it is worth": _paid(
        900, "source_kind = 'rating' and employee_id = :usher"
    ),
    "a request is paid to another than shares its credit": (
        "I04",
        "ledger_transactions",
        (
            *_paid(8, "source_id = :request and employee_id = :usher")[2],
            *_paid(2, "source_id = :request and employee_id = :helper")[2],
        ),
    ),
    "a rating is paid to another than shares its credit": (
        "I04",
        "ledger_transactions",
        (
            *_paid(10, "source_kind = 'rating' and employee_id = :usher")[2],
            *_paid(5, "source_kind = 'rating' and employee_id = :helper")[2],
        ),
    ),
}
