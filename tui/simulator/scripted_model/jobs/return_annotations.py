"""Missing return annotations: the certain ones are added, the others are reported.

A result is certain where every path returns nothing, or every path a value of one type that is a
literal, a parameter annotated with a builtin type, or a call of a builtin or of a method of `str`.
Only the line that closes a signature changes: parameters stay as they are, nothing is imported.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from tokenize import OP, TokenInfo
from typing import Literal

from tui.simulator.scripted_model import python_source as src
from tui.simulator.scripted_model.jobs.python_names import (
    Function,
    bound,
    decorators,
    defaults_of,
    functions,
    is_stub,
    own,
    qualified,
)

_End = Literal["never", "falls", "unsure"]
"""Whether control runs off the end of a function: a path does, none does, or it is not certain."""

_KNOWN_DECORATORS = frozenset({
    "property", "cached_property", "functools.cached_property", "staticmethod", "classmethod",
    "abstractmethod", "abc.abstractmethod", "lru_cache", "functools.lru_cache", "cache",
    "functools.cache", "wraps", "functools.wraps", "override", "typing.override", "final",
    "typing.final", "pytest.fixture", "atexit.register",
})  # fmt: skip
_CALLS = {
    "str": "str", "repr": "str", "len": "int", "int": "int", "float": "float", "bool": "bool",
    "isinstance": "bool", "hasattr": "bool", "list": "list", "sorted": "list", "dict": "dict",
    "set": "set", "tuple": "tuple", "print": "None",
}  # fmt: skip
"""Results of calls of builtins."""
_STR_METHODS = {
    **dict.fromkeys(("split", "rsplit", "splitlines"), "list[str]"),
    **dict.fromkeys(("startswith", "endswith", "isdigit", "isalpha", "isspace"), "bool"),
    **dict.fromkeys(("find", "index", "count"), "int"),
    **dict.fromkeys(
        ("format", "join", "lower", "upper", "title", "strip", "lstrip", "rstrip", "replace",
         "removeprefix", "removesuffix", "capitalize", "zfill"), "str",
    ),
    "encode": "bytes",
}  # fmt: skip
_CONSTANTS = frozenset({"bool", "int", "float", "complex", "str", "bytes"})


class _UncertainType(Exception):
    """There is no certain annotation, for a reason in words."""


def find(source: src.PythonSource) -> src.FixFindings:
    """Return annotations to add to a file, and the functions that are left alone."""
    search = _AnnotationSearch(source)
    changes, left = [], []
    for function, around in functions(source.tree):
        if function.returns is not None:
            continue
        name, at = qualified(function, around), function.lineno
        try:
            text = search.annotation(function, around)
        except _UncertainType as unsure:
            left.append(src.SkippedPlace(name, at, str(unsure)))
            continue
        line, column = search.closings[at]
        column += source.shift(line)
        patch = src.LinePatch(line, column, column, f" -> {text}")
        changes.append(src.SourceChange(name, at, f"-> {text}", (patch,)))
    return src.safe_changes(source, changes, left, _without_annotations)


class _AnnotationSearch:
    """What one file says that decides how its functions are annotated."""

    def __init__(self, source: src.PythonSource) -> None:
        self.source = source
        self.rebound = bound(source.tree)
        self.closings = dict(_closings(source.tokens))

    def annotation(self, function: Function, around: tuple[ast.AST, ...]) -> str:
        """The certain annotation of a function; raises `_UncertainType`."""
        self._refuse_special(function, around)
        if any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own(function)):
            raise _UncertainType("a generator; the annotation would need an import")
        returned = [n.value for n in own(function) if isinstance(n, ast.Return)]
        values = [value for value in returned if value is not None]
        ending = _end(function.body)
        if not returned and ending == "never":
            raise _UncertainType("it never returns normally")
        parameters = _parameter_types(function)
        types = {self._type(value, parameters) for value in values}
        if ending == "unsure" and types - {"None"}:
            raise _UncertainType("whether it can run off its end is not certain")
        if ending != "never" or len(values) < len(returned):
            types.add("None")
        if len(types) > 1:
            raise _UncertainType(f"it returns {' or '.join(sorted(types))}")
        return self._usable(types.pop())

    def _refuse_special(self, function: Function, around: tuple[ast.AST, ...]) -> None:
        names = decorators(function)
        last = {name.rpartition(".")[2]: name for name in names}
        if "overload" in last:
            raise _UncertainType("an overload declares its own result")
        accessors = {last[end] for end in ("setter", "deleter", "getter") if end in last}
        strange = [name for name in names if name not in _KNOWN_DECORATORS | accessors]
        if strange:
            raise _UncertainType(f"decorated with @{strange[0]}, which may read annotations")
        method = bool(around) and isinstance(around[-1], ast.ClassDef)
        if is_stub(function) and (method or _ellipsis(function)) and function.name != "__init__":
            raise _UncertainType("its body is only a placeholder")
        if function.lineno not in self.closings:
            raise _UncertainType("its signature is not written in the usual way")
        line, _ = self.closings[function.lineno]
        last_line = min(function.body[0].lineno, len(self.source.text_lines))
        rows = self.source.text_lines[function.lineno - 1 : max(line, last_line)]
        if any(re.search(r"#\s*type:(?!\s*ignore)", row) for row in rows):
            raise _UncertainType("it has a type comment")

    def _type(self, value: ast.expr, parameters: Mapping[str, str]) -> str:
        kind = self._certain_type(value, parameters)
        if kind is None:
            raise _UncertainType(f"the value returned in line {value.lineno} has no certain type")
        return kind

    def _certain_type(self, node: ast.expr, parameters: Mapping[str, str]) -> str | None:
        """The type of an expression; None where it is not certain."""
        match node:
            case ast.Constant(value=None):
                return "None"
            case ast.Constant(value=value):
                return type(value).__name__ if type(value).__name__ in _CONSTANTS else None
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return type(-value).__name__
            case ast.UnaryOp(op=ast.Not()):
                return "bool"
            case ast.Compare(ops=ops):
                certain = all(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in ops)
                return "bool" if certain else None
            case ast.JoinedStr():
                return "str"
            case ast.List() | ast.Dict() | ast.Set() | ast.Tuple():
                return type(node).__name__.lower()
            case ast.ListComp() | ast.DictComp() | ast.SetComp():
                return type(node).__name__.removesuffix("Comp").lower()
            case ast.Name(id=name):
                return parameters.get(name)
            case ast.Call(func=ast.Name(id=name)) if not {name, "*"} & self.rebound:
                return _CALLS.get(name)
            case ast.Call(func=ast.Attribute(value=value, attr=method)):
                text = self._certain_type(value, parameters) == "str"
                return _STR_METHODS.get(method) if text else None
        return None

    def _usable(self, kind: str) -> str:
        """The annotation, if its name means the builtin in this file."""
        if taken := sorted(set(re.findall(r"\w+", kind)) & self.rebound):
            raise _UncertainType(f"the name `{taken[0]}` is rebound in this file")
        if "*" in self.rebound and kind != "None":
            raise _UncertainType("a star import may rebind the names of types")
        return kind


def _parameter_types(function: Function) -> dict[str, str]:
    """Types of the parameters that are annotated with a builtin and never bound again."""
    inside = bound(ast.Module(function.body, []))
    return {
        arg.arg: arg.annotation.id
        for arg, default in defaults_of(function)
        if isinstance(arg.annotation, ast.Name)
        and arg.annotation.id in _CONSTANTS
        and arg.arg not in inside
        and (default is None or type(getattr(default, "value", None)).__name__ == arg.annotation.id)
    }


def _end(body: Iterable[ast.stmt]) -> _End:
    last: _End = "falls"
    for statement in body:
        last = _end_of(statement)
        if last == "never":
            break
    return last


def _end_of(statement: ast.stmt) -> _End:
    match statement:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return "never"
        case ast.If(body=body, orelse=orelse):
            return _all(_end(body), _end(orelse))
        case ast.Try(body=body, orelse=orelse, handlers=handlers, finalbody=last):
            paths = _all(_end([*body, *orelse]), *(_end(handler.body) for handler in handlers))
            return "never" if _end(last) == "never" else paths
        case ast.While(test=ast.Constant(value=value), body=body) if value:
            return _endless(body)
        case ast.While(orelse=[]) | ast.For(orelse=[]) | ast.AsyncFor(orelse=[]):
            return "falls"
        case ast.With(items=[ast.withitem(ast.Call(func=ast.Name(id="open")))], body=body):
            return _end(body)
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Assert():
            # A call may be one that never returns, such as `sys.exit`.
            return "unsure"
    # Other blocks: a context manager may swallow an exception, a `match` may match nothing.
    return "unsure" if hasattr(statement, "body") or hasattr(statement, "cases") else "falls"


def _all(*ends: _End) -> _End:
    if all(one == "never" for one in ends):
        return "never"
    return "falls" if "falls" in ends else "unsure"


def _endless(body: list[ast.stmt]) -> _End:
    """The end of `while True`; a `break` in a block of its own may belong to another loop."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    if not any(isinstance(node, ast.Break) for node in nodes):
        return "never"
    inner = any(isinstance(node, ast.While | ast.For | ast.AsyncFor) for node in nodes)
    return "unsure" if inner else "falls"


def _ellipsis(function: Function) -> bool:
    match function.body[-1]:
        case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
            return False
    return True


def _closings(tokens: tuple[TokenInfo, ...]) -> Iterator[tuple[int, tuple[int, int]]]:
    """The line of each `def`, with the place where its parameter list is closed."""
    for index, token in enumerate(tokens):
        if token.string == "def" and (closed := _closing(tokens[index + 1 :])):
            yield token.start[0], closed


def _closing(tokens: Iterable[TokenInfo]) -> tuple[int, int] | None:
    depth = 0
    closed: tuple[int, int] | None = None
    for token in tokens:
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
