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


class AdjustmentNotFound(NotFound):
    """There is no such adjustment here."""


class AdjustmentClosed(Conflict):
    """This adjustment waits for nobody any more."""


class OwnAdjustment(Conflict):
    """Nobody changes their own points, nor decides on what they proposed."""


class NothingToReverse(Conflict):
    """This has earned no points here that are not taken back already."""


class TooFreshToReverse(Conflict):
    """The fan may still think again; try in a quarter of an hour."""


class AppealNotFound(NotFound):
    """There is no such appeal here."""


class NotAppealable(Conflict):
    """Only what took points from you, or was declined, can be appealed against."""


class AppealTooLate(Conflict):
    """The time to appeal against this is over."""


class AlreadyAppealed(Conflict):
    """You have appealed against this already."""


class AppealDecided(Conflict):
    """This appeal has been decided."""


class NotImpartial(Conflict):
    """Who decided before, or whom it concerns, does not decide on the appeal."""


class PersonUnknown(Conflict):
    """Who decides on points or money needs a payroll number first, and so does who gets them."""


class AlreadyApproved(Conflict):
    """You have approved this already; another person must."""
