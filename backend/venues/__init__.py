"""Venues, zones, posts, seasons, events and shifts: where and when people work.

A *venue* has *zones* (gates, concourses, sections, suites, parking); a zone has *posts*, where
somebody works. An *event* is a game or a concert at a venue, from doors to end, with the number
of people who came through the gates, its *attendance*. A *shift* is an employee at a post during
an event. Points count within a *programme season*.
"""
