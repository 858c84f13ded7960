"""The refusals of the main job."""

from backend.foundation.problems import Conflict, Gone, Invalid, NotAllowed, NotFound, TooMany


class IdAlreadyUsed(Conflict):
    """This id was used for something else; a phone makes a fresh one for everything it does."""


class ZoneElsewhere(Invalid):
    """This zone belongs to another venue than the event."""


class NoEveningNow(NotFound):
    """No event is on now, so there is no evening to count."""


class RequestNotFound(NotFound):
    """There is no such request here."""


class NoEventOn(Conflict):
    """No event is on there at that time; keep it and send it again during one."""


class ZoneNeeded(Invalid):
    """Say in which zone; you have no post that would tell."""


class UnknownGreeting(Invalid):
    """The greeting is not one of yours."""


class RequestAlreadyTaken(Conflict):
    """Somebody else was quicker."""


class RequestNotInHand(Conflict):
    """Nobody has this request in hand; accept it first."""


class RequestClosed(Conflict):
    """This request is resolved or cancelled already."""


class SomebodyElseNeeded(Conflict):
    """The fan said that it was not solved; somebody who had no part in it is to see to it now."""


class TooManyInHand(Conflict):
    """Five requests in hand are the most; resolve, hand over or release one first."""


class NotInYourHands(NotAllowed):
    """Only who has this request in hand may do this."""


class ColleagueGone(Conflict):
    """This colleague does not work here any more."""


class ColleagueOffDuty(Conflict):
    """This colleague is not on duty, and nobody works off the clock."""


class NotToYourself(Invalid):
    """Name a colleague, not yourself."""


class AlreadyHelping(Conflict):
    """This colleague already has a part in the request."""


class ShareTooLarge(Conflict):
    """You cannot give away more of the credit than you hold."""


class NoRatingCode(NotFound):
    """There is a rating code only once the request is resolved."""


class UnknownCode(NotFound):
    """We do not know this code; look at it once more."""


class UnknownPlace(NotFound):
    """This code is of no place that we know, or of one whose codes were renewed."""


class UnknownAsk(NotFound):
    """Nobody asked for anything under this address."""


class NothingOnHere(Conflict):
    """No event is on here now, so there is nobody to send; please come back when doors open."""


class TooManyWaitHere(TooMany):
    """Many wait for help here already; please talk to anybody of the staff."""


class AskOver(Conflict):
    """This is over already; please talk to anybody of the staff."""


class NotResolvedYet(Conflict):
    """Somebody is still to see to it."""


class HeardUnknown(NotFound):
    """There is no such page of a venue."""


class HeardEntryNotFound(NotFound):
    """There is no such entry here."""


class HeardEntryChanged(Conflict):
    """Somebody has changed this entry since you looked; look again."""


class HeardEntryWithdrawn(Conflict):
    """This entry was withdrawn."""


class WhyNotFound(NotFound):
    """There is no such answer with words here."""


class TooManyAnswers(TooMany):
    """Very many are answering this right now; please try again in a few minutes."""


class CodeAlreadyUsed(Conflict):
    """This code has been used; one code is for one rating."""


class NotYetRated(Conflict):
    """There is no rating to correct yet."""


class WrongCorrectionToken(NotAllowed):
    """Only the phone that gave the rating can correct it."""


class CorrectionClosed(Gone):
    """A rating can be corrected for ten minutes; they are over."""


class TooManyCorrections(Conflict):
    """This rating was corrected four times; that is the most."""


class CommentNotFound(NotFound):
    """There is no such comment here."""


class CommentMayStillChange(Conflict):
    """The fan may still correct this comment; decide once ten minutes have passed."""


class CoverNotFound(NotFound):
    """There is no such post to cover here."""


class CoverTaken(Conflict):
    """A colleague stands in there already."""


class CoverOver(Conflict):
    """Whoever left this post is back; it needs nobody any more."""


class AlreadyCovering(Conflict):
    """One post at a time; whoever stands in somewhere leaves that one first."""


class OwnPost(Conflict):
    """You left this post yourself; you are back at it when your request is done."""


class NotOnDuty(Conflict):
    """You are not on duty at this event."""


class NotCovering(Conflict):
    """You do not stand in at this post."""


class PostCovered(Conflict):
    """Nobody is missing at this post."""


class NobodyFree(Conflict):
    """Nobody on shift is free; name a colleague."""


class ColleagueNotOnShift(Conflict):
    """This colleague is not on shift at this event, or is the one who left."""


class FollowUpNotFound(NotFound):
    """Nothing is owed for such a request here."""


class NotYourFollowUp(NotAllowed):
    """Only who is to see to it may say that it is done."""


class GestureNotFound(NotFound):
    """There is no such gesture here."""


class GestureKindNotFound(NotFound):
    """There is no such kind of gesture here."""


class GestureKindWithdrawn(Conflict):
    """This kind of gesture is not given any more."""


class GestureAmountRefused(Invalid):
    """Say an amount exactly where the kind has no price of its own."""


class GestureOffDuty(Conflict):
    """Gestures are given on duty, at the event of the request."""


class OverGestureCap(Conflict):
    """This is more than you have left to give at this event; a supervisor can add it."""


class OwnGesture(NotAllowed):
    """Somebody else must do this: the gesture is your own."""


class GestureNotWaiting(Conflict):
    """This gesture does not wait any more: it was given, or will not be."""


class NotYourGesture(NotAllowed):
    """Only who asked for a gesture may take it back."""


class GestureCapsRefused(Invalid):
    """Name each role and currency once."""


class UnknownReceipt(NotFound):
    """We do not know this receipt; look at it once more."""


class ReceiptAlreadyUsed(Conflict):
    """This receipt has been used; one receipt is for one gesture."""


class CardPackNotFound(NotFound):
    """There is no such pack of cards here."""


class CardsNotFound(NotFound):
    """Not all of these cards were printed here; look at the serials once more."""


class ScanRefused(Invalid):
    """Say which cards: a pack, or the first and the last serial."""


class NotOnShift(Conflict):
    """Cards are bound to a shift, and you had none at that time."""


class ScanTooOld(Conflict):
    """These cards were handed out more than 72 hours ago; they are bound to nobody."""


class ReviewNotFound(NotFound):
    """No rating with this id was ever held here."""


class ShiftWorked(Conflict):
    """Something was done on this shift, so it stays."""


class OwnReview(NotAllowed):
    """Somebody else must decide: the rating is about you."""


class ReviewClosed(Conflict):
    """This rating does not wait for a decision any more."""


class ReviewChanged(Conflict):
    """The fan has changed this rating since you read it; look at it once more."""


class RatingMayStillChange(Conflict):
    """The fan may still correct this rating; decide once ten minutes have passed."""
