"""The tables of the main job."""

from backend.engagement.models.covers import PostCover, RequestEscalation, RequestFollowUp
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
    "CreditShare",
    "Greeting",
    "Invitation",
    "InvitationShare",
    "PhoneAction",
    "PostCover",
    "Rating",
    "RatingAnswer",
    "Request",
    "RequestEscalation",
    "RequestFollowUp",
    "RequestStep",
    "Tally",
    "Workload",
]
