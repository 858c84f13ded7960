"""How axe judges a page, and how large what is to be touched must be."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
SMALLEST_TARGET = 48


def has_come(page: Page) -> None:
    """Wait for a page to be there: between two there is a moment without any."""
    page.wait_for_function("document.body")


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page; it runs beside the page's own policy."""
    has_come(page)
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{rule['id']}: {node['html']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def small_targets(page: Page) -> list[str]:
    """Return what is to be touched and is too small for a thumb; of a choice its label counts."""
    found: list[str] = page.evaluate(
        """(smallest) => [...document.querySelectorAll("button, a[href], input, select")]
            .filter((one) => one.checkVisibility())
            .filter((one) => {
                const chosen = one.matches("[type=radio], [type=checkbox]");
                const touched = (chosen && one.closest("label")) || one;
                const { width, height } = touched.getBoundingClientRect();
                return Math.round(width) < smallest || Math.round(height) < smallest;
            })
            .map((one) => one.outerHTML)""",
        SMALLEST_TARGET,
    )
    return found


def sticks_out(page: Page) -> bool:
    """Tell whether a page is wider than its screen."""
    has_come(page)
    wider: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wider
