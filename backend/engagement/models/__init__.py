"""The tables of the main job."""

from backend.engagement.models.asks import Ask, AskVersion, FanTurn
from backend.engagement.models.cards import Card, CardPack, CardScan, CardSerial
from backend.engagement.models.covers import PostCover, RequestEscalation, RequestFollowUp
from backend.engagement.models.gestures import (
    Gesture,
    GestureCap,
    GestureKind,
    GestureSpending,
)
from backend.engagement.models.heard import HeardAnswer, HeardEntry, HeardVersion
from backend.engagement.models.reviews import RatingDecision, RatingHold, RatingQuestion
from backend.engagement.models.work import (
    CreditShare,
    Greeting,
    Invitation,
    InvitationShare,
    PhoneAction,
    Rating,
    RatingAnswer,
    Request,
    RequestStep,
    Tally,
    Workload,
)

__all__ = [
    "Ask",
    "AskVersion",
    "Card",
    "CardPack",
    "CardScan",
    "CardSerial",
    "CreditShare",
    "FanTurn",
    "Gesture",
    "GestureCap",
    "GestureKind",
    "GestureSpending",
    "Greeting",
    "HeardAnswer",
    "HeardEntry",
    "HeardVersion",
    "Invitation",
    "InvitationShare",
    "PhoneAction",
    "PostCover",
    "Rating",
    "RatingAnswer",
    "RatingDecision",
    "RatingHold",
    "RatingQuestion",
    "Request",
    "RequestEscalation",
    "RequestFollowUp",
    "RequestStep",
    "Tally",
    "Workload",
]
