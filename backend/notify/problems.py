"""What notify refuses."""

from backend.foundation.problems import Conflict, Invalid, NotFound


class NotOnAPhone(Conflict):
    """Only a phone on which you are signed in has a push target."""


class MessageNotFound(NotFound):
    """There is no such message here."""


class MessageNotDead(Conflict):
    """Only a message that was given up can be sent again."""


class PushTargetRefused(Invalid):
    """This is not what a push service calls a phone."""
