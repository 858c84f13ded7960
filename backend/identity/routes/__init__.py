"""The addresses of identity."""

from backend.identity.routes.me import routes as me

BLUEPRINTS = (me,)
