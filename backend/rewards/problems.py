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
    """Only what took points from you that you had, or was declined, can be appealed against."""


class AppealTooLate(Conflict):
    """The time to appeal against this is over."""


class AlreadyAppealed(Conflict):
    """You have appealed against this already."""


class AppealDecided(Conflict):
    """This appeal has been decided."""


class NotImpartial(Conflict):
    """Who decided before, or whom it concerns, does not decide on the appeal."""


class AlreadyApproved(Conflict):
    """You have approved this already; another person must."""


class CashGoesThroughPayroll(Conflict):
    """Money is not handed over by hand: payroll pays it, and acknowledges the batch it is in."""


class RedemptionInPayroll(Conflict):
    """Payroll has this redemption in a batch; what is wrong is corrected there."""


class BatchNotFound(NotFound):
    """There is no such payroll batch here."""


class NothingToExport(Conflict):
    """No approved cash bonus and no correction in this currency waits for payroll."""


class SourcesUnknown(Conflict):
    """The books do not say what earned these redemptions; they are not paid until they do."""


class PayeeChanged(Conflict):
    """These were approved for another payroll number than the account has now; decline them.

    They can be asked for, and approved, anew.
    """


class ApproverChanged(Conflict):
    """By today's payroll numbers one person approved these twice, or their own; decline them.

    They can be asked for, and approved, anew.
    """


class OwnBatch(Conflict):
    """Whoever made a batch does not acknowledge it; another person does."""


class WrongFile(Conflict):
    """That is not the hash of this batch's CSV file; compare the file that payroll has."""


class AlreadyAcknowledged(Conflict):
    """This batch was acknowledged before."""


class LineNotFound(NotFound):
    """There is no such payroll line here."""


class NotAPayment(Conflict):
    """Only a payment can be corrected; name the line that the correction names."""


class CorrectionNotFound(NotFound):
    """There is no such payroll correction here."""


class OwnPay(Conflict):
    """Nobody corrects their own pay, or decides on it."""


class OwnCorrection(Conflict):
    """Whoever asked for a correction does not decide on it; another person does."""


class CorrectionDecided(Conflict):
    """This correction was decided on before."""


class PaidToAnotherNumber(Conflict):
    """This went to another payroll number than the account has now; it can only be taken back."""


class PaidBelowZero(Conflict):
    """A payment and its corrections may not come to less than nothing."""


class BudgetChanged(Conflict):
    """The season's budget has changed since you read it; read it again."""


class BudgetBelowCommitted(Conflict):
    """More than that is committed already."""


class BudgetCurrencyInUse(Conflict):
    """Money is committed in the budget's currency already, so that it stays."""


class BudgetExceeded(Conflict):
    """The season's budget does not hold as much."""


class PointsBudgetExceeded(Conflict):
    """The season's budget does not hold as many points."""


class BudgetInOtherCurrency(Conflict):
    """The season's budget is in another currency than this reward."""


class ExpiryTooSoon(Invalid):
    """Points expire two months after their season, and after this was said, at the earliest."""


class ExpiryOnlyLater(Conflict):
    """The day on which these points expire was promised: it may only be moved to a later one."""


class ExpiryChanged(Conflict):
    """The day on which these points expire has changed since you read it; read it again."""


class ExpiryBegun(Conflict):
    """The points of this season have begun to expire."""
