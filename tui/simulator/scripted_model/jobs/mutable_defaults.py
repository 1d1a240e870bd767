"""Mutable default arguments: `x=[]` becomes `x=None` with a guard at the top of the body.

Only defaults that mean the same whenever they are evaluated are moved, and only where
the function cannot be using the shared value on purpose.
"""

import ast
import re

from tui.simulator.scripted_model import python_source as src
from tui.simulator.scripted_model.jobs.python_names import (
    Function,
    arguments,
    bound,
    defaults_of,
    functions,
    own,
    qualified,
    without_docstring,
)

_MAKERS = ("list", "dict", "set")
_LITERAL_NODES = (
    ast.Constant, ast.List, ast.Dict, ast.Set, ast.Tuple, ast.expr_context, ast.Call, ast.Name,
)  # fmt: skip
_SHARED = re.compile(r"cache|memo|registry|shared|state|seen", re.IGNORECASE)


class _UncertainDefault(Exception):
    """The default is left as it is, for a reason in words."""


def find(source: src.PythonSource) -> src.FixFindings:
    """Mutable defaults to move into the body, and those that were left alone."""
    changes, left = [], []
    rebound = bound(source.tree)
    for function, around in functions(source.tree):
        for arg, default in _mutable(function, rebound):
            name = f"{qualified(function, around)}({arg.arg})"
            try:
                _refuse(source, function, arg, default)
                patches = _patches(source, function, arg, default)
                what = f"`{arg.arg}={ast.unparse(default)}` moved into the body"
                changes.append(src.SourceChange(name, default.lineno, what, patches))
            except _UncertainDefault as unsure:
                left.append(src.SkippedPlace(name, default.lineno, str(unsure)))
    return src.safe_changes(source, changes, left, _without_guards)


def _mutable(function: Function, rebound: frozenset[str]) -> list[tuple[ast.arg, ast.expr]]:
    pairs = [(arg, default) for arg, default in defaults_of(function) if default is not None]
    return [(arg, default) for arg, default in pairs if _is_mutable(default, rebound)]


def _is_mutable(node: ast.expr, rebound: frozenset[str]) -> bool:
    match node:
        case ast.List() | ast.Dict() | ast.Set():
            return True
        case ast.Call(func=ast.Name(id=name), args=[], keywords=[]):
            return name in _MAKERS and name not in rebound and "*" not in rebound
    return False


def _refuse(source: src.PythonSource, function: Function, arg: ast.arg, default: ast.expr) -> None:
    """Raise `_Unsure` where moving the default could change what the function does."""
    body = without_docstring(function.body)
    if arg.arg.startswith("_") or _SHARED.search(arg.arg):
        raise _UncertainDefault("its name says the value is shared on purpose")
    if not all(isinstance(node, _LITERAL_NODES) for node in ast.walk(default)):
        raise _UncertainDefault("the default is computed; when it is evaluated may matter")
    if any(isinstance(n, ast.Name) and n.id not in _MAKERS for n in ast.walk(default)):
        raise _UncertainDefault("the default names other values; when it is evaluated may matter")
    if not body or _only_placeholder(body):
        raise _UncertainDefault("its body is only a placeholder")
    if body[0].lineno == function.lineno or default.lineno != default.end_lineno:
        raise _UncertainDefault("it is laid out so that a guard does not fit in simply")
    if body[0].lineno <= (arg.end_lineno or 0):
        raise _UncertainDefault("its body begins on the line of the signature")
    if any(_compares_to_none(n, arg.arg) for n in own(function)):
        raise _UncertainDefault("the body already gives None a meaning of its own")
    if any(getattr(node, "attr", "") == "__defaults__" for node in ast.walk(source.tree)):
        raise _UncertainDefault("the file looks at defaults itself")


def _patches(
    source: src.PythonSource, function: Function, arg: ast.arg, default: ast.expr
) -> tuple[src.LinePatch, ...]:
    line = default.lineno
    start = source.column(line, default.col_offset)
    end = source.column(line, default.end_col_offset or 0)
    value = source.lines[line - 1][start:end]
    top, indent = _body_top(source, function)
    step = _step(indent, source.text_lines[function.lineno - 1])
    guard = f"{indent}if {arg.arg} is None:\n{indent}{step}{arg.arg} = {value}\n"
    patches = [src.LinePatch(line, start, end, "None"), src.LinePatch(top, 0, 0, guard)]
    if arg.annotation is not None:
        patches.append(_optional(source, arg.annotation))
    return tuple(patches)


def _body_top(source: src.PythonSource, function: Function) -> tuple[int, str]:
    """The line before which a guard goes, and its indentation."""
    first = without_docstring(function.body)[0]
    top, indent = source.start_of(first)
    if top == first.lineno and len(indent) != source.column(top, first.col_offset):
        raise _UncertainDefault("it is laid out so that a guard does not fit in simply")
    return top, indent


def _step(indent: str, head: str) -> str:
    """What one level of indentation is in this function."""
    outer = head[: len(head) - len(head.lstrip())]
    return indent[len(outer) :] or "    "


def _optional(source: src.PythonSource, annotation: ast.expr) -> src.LinePatch:
    if annotation.lineno != annotation.end_lineno:
        raise _UncertainDefault("its annotation runs over several lines")
    line = annotation.lineno
    start = source.column(line, annotation.col_offset)
    end = source.column(line, annotation.end_col_offset or 0)
    text = source.lines[line - 1][start:end]
    if re.search(r"\bNone\b|\bOptional\b|\bAny\b|^object$", text):
        return src.LinePatch(line, end, end, "")
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        quote = text[-1]
        return src.LinePatch(line, start, end, f"{text[: -len(quote)]} | None{quote}")
    if re.search(r"^from __future__ import.*annotations|: *[\w.\[\]]+ \| None", source.text, re.M):
        return src.LinePatch(line, start, end, f"{text} | None")
    if '"' in text:
        raise _UncertainDefault("its annotation is quoted in part")
    # In quotes it is never evaluated, so it is right for every Python.
    return src.LinePatch(line, start, end, f'"{text} | None"')


def _only_placeholder(body: list[ast.stmt]) -> bool:
    match body:
        case [ast.Pass() | ast.Raise() | ast.Expr(value=ast.Constant())]:
            return True
    return False


def _compares_to_none(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Compare(left=ast.Name(id=left), ops=[ast.Is() | ast.IsNot() | ast.Eq()],
                         comparators=[ast.Constant(value=None)]):  # fmt: skip
            return left == name
    return False


def _without_guards(tree: ast.Module) -> None:
    """Take out defaults, their annotations and the guards."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            node.args.defaults = [ast.Constant(None) for _ in node.args.defaults]
            node.args.kw_defaults = [d and ast.Constant(None) for d in node.args.kw_defaults]
            names = {arg.arg for arg in arguments(node)}
            for arg in arguments(node):
                arg.annotation = None
            node.body = [s for s in node.body if not _is_guard(s, names)]


def _is_guard(statement: ast.stmt, names: set[str]) -> bool:
    match statement:
        case ast.If(test=ast.Compare(left=ast.Name(id=tested), ops=[ast.Is()],
                                     comparators=[ast.Constant(value=None)]),
                    body=[ast.Assign(targets=[ast.Name(id=name)])], orelse=[]):  # fmt: skip
            return tested == name and name in names
    return False
