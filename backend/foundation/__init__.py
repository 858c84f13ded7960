"""What every domain stands on: the database, the edge of HTTP, problems, the actor and the clock.

Nothing here knows a fan, an employee's job or a point.
"""
