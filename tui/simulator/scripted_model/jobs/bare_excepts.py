"""Bare `except:` clauses: they say what they catch.

A handler that passes the exception on keeps catching everything, in words
(`except BaseException:`); any other becomes `except Exception:`, so that Ctrl+C and
`sys.exit` get through again.
"""

import ast
import re

from tui.simulator.scripted_model import python_source as src
from tui.simulator.scripted_model.jobs.python_names import bound

_BARE = re.compile(r"except(\s*)(?=:)")


def find(source: src.PythonSource) -> src.FixFindings:
    """Bare clauses to be named, and those that were left alone."""
    changes, left = [], []
    taken = {"Exception", "BaseException", "*"} & bound(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            subject = f"except in line {node.lineno}"
            patch = _patch(source, node)
            if taken or patch is None:
                reason = "the exceptions' names may be rebound" if taken else "unusual layout"
                left.append(src.SkippedPlace(subject, node.lineno, reason))
            else:
                what = f"`{patch.new.strip()}` instead of a bare `except`"
                changes.append(src.SourceChange(subject, node.lineno, what, (patch,)))
    changes.sort(key=lambda change: change.line)
    return src.safe_changes(source, changes, left, _without_names)


def _patch(source: src.PythonSource, handler: ast.ExceptHandler) -> src.LinePatch | None:
    start = source.column(handler.lineno, handler.col_offset)
    found = _BARE.match(source.lines[handler.lineno - 1], start)
    if found is None:
        return None
    return src.LinePatch(handler.lineno, start, found.end(), f"except {_caught(handler)}")


def _caught(handler: ast.ExceptHandler) -> str:
    """`BaseException` where the handler passes on what it caught or looks at what it was."""
    for statement in handler.body:
        for node in ast.walk(statement):
            passes_on = isinstance(node, ast.Raise) and node.exc is None
            if passes_on or (isinstance(node, ast.Attribute) and node.attr in ("exc_info", "exit")):
                return "BaseException"
            if isinstance(node, ast.Name) and node.id in ("exc_info", "KeyboardInterrupt"):
                return "BaseException"
    return "Exception"


def _without_names(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            match node.type:
                case ast.Name(id="Exception" | "BaseException"):
                    node.type = None
