"""The web faces: what people meet in a browser, and what operations ask of the server.

Fan page (/r), staff page (/app), HR console (/hr), documentation (/docs), landing page (/), and
/healthz, /readyz, /metrics. Pages are rendered here or talk to /v1; nothing is loaded from another
host and nothing needs building.
"""
