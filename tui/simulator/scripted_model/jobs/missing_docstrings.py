"""Missing docstrings: first sentences made of what names and bodies say for certain.

Public modules, classes and functions get one where their name speaks; where it does not,
they are left alone and named in the report. Nothing is claimed that is not in the code.
"""

import ast
import re

from tui.simulator.scripted_model import python_source as src
from tui.simulator.scripted_model.jobs.python_names import (
    Function,
    decorators,
    functions,
    is_stub,
    own,
    qualified,
    without_docstring,
)

_VERBS = frozenset(
    re.findall(
        r"\w+",
        "add append apply ask build calculate call check choose clean clear close collect compare "
        "compile compute configure connect convert copy count create decode delete describe detect "
        "disable display download draw drop emit enable encode ensure execute expand export "
        "extract fetch fill filter find finish flush format generate get handle hide import "
        "increment init initialize insert install join keep launch list load log lookup make mark "
        "match measure merge move normalize notify open order pack parse patch pick play plot poll "
        "pop prepare print process publish pull push put raise read receive record refresh "
        "register release reload remove rename render repeat replace report request require reset "
        "resolve restore retry return run save scan search select send serialize set show sort "
        "split start stop store strip submit subscribe sum swap sync test toggle transform trim "
        "try unpack update upload validate verify visit wait walk watch wrap write yield",
    )
)
_QUESTIONS = ("is", "has", "can", "should", "are", "was")
_GIVEN = {"setter", "deleter", "overload", "override"}


def find(source: src.PythonSource) -> src.FixFindings:
    """Docstrings to add, and what was left without one."""
    changes: list[src.SourceChange] = []
    left: list[src.SkippedPlace] = []
    _module(source, changes)
    for node, around in _documentable(source.tree):
        if ast.get_docstring(node, clean=False) is not None or _private(node, around):
            continue
        name = qualified(node, around)
        sentence = _class_sentence(node) if isinstance(node, ast.ClassDef) else _sentence(node)
        patch = _below_signature(source, node, sentence)
        if sentence is None or patch is None:
            reason = "its name does not say enough" if patch or not sentence else "unusual layout"
            left.append(src.SkippedPlace(name, node.lineno, reason))
        else:
            changes.append(src.SourceChange(name, node.lineno, sentence, (patch,)))
    return src.safe_changes(source, changes, left, _without_docstrings)


def _documentable(
    tree: ast.Module,
) -> list[tuple[Function | ast.ClassDef, tuple[ast.AST, ...]]]:
    pairs: list[tuple[Function | ast.ClassDef, tuple[ast.AST, ...]]] = list(functions(tree))
    waiting: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while waiting:
        node, around = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                pairs.append((child, around))
                waiting.append((child, (*around, child)))
    return sorted(pairs, key=lambda pair: pair[0].lineno)


def _private(node: Function | ast.ClassDef, around: tuple[ast.AST, ...]) -> bool:
    """Private, nested in a function, or bound by a contract that documents it elsewhere."""
    if any(isinstance(one, Function | ast.Lambda) for one in around):
        return True
    names = [getattr(one, "name", "") for one in (*around, node)]
    if any(name.startswith("_") for name in names) or node.name.startswith("test_"):
        return True
    given = any(d.rpartition(".")[2] in _GIVEN for d in decorators(node))
    return given or (isinstance(node, Function) and is_stub(node))


def _sentence(function: Function) -> str | None:
    words = _words(function.name)
    rest = " ".join(words[1:])
    if words[0] in _QUESTIONS and rest:
        return f"Whether it {words[0]} {rest}."
    if words[0] in _VERBS:
        acted_on = rest or _object(function)
        return f"{words[0].capitalize()} {acted_on}." if acted_on else None
    gives = any(isinstance(n, ast.Return) and n.value is not None for n in own(function))
    if "property" in " ".join(decorators(function)) and gives:
        return f"The {' '.join(words)}."
    if words[0] in ("to", "from") and rest and gives:
        return f"Convert {words[0]} {rest}."
    return f"Return the {' '.join(words)}." if gives and len(words) > 1 else None


