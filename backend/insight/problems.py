"""What boards and figures refuse."""

from backend.foundation.problems import NotFound


class NoSeasonYet(NotFound):
    """No programme season has begun."""


class DepartmentUnknown(NotFound):
    """There is no such department here."""


class NothingGiven(NotFound):
    """No points were given here for anything of that id."""
