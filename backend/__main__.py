"""``python -m backend``: the command line."""

from backend.cli import cli

if __name__ == "__main__":
    cli(prog_name="backend")
