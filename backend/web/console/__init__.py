"""The HR console: a module for each page; ``frames`` holds what the pages stand in."""

from backend.web.console import figures, rules, sign_in
from backend.web.console.frames import pages

__all__ = ["figures", "pages", "rules", "sign_in"]
