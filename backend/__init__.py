"""On the Spot: the backend of a programme in which any arena employee greets, helps and earns."""
