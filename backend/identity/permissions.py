"""What each role may do, as a table."""

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """What an employee is in the programme."""

    EMPLOYEE = "employee"
    SUPERVISOR = "supervisor"
    HR = "hr"
    PAYROLL = "payroll"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that somebody may do."""

    USE_OWN_ACCOUNT = "use_own_account"
    READ_VENUES = "read_venues"
    GREET = "greet"
    HELP = "help"
    SEE_OWN_POINTS = "see_own_points"
    REDEEM = "redeem"
    SEE_BOARD_TOP = "see_board_top"
    SEE_BOARD_ALL = "see_board_all"
    SEE_PROGRAMME = "see_programme"
    SEE_ALL_REQUESTS = "see_all_requests"
    ALLOW_GESTURES = "allow_gestures"
    MANAGE_EMPLOYEES = "manage_employees"
    MANAGE_VENUES = "manage_venues"
    MANAGE_RULES = "manage_rules"
    MANAGE_REWARDS = "manage_rewards"
    MANAGE_GESTURES = "manage_gestures"
    SEE_GESTURES = "see_gestures"
    MANAGE_CARDS = "manage_cards"
    MANAGE_HEARD = "manage_heard"
    DECIDE_REDEMPTIONS = "decide_redemptions"
    EXPORT_PAYROLL = "export_payroll"
    ACKNOWLEDGE_PAYROLL = "acknowledge_payroll"
    MANAGE_BUDGETS = "manage_budgets"
    CLOSE_SEASONS = "close_seasons"
    ADJUST_POINTS = "adjust_points"
    APPEAL = "appeal"
    DECIDE_APPEALS = "decide_appeals"
    MODERATE = "moderate"
    MANAGE_RETENTION = "manage_retention"
    MANAGE_PROTECTED_GROUPS = "manage_protected_groups"
    REVIEW_RATINGS = "review_ratings"
    READ_AUDIT = "read_audit"
    SEE_MESSAGES = "see_messages"
    SEE_COVERAGE = "see_coverage"
    SEND_RELIEF = "send_relief"
    SEE_FOLLOW_UPS = "see_follow_ups"
    MANAGE_ADMINISTRATORS = "manage_administrators"


_EMPLOYEE = frozenset(
    {
        Permission.USE_OWN_ACCOUNT,
        Permission.READ_VENUES,
        Permission.GREET,
        Permission.HELP,
        Permission.SEE_OWN_POINTS,
        Permission.REDEEM,
        Permission.APPEAL,
        Permission.SEE_BOARD_TOP,
    }
)
_SUPERVISOR = _EMPLOYEE | {
    Permission.SEE_PROGRAMME,
    Permission.SEE_ALL_REQUESTS,
    Permission.SEE_COVERAGE,
    Permission.SEND_RELIEF,
    Permission.ALLOW_GESTURES,
}
_HR = _SUPERVISOR | {
    Permission.SEE_BOARD_ALL,
    Permission.MANAGE_EMPLOYEES,
    Permission.MANAGE_VENUES,
    Permission.MANAGE_RULES,
    Permission.MANAGE_REWARDS,
    Permission.MANAGE_GESTURES,
    Permission.SEE_GESTURES,
    Permission.MANAGE_CARDS,
    Permission.MANAGE_HEARD,
    Permission.DECIDE_REDEMPTIONS,
    Permission.EXPORT_PAYROLL,
    Permission.MANAGE_BUDGETS,
    Permission.CLOSE_SEASONS,
    Permission.ADJUST_POINTS,
    Permission.DECIDE_APPEALS,
    Permission.MODERATE,
    Permission.MANAGE_RETENTION,
    Permission.MANAGE_PROTECTED_GROUPS,
    Permission.REVIEW_RATINGS,
    Permission.READ_AUDIT,
    Permission.SEE_MESSAGES,
    Permission.SEE_FOLLOW_UPS,
}
_PAYROLL = frozenset(
    {
        Permission.USE_OWN_ACCOUNT,
        Permission.EXPORT_PAYROLL,
        Permission.ACKNOWLEDGE_PAYROLL,
    }
)

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.EMPLOYEE: _EMPLOYEE,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.HR: _HR,
    Role.PAYROLL: _PAYROLL,
    Role.ADMIN: _HR | _PAYROLL | {Permission.MANAGE_ADMINISTRATORS},
}

# Whoever has one of these handles money, so that only an administrator gives them and touches
# whoever has them: HR alone could make a second person to approve with.
PRIVILEGED = frozenset({Role.HR, Role.PAYROLL, Role.ADMIN})


def granted(roles: set[Role]) -> frozenset[Permission]:
    """Return everything that ``roles`` allow together."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def held_with(permissions: Collection[StrEnum]) -> frozenset[Role]:
    """Return the roles of which everything is allowed: on a phone HR is a supervisor."""
    return frozenset(role for role, grants in GRANTS.items() if grants <= set(permissions))


def on_phone(permissions: frozenset[Permission]) -> frozenset[Permission]:
    """Return what is left of ``permissions`` in a session that only a PIN protects."""
    return permissions & GRANTS[Role.SUPERVISOR]
