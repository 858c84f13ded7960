"""The addresses of identity."""

from backend.identity.routes.employees import routes as employees
from backend.identity.routes.me import routes as me
from backend.identity.routes.protected_groups import routes as protected_groups
from backend.identity.routes.records import routes as records
from backend.identity.routes.sign_in import routes as sign_in

BLUEPRINTS = (sign_in, me, employees, protected_groups, records)
