"""On the Spot: the backend of a programme in which any arena employee greets, helps and earns."""

import gc

# What is loaded stays. At its own pace the collector looks through it 446 times before the first
# answer, a tenth of the time that takes; a server goes back to it when all is loaded.
USUAL_PACE = gc.get_threshold()
gc.set_threshold(500_000)
