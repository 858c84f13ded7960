"""What is said of a shift."""

from backend.foundation.fields import In, Str


class CancelShiftIn(In):
    """Why a shift was a mistake; it is put on record."""

    reason = Str(longest=500, shortest=1, required=True)
