"""Missing docstrings: a first sentence for each public function and class whose name tells one.

The sentence is the name in words. Where the name begins with no known verb, or the layout is
unusual, the place is left alone and named in the report.
"""

import ast
import re

from tui.simulator.scripted_model import python_source as src
from tui.simulator.scripted_model.jobs.python_names import (
    Definition,
    Function,
    decorators,
    definitions,
    is_stub,
    own,
    qualified,
    without_docstring,
)

_VERBS = frozenset(
    re.findall(
        r"\w+",
        "add apply ask build calculate call check clean clear close collect compare compute "
        "connect  convert copy count create delete draw emit encode decode execute extract "
        "fetch fill filter  find format generate get handle hide init initialize insert join "
        "list load make merge move  open parse pick play prepare print process push put raise "
        "read record refresh register  reload remove render replace report request reset "
        "resolve run save search select send set  show sort split start stop store sync test "
        "transform update validate wait walk watch  write",
    )
)
_QUESTIONS = ("is", "has", "can", "should", "are", "was")
_GIVEN = {"setter", "deleter", "overload", "override"}
"""Decorators of functions that are documented elsewhere."""


def find(source: src.PythonSource) -> src.FixFindings:
    """Docstrings to add, and the definitions that are left without one."""
    changes = _module(source)
    left: list[src.SkippedPlace] = []
    for node, around in definitions(source.tree):
        if ast.get_docstring(node, clean=False) is not None or _private(node, around):
            continue
        name = qualified(node, around)
        sentence = _sentence(node)
        patch = _below_signature(source, node, sentence) if sentence else None
        if sentence and patch:
            changes.append(src.SourceChange(name, node.lineno, sentence, (patch,)))
        else:
            reason = "unusual layout" if sentence else "its name does not say enough"
            left.append(src.SkippedPlace(name, node.lineno, reason))
    return src.safe_changes(source, changes, left, _without_docstrings)


def _private(node: Definition, around: tuple[ast.AST, ...]) -> bool:
    """Private, inside a function, a test, or documented elsewhere."""
    names = [getattr(one, "name", "") for one in (*around, node)]
    if node.name.startswith("test_") or any(name.startswith("_") for name in names):
        return True
    if not all(isinstance(one, ast.ClassDef) for one in around):
        return True
    given = any(name.rpartition(".")[2] in _GIVEN for name in decorators(node))
    return given or (isinstance(node, Function) and is_stub(node))


def _sentence(node: Definition) -> str:
    """The first sentence that the name tells; empty where it tells none."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", node.name)
    parts = [part for part in spaced.split("_") if part]
    words = [part if part.isupper() and len(part) > 1 else part.lower() for part in parts]
    if isinstance(node, ast.ClassDef):
        vowel = words[0][0] in ("AEFHILMNORSX" if words[0].isupper() else "aeiou")
        return f"{'An' if vowel else 'A'} {' '.join(words)}." if len(node.name) > 3 else ""
    rest = " ".join(words[1:])
    if words[0] in _VERBS and rest:
        return f"{words[0].capitalize()} {rest}."
    if words[0] in _QUESTIONS and rest:
        return f"Whether it {words[0]} {rest}."
    gives = any(isinstance(n, ast.Return) and n.value is not None for n in own(node))
    return f"Return the {' '.join(words)}." if gives and rest else ""


def _below_signature(
    source: src.PythonSource, node: Definition, sentence: str
) -> src.LinePatch | None:
    """A line before the first statement, or None where that has no line of its own."""
    top, indent = source.start_of(node.body[0])
    if len(indent) != source.column(node.body[0].lineno, node.body[0].col_offset):
        return None
    inside = [t for t in source.tokens if node.lineno <= t.start[0] < top and t.string.strip()]
    code = [token for token in inside if not token.string.startswith("#")]
    if not code or code[-1].string != ":":
        return None
    line = code[-1].start[0]
    column = len(source.lines[line - 1].removesuffix("\r"))
    spaced = top - 1 > line and not source.text_lines[top - 2].strip()
    method = isinstance(node, ast.ClassDef) and isinstance(node.body[0], Function)
    gap = "\n" if method and not spaced else ""
    return src.LinePatch(line, column, column, f'\n{indent}"""{sentence}"""{gap}')


def _module(source: src.PythonSource) -> list[src.SourceChange]:
    """A docstring that names what the module defines."""
    tree = source.tree
    defined = [node.name for node in tree.body if isinstance(node, Definition)]
    public = [name for name in defined if not name.startswith("_")]
    is_test = source.path.rpartition("/")[2].startswith("test_")
    if not public or is_test or ast.get_docstring(tree, clean=False) is not None:
        return []
    first = tree.body[0]
    top, _ = source.start_of(first)
    if source.column(first.lineno, first.col_offset) != source.shift(first.lineno):
        return []
    more = [f"{len(public) - 3} more"] if len(public) > 4 else []
    shown = [*public[:3], *more] if more else public
    names = " and ".join([*filter(None, [", ".join(shown[:-1])]), shown[-1]])
    column = source.shift(top)
    gap = "\n\n\n" if isinstance(first, Definition) else "\n\n"
    patch = src.LinePatch(top, column, column, f'"""Defines {names}."""{gap}')
    return [src.SourceChange("module", 1, f"Defines {names}.", (patch,))]


def _without_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, Definition | ast.Module):
            node.body = without_docstring(node.body)
