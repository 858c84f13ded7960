"""The refusals of the main job."""

from backend.foundation.problems import Conflict


class IdAlreadyUsed(Conflict):
    """This id was used for something else; a phone makes a fresh one for everything it does."""
