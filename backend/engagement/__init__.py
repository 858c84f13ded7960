"""The main job: greetings, requests and ratings.

A *greeting* is a party of fans greeted and asked; the answer is nothing, or a *request*. A request
is open, accepted, resolved or cancelled; it may be handed over or released on the way. Whoever
worked on it holds *credit shares*, per cent that sum to 100. Resolving issues a *rating
invitation*, a single-use code bound to the people, the request and the event; the fan's answer is
the *rating*. A *tally* counts one employee's evening. A *gesture* is what an employee gives the fan
of a request in hand, within their own authority or added by a supervisor.
"""
