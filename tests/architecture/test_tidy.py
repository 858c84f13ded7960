"""The conventions of the code, held by the code: sizes, names, who commits, which rooms exist."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BACKEND = ROOT / "backend"
TOP_LEVEL = {"backend", "mobile_api_spec", "scripts", "tests", "pyproject.toml", "README.md"}
LONGEST_FILE, LONGEST_TEST_FILE, LONGEST_FUNCTION, LONGEST_VIEW = 400, 500, 60, 10
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
VAGUE |= {"handler", "handlers", "data", "process", "core", "base"}
WORDS_NEVER_WRITTEN = ("TO" + "DO", "FIX" + "ME", "X" * 3)
# Alembic writes the first revision; a list of CREATE TABLE has no better shape.
SOURCES = [path for path in BACKEND.rglob("*.py") if "versions" not in path.parts]
TESTS = list((ROOT / "tests").rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            yield node


def lines_of(function: ast.FunctionDef) -> int:
    """Count the lines of code of ``function``, its docstring left out."""
    documented = ast.get_docstring(function) is not None
    body = function.body[1:] if documented else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def is_view(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in {"command", "query"}
        for decorator in function.decorator_list
    )


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_is_small_and_says_what_belongs_there(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    assert ast.get_docstring(ast.parse(text)), "a module opens with what belongs there"
    assert path.stem not in VAGUE
    assert not [word for word in WORDS_NEVER_WRITTEN if word in text]


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_a_test_file_is_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_TEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_functions_are_short_and_views_are_thin(path: Path) -> None:
    too_long = {
        function.name: lines_of(function)
        for function in functions(path)
        if lines_of(function) > (LONGEST_VIEW if is_view(function) else LONGEST_FUNCTION)
    }
    assert not too_long


def test_only_the_edge_commits() -> None:
    committing = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"commit", "rollback"}
    }
    # Alembic's environment commits the migrations that it ran.
    assert committing <= {
        "backend/foundation/db.py",
        "backend/foundation/lines.py",
        "backend/foundation/writers.py",
        "backend/migrations/env.py",
    }


def test_nothing_else_stands_at_the_top() -> None:
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert visible <= TOP_LEVEL


def test_every_domain_is_held_by_the_import_contracts() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    rooms = next(c for c in contracts["contracts"] if "rooms" in c["name"])
    domains = {path.parent.name for path in BACKEND.glob("*/__init__.py")}
    assert {
        f"backend.{name}" for name in domains - {"foundation", "migrations", "web", "demo"}
    } == set(rooms["containers"])


def test_nothing_names_a_registry_or_a_lock_that_does() -> None:
    assert not (ROOT / "uv.lock").exists()
    assert not (ROOT / "pylock.toml").exists()
    for lock in (ROOT / "scripts").glob("*.lock"):
        assert "://" not in lock.read_text()
