"""What may be believed: verdicts on what phones say.

A *verdict* says whether an action is *verified* (it may pay), *unverified* (kept, shown, never
paid by itself) or *rejected* (kept, never counted).
"""
