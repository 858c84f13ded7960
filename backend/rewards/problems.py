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


class NotEnoughPoints(Conflict):
    """There are not enough available points for this."""


class RewardNotFound(NotFound):
    """There is no such reward here."""


class RewardChanged(Conflict):
    """The reward has changed since you read it; read it again."""


class RewardRefused(Invalid):
    """This reward contradicts itself; see errors."""


class NotOffered(Conflict):
    """This reward is not offered now."""


class OutOfStock(Conflict):
    """Nothing of this reward is left."""


class NotEligible(Conflict):
    """This reward is not within your reach yet; see missing."""


class RedemptionNotFound(NotFound):
    """There is no such redemption here."""


class RedemptionChanged(Conflict):
    """The redemption has changed since you read it; read it again."""


class RedemptionClosed(Conflict):
    """This redemption is in a state in which that cannot be done."""


class OwnRedemption(Conflict):
    """Nobody decides on what they asked for themselves."""


class PersonUnknown(Conflict):
    """Who decides on points or money needs a payroll number first, and so does who gets them."""


class AlreadyApproved(Conflict):
    """You have approved this already; another person must."""
