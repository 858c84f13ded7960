"""What identity refuses, as facts."""

from backend.foundation.problems import (
    Conflict,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooMany,
)


class TokenInvalid(NotAuthenticated):
    """This is not a token that we have given."""


class TokenExpired(NotAuthenticated):
    """This token has expired; refresh it."""


class SessionEnded(NotAuthenticated):
    """This session has ended; sign in again."""


class RefreshTokenReused(NotAuthenticated):
    """This refresh token was used before, so the session has been closed; sign in again."""


class CredentialsWrong(NotAuthenticated):
    """This is not right; look at what you have typed and try again."""


class PinLocked(NotAuthenticated):
    """Ten wrong PINs: you are locked out on this phone; ask HR for a new enrolment code."""


class DeviceNotEnrolled(NotAuthenticated):
    """This phone is not enrolled, or no longer; ask HR for an enrolment code."""


class EnrolmentCodeRefused(NotAuthenticated):
    """This enrolment code is unknown, used or expired; ask HR for a new one."""


class EmploymentEnded(NotAuthenticated):
    """This employee no longer works here."""


class TooManyTries(TooMany):
    """Too many tries to sign in; wait a little."""


class TooManyGuesses(TooMany):
    """Too many codes that we do not know have come from here; wait a little."""


class EmployeeUnknown(NotFound):
    """There is no such employee here."""


class DeviceUnknown(NotFound):
    """There is no such device here."""


class BadgeTaken(Conflict):
    """Another employee has this badge number."""


class EmailTaken(Conflict):
    """Another employee signs in with this e-mail address."""


class EmployeeInactive(Conflict):
    """This employee is deactivated; reactivate them first."""


class LastAdministrator(Conflict):
    """The last administrator must stay."""


class OwnRolesKept(NotAllowed):
    """Nobody changes their own roles or ends their own employment here."""


class OwnPayrollNumberKept(NotAllowed):
    """Nobody changes the payroll number by which they are known, on whatever account."""


class AdministratorNeeded(NotAllowed):
    """Only an administrator may do this to HR, payroll and administrators, or make one."""


class PersonUnknown(Conflict):
    """Who decides with others needs a payroll number first, and so does whom it concerns."""


class ProtectedAttributeUnknown(NotFound):
    """There are no groups of that attribute here, or no longer."""


class DeletionDayOutOfReach(Invalid):
    """The day on which groups are deleted comes after today, and within 365 days."""


class TooManyAttributes(Conflict):
    """Groups of ten attributes are kept at most; delete some first."""
