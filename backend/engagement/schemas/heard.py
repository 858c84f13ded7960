"""What is told to fans of what they asked for, as HR writes and moderates it."""

import marshmallow as ma

from backend.engagement.rules import Category, CommentState, Decision
from backend.engagement.rules.heard import LONGEST_ASKED, LONGEST_DONE, LONGEST_WHY
from backend.foundation.fields import In, Instant, Int, Out, Str, Words, choice
from backend.foundation.pages import PageArgs


class HeardEntryIn(In):
    """Something that fans asked for, and what was done."""

    venue_id = ma.fields.UUID(required=True)
    category = choice(Category, allow_none=True)
    asked = Words(longest=LONGEST_ASKED, required=True)
    done = Words(longest=LONGEST_DONE, required=True)


class HeardEntryChangeIn(In):
    """Other words; what is left out stays."""

    seen_version = Int(low=1, high=2**31 - 1, required=True)
    category = choice(Category, allow_none=True)
    asked = Words(longest=LONGEST_ASKED)
    done = Words(longest=LONGEST_DONE)


class HeardEntriesArgs(PageArgs):
    """Which entries."""

    venue_id = ma.fields.UUID()


class HeardEntryOut(Out):
    """An entry, and how many say that it works for them."""

    id = ma.fields.UUID(required=True)
    venue_id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    category = choice(Category, required=True, allow_none=True)
    asked = Str(longest=LONGEST_ASKED, required=True)
    done = Str(longest=LONGEST_DONE, required=True)
    created_at = Instant(required=True)
    changed_at = Instant(required=True)
    withdrawn = ma.fields.Boolean(required=True)
    yes = ma.fields.Integer(required=True)
    not_yet = ma.fields.Integer(required=True)


class HeardEntriesOut(Out):
    """A page of entries, the newest first."""

    items = ma.fields.List(ma.fields.Nested(HeardEntryOut), required=True)
    next_cursor = Str(required=True, allow_none=True)


class WhysArgs(PageArgs):
    """Which words of fans."""

    state = choice(CommentState, load_default=CommentState.WAITING)


class WhyOut(Out):
    """Why something does not work yet for a fan."""

    id = ma.fields.UUID(required=True)
    entry_id = ma.fields.UUID(required=True)
    why = Str(longest=LONGEST_WHY, required=True)
    state = choice(CommentState, required=True)
    answered_at = Instant(required=True)


class WhysOut(Out):
    """A page of words of fans."""

    items = ma.fields.List(ma.fields.Nested(WhyOut), required=True)
    next_cursor = Str(required=True, allow_none=True)


class WhyDecisionIn(In):
    """Whether a fan's words are shown to everybody, and why."""

    decision = choice(Decision, required=True)
    reason = Str(longest=280, shortest=1, required=True)
