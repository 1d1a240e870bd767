"""Missing return annotations: those that are certain are added, the rest is left and said.

Only the line that closes a signature changes. Parameters are never touched, nothing is
imported, and what frameworks may read at run time is left alone.
"""

import ast
import re
from dataclasses import dataclass
from tokenize import OP, TokenInfo

from tui.simulator.scripted_model import python_source as src
from tui.simulator.scripted_model.jobs import control_flow
from tui.simulator.scripted_model.jobs.python_names import (
    Function,
    bound,
    decorators,
    functions,
    is_stub,
    own,
    qualified,
)
from tui.simulator.scripted_model.jobs.type_inference import PLAIN, Scope, base, function_scope

_KNOWN_DECORATORS = frozenset({
    "property", "cached_property", "functools.cached_property", "staticmethod", "classmethod",
    "abstractmethod", "abc.abstractmethod", "lru_cache", "functools.lru_cache", "cache",
    "functools.cache", "wraps", "functools.wraps", "override", "typing.override", "final",
    "typing.final", "pytest.fixture", "atexit.register",
})  # fmt: skip
_PROTOCOL_RESULTS = {
    "__str__": "str", "__repr__": "str", "__format__": "str", "__len__": "int",
    "__bool__": "bool", "__contains__": "bool", "__bytes__": "bytes",
}  # fmt: skip
_COLLECTIONS = frozenset({"list", "dict", "set", "frozenset", "tuple"})
_MODERN = re.compile(
    r"->[^\n#]*\| *None|: *[\w.\[\]]+ \| None|^from __future__ import.*annotations"
)


@dataclass(frozen=True, slots=True)
class AnnotationContext:
    """What the rest of the project says that decides how an annotation is written."""

    python: tuple[int, int] | None = None
    """Oldest Python it says it runs on."""


class _UncertainType(Exception):
    """There is no certain annotation, for a reason in words."""


def find(
    source: src.PythonSource, project: AnnotationContext = AnnotationContext()
) -> src.FixFindings:
    """Return annotations to add to a file, and functions that were left alone."""
    changes, left = _AnnotationSearch(source, project).findings()
    return src.safe_changes(source, changes, left, _without_annotations)


