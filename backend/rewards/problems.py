"""What the points refuse."""

from backend.foundation.problems import Conflict, Invalid, NotFound


class RulesOutOfBounds(Invalid):
    """These rules are not within their bounds; see errors."""


class RulesTooSoon(Invalid):
    """New rules take effect a minute after their publication at the earliest."""


class RulesMomentTaken(Conflict):
    """Another version of the rules takes effect at that very instant."""


class NoRulesYet(NotFound):
    """No version of the rules was in effect at that instant."""
