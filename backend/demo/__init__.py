"""The demo arena: a real season to look at, and an evening that is on, for whoever tries us out.

An *arena* is what a first start fills an empty database with: venues, some sixty invented people,
and the 41 home games of Philadelphia's season 2018-19. Days, opponents and attendance are real
(the table is in data/events.csv; 2019-02-23 was played outdoors), times of day are plausible. A
*character* is how somebody works; a *plan* is one evening as characters would spend it, made from
a seed; the *simulation* plays plans through the services, as phones would. *Tonight* is an event
that is on whenever the demo is started. Everything goes through services; no row is inserted here.
"""