class _AnnotationSearch:
    """One look at one file."""

    def __init__(self, source: src.PythonSource, project: AnnotationContext) -> None:
        self.source = source
        self.rebound = bound(source.tree)
        self.closings = _closings(source.tokens)
        modern = project.python is not None and project.python >= (3, 10)
        self.unions = modern or bool(re.search(_MODERN.pattern, source.text, re.MULTILINE))

    def findings(self) -> tuple[list[src.SourceChange], list[src.SkippedPlace]]:
        """All functions without an annotation, judged."""
        changes, left = [], []
        for function, around in functions(self.source.tree):
            if function.returns is not None:
                continue
            name, at = qualified(function, around), function.lineno
            try:
                text = self._annotation(function, around)
            except _UncertainType as unsure:
                left.append(src.SkippedPlace(name, at, str(unsure)))
                continue
            line, column = self.closings[at]
            column += self.source.shift(line)
            patch = src.LinePatch(line, column, column, f" -> {text}")
            changes.append(src.SourceChange(name, at, f"-> {text}", (patch,)))
        return changes, left

    def _annotation(self, function: Function, around: tuple[ast.AST, ...]) -> str:
        """The certain annotation of a function; raises `_Unsure`."""
        self._refuse_special(function, around)
        if any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own(function)):
            raise _UncertainType("a generator; the annotation would need an import")
        returned = [n.value for n in own(function) if isinstance(n, ast.Return)]
        values = [value for value in returned if value is not None]
        ending = control_flow.end(function.body)
        if not returned and ending == "never":
            raise _UncertainType("it never returns normally")
        if function.name in _PROTOCOL_RESULTS and around and values and ending == "never":
            return self._usable(_PROTOCOL_RESULTS[function.name])
        scope = function_scope(function, self.rebound)
        types = {self._type(scope, value, function, around) for value in values}
        if ending == "unsure" and types - {"None"}:
            raise _UncertainType("whether it can run off its end is not certain")
        if ending != "never" or len(values) < len(returned):
            types.add("None")
        return self._joined(types)

    def _refuse_special(self, function: Function, around: tuple[ast.AST, ...]) -> None:
        names = decorators(function)
        if any(name.rpartition(".")[2] == "overload" for name in names):
            raise _UncertainType("an overload declares its own result")
        strange = [n for n in names if n not in _KNOWN_DECORATORS and not _accessor(n)]
        if strange:
            raise _UncertainType(f"decorated with @{strange[0]}, which may read annotations")
        method = bool(around) and isinstance(around[-1], ast.ClassDef)
        if is_stub(function) and (method or _ellipsis(function)) and function.name != "__init__":
            raise _UncertainType("its body is only a placeholder")
        if function.lineno not in self.closings:
            raise _UncertainType("its signature is not written in the usual way")
        line, _ = self.closings[function.lineno]
        last = min(function.body[0].lineno, len(self.source.text_lines))
        rows = self.source.text_lines[function.lineno - 1 : max(line, last)]
        if any(re.search(r"#\s*type:(?!\s*ignore)", row) for row in rows):
            raise _UncertainType("it has a type comment")

    def _type(
        self, scope: Scope, value: ast.expr, function: Function, around: tuple[ast.AST, ...]
    ) -> str:
        if isinstance(value, ast.Name) and (me := self._self(value.id, function, around)):
            return me
        kind = scope.type_of(value)
        if kind is None:
            raise _UncertainType(f"the value returned in line {value.lineno} has no certain type")
        return kind

    def _self(self, name: str, function: Function, around: tuple[ast.AST, ...]) -> str | None:
        """The annotation for returning `self`; None where `name` is not it."""
        plain = [*function.args.posonlyargs, *function.args.args]
        if not plain or plain[0].arg != name or plain[0].annotation is not None:
            return None
        inside = bool(around) and all(isinstance(node, ast.ClassDef) for node in around)
        special = {"staticmethod", "classmethod"} & set(decorators(function))
        if not inside or special or name in bound(ast.Module(function.body, [])):
            return None
        path = ".".join(getattr(node, "name", "") for node in around)
        return f'"{path}"'

    def _joined(self, types: set[str]) -> str:
        rest = types - {"None"}
        if len(rest) > 1 and len({base(one) for one in rest}) == 1:
            rest = {base(one) for one in rest}
        if len(rest) > 1:
            raise _UncertainType(f"it returns {' or '.join(sorted(rest))}")
        if not rest:
            return "None"
        kind = self._usable(rest.pop())
        if "None" not in types:
            return kind
        bare = kind.strip('"')
        return f"{bare} | None" if self.unions and bare == kind else f'"{bare} | None"'

    def _usable(self, kind: str) -> str:
        """The annotation, if the names in it mean what they say in this file."""
        words = {word for word in re.findall(r"\w+", kind) if word in PLAIN | _COLLECTIONS}
        if taken := sorted(words - {"None"} & self.rebound):
            raise _UncertainType(f"the name `{taken[0]}` is rebound in this file")
        if "*" in self.rebound and words - {"None"}:
            raise _UncertainType("a star import may rebind the names of types")
        return kind


def _accessor(name: str) -> bool:
    return name.rpartition(".")[2] in ("setter", "deleter", "getter")


def _ellipsis(function: Function) -> bool:
    match function.body[-1]:
        case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
            return False
    return True


def _closings(tokens: tuple[TokenInfo, ...]) -> dict[int, tuple[int, int]]:
    """For each `def`, by its line: where its parameter list has been closed."""
    places: dict[int, tuple[int, int]] = {}
    for index, token in enumerate(tokens):
        if token.string != "def" or token.type != 1:
            continue
        closed = _closing(tokens, index)
        if closed is not None:
            places[token.start[0]] = closed
    return places


def _closing(tokens: tuple[TokenInfo, ...], index: int) -> tuple[int, int] | None:
    depth = 0
    closed: tuple[int, int] | None = None
    for token in tokens[index + 1 :]:
        if token.type != OP:
            continue
        if token.string in "([{":
            depth += 1
        elif token.string in ")]}":
            depth -= 1
            closed = token.end if token.string == ")" and depth == 0 else closed
        elif token.string in (":", "->") and depth == 0:
            return closed if token.string == ":" else None
    return None


def _without_annotations(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, Function):
            node.returns = None
