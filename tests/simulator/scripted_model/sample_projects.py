"""Python projects for the scripted model to work on, and what is left to do in them."""

import ast
from pathlib import Path

from tests.simulator.scripted_model.folder_client import FolderClient

ANNOTATE = "Review all Python files in this project and fix missing return annotations"

MODULE = """\
import os


class Store:
    def __init__(self, path, seen=None, extra=[]):
        self.path = path
        self.extra = extra

    def load(self):
        try:
            return open(self.path).read()
        except:
            return None

    def name(self):
        return f"{self.path}!"

    def save(self, text, tags={}):
        with open(self.path, "w") as file:
            file.write(text)


def is_there(path):
    return os.path.exists(path) is True
"""

LARGE = (
    "\n\n\n".join(f"def f{n}(a):\n    a()\n    x = {n}\n    return 'text'" for n in range(12))
    + "\n"
)
"""A module of twelve functions without annotations."""


def fill(folder: Path, number: int, text: str = MODULE) -> None:
    for n in range(number):
        file = folder / f"part{n % 4}" / f"module_{n:02}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def missing(folder: Path) -> list[str]:
    return [
        node.name
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef) and node.returns is None
    ]


def texts(client: FolderClient) -> list[str]:
    return [getattr(b, "text", "") for r in client.replies for b in r.blocks]