def _object(function: Function) -> str:
    """What a lone verb acts on: the first parameter, if it has a telling name."""
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    told = [name for name in names if name not in ("self", "cls") and len(name) > 2]
    return f"the given {' '.join(_words(told[0]))}" if told and _words(told[0]) else ""


def _class_sentence(node: ast.ClassDef) -> str | None:
    words = _words(node.name)
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    if len("".join(words)) < 4:
        return None
    if words[-1] in ("error", "exception", "warning"):
        kind = " ".join(words[:-1])
        return f"Raised for {'an' if kind[:1] in 'aeiou' else 'a'} {kind} error." if kind else None
    if any(base in ("Enum", "IntEnum", "StrEnum", "Flag") for base in bases):
        return f"The kinds of {' '.join(words)}."
    text = " ".join(part if part.isupper() else part.lower() for part in _parts(node.name))
    vowel = text[0] in ("AEFHILMNORSX" if text[:2].isupper() else "aeiou")
    return f"{'An' if vowel else 'A'} {text}."


def _words(name: str) -> list[str]:
    return [part.lower() for part in _parts(name)]


def _parts(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [part for part in spaced.split("_") if part] or [name]


def _below_signature(
    source: src.PythonSource, node: Function | ast.ClassDef, sentence: str | None
) -> src.LinePatch | None:
    """A new line before the first statement, or None where that has no line of its own."""
    first = node.body[0]
    top = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
    row = source.text_lines[top - 1]
    indent = row[: len(row) - len(row.lstrip())]
    if sentence is None or len(indent) != source.column(first.lineno, first.col_offset):
        return None
    line = _end_of_head(source, node, top)
    if line is None:
        return None
    column = len(source.lines[line - 1].removesuffix("\r"))
    spaced = top - 1 > line and not source.text_lines[top - 2].strip()
    gap = "\n" if isinstance(node, ast.ClassDef) and isinstance(first, Function) else ""
    gap = "" if spaced else gap
    return src.LinePatch(line, column, column, f'\n{indent}"""{sentence}"""{gap}')


def _end_of_head(source: src.PythonSource, node: Function | ast.ClassDef, top: int) -> int | None:
    """The line whose end closes the head: a colon, and perhaps a comment."""
    inside = [t for t in source.tokens if node.lineno <= t.start[0] < top and t.string.strip()]
    code = [t for t in inside if not t.string.startswith("#")]
    return code[-1].start[0] if code and code[-1].string == ":" else None


def _module(source: src.PythonSource, changes: list[src.SourceChange]) -> None:
    """A docstring that names what the module defines."""
    tree = source.tree
    defined = [n for n in tree.body if isinstance(n, Function | ast.ClassDef)]
    public = [n.name for n in defined if not n.name.startswith("_")]
    if not public or ast.get_docstring(tree, clean=False) is not None:
        return
    if source.path.rpartition("/")[2].startswith("test_"):
        return
    first = tree.body[0]
    top = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
    if source.column(first.lineno, first.col_offset) != source.shift(first.lineno):
        return
    shown = public if len(public) <= 4 else [*public[:3], f"{len(public) - 3} more"]
    sentence = f"{', '.join(shown[:-1])} and {shown[-1]}." if len(shown) > 1 else f"{shown[0]}."
    column = source.shift(top)
    gap = "\n\n\n" if isinstance(first, Function | ast.ClassDef) else "\n\n"
    patch = src.LinePatch(top, column, column, f'"""Defines {sentence}"""{gap}')
    changes.append(src.SourceChange("module", 1, f"Defines {sentence}", (patch,)))


def _without_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef | ast.Module):
            node.body = without_docstring(node.body)
