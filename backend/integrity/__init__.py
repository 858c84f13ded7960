"""What may be believed: verdicts on what phones say, and suspicions about who rates.

A *verdict* says whether an action is *verified* (it may pay), *unverified* (kept, shown, never
paid by itself) or *rejected* (kept, never counted). A *sighting* is what was seen of the phone
that rated, hashed with the salt of its day. *Circumstances* are what is known about an answer when
it comes; `rules.suspicions.screen` turns them into *suspicions*, for each of which a person looks
at the rating before it counts. What is rated stands above: this domain is handed what it judges.
"""
