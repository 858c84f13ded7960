"""The addresses of venues, events and shifts, and of the imports."""

from backend.venues.routes.events import routes as events
from backend.venues.routes.imports import routes as imports
from backend.venues.routes.seasons import routes as seasons
from backend.venues.routes.shifts import routes as shifts
from backend.venues.routes.venues import routes as venues

BLUEPRINTS = (venues, seasons, events, shifts, imports)
