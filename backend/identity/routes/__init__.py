"""The addresses of identity."""

from backend.identity.routes.me import routes as me
from backend.identity.routes.sign_in import routes as sign_in

BLUEPRINTS = (sign_in, me)
