"""What is imported is declared, and what is declared is used."""

import ast
import re
import sys
import tomllib
from collections import defaultdict
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

USED_WITHOUT_AN_IMPORT = {
    "linkify-it-py",  # markdown-it-py imports it for an option
    "socksio",  # the HTTP library imports it for a SOCKS proxy
    "zstandard",  # looked for by name: it need not be there
    "ripgrep",  # a program
    "pytest-asyncio",  # plugins of pytest
    "pytest-timeout",
    "pytest-xdist",
    "ruff",  # tools of the command line
    "mypy",
    "import-linter",
    "pre-commit",
    "hatchling",  # the build
}
SERVER = {"starlette", "uvicorn", "h11"}
"""What the simulator's server is made of."""


@cache
def imports_of(folder: str) -> dict[str, set[str]]:
    """The top-level packages that the modules of a folder import anywhere, with the modules."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            for name in names:
                found[name.partition(".")[0]].add(path.relative_to(ROOT).as_posix())
    return found


def foreign_imports(folder: str) -> set[str]:
    ours = {"tui", "tests", "screenshots"}
    return set(imports_of(folder)) - ours - set(sys.stdlib_module_names)


def normalized(name: str) -> str:
    """As PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    return {normalized(re.split(r"[^\w.-]", each)[0]) for each in requirements}


def distributions(packages: set[str]) -> set[str]:
    known = packages_distributions()  # one for another system is not installed
    return {normalized(known.get(package, [package])[0]) for package in packages}


RUN = declared(PROJECT["dependencies"])
DEVELOP = declared(PROJECT["optional-dependencies"]["dev"])


def test_what_the_program_imports_is_declared():
    assert distributions(foreign_imports("tui")) <= RUN


@pytest.mark.parametrize("folder", ["tests", "screenshots"])
def test_what_tests_and_pictures_import_is_declared(folder: str):
    assert distributions(foreign_imports(folder)) <= RUN | DEVELOP


def test_what_is_declared_is_used():
    used = distributions(
        foreign_imports("tui") | foreign_imports("tests") | foreign_imports("screenshots")
    )
    assert distributions(foreign_imports("tui")) | USED_WITHOUT_AN_IMPORT >= RUN
    assert used | USED_WITHOUT_AN_IMPORT >= DEVELOP


def test_only_the_simulator_imports_what_its_server_is_made_of():
    users = {path for package in SERVER for path in imports_of("tui")[package]}
    assert users and all(path.startswith("tui/simulator/") for path in users)


def test_one_library_tells_how_alike_two_texts_are():
    # difflib makes diffs; its likeness is another one than that of rapidfuzz.
    for path in (ROOT / "tui").rglob("*.py"):
        text = path.read_text("utf-8")
        assert "get_close_matches" not in text and "SequenceMatcher" not in text, path
