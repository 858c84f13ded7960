"""Rules and the ledger: what is worth points, and where every point is.

An *accrual* gives points for one source under one rule to one beneficiary, once for ever; they
are *pending* until a *settlement* makes them *available*. A mistake is a *reversal*. Nothing in
the ledger is edited or deleted. A *board* is a period (event, week, month, season, a venue's
season) whose standings follow the books within a second. Points that became available are a *lot*;
the oldest are spent first. What is paid in money goes to payroll in *batches*: a *line* pays one
redemption or corrects a line, and an *acknowledgement* settles what the batch pays.
"""
