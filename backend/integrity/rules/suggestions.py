"""Who is asked whether somebody suggested a score: one of ten, and always the same ones."""

import hmac
from uuid import UUID

# Often enough that a habit shows in a month, seldom enough that nine of ten read one line less.
ONE_OF = 10
# So that no draw is the code of anything.
_PURPOSE = b"suggestion\x00"


def is_asked(invitation_id: UUID, *, code_key: bytes) -> bool:
    """Tell whether the fan with this invitation is asked.

    It is drawn by HMAC-SHA-256 with the installation's key: loading the page again changes
    nothing, and nobody who sees an invitation can tell.
    """
    digest = hmac.digest(code_key, _PURPOSE + invitation_id.bytes, "sha256")
    return int.from_bytes(digest[:8]) % ONE_OF == 0
