"""The type of an expression, where it is certain; otherwise no type at all.

Only what the language itself guarantees counts: literals, operators between known
builtins, conversions such as `str(x)` while nobody rebinds the name, and parameters that
are annotated and never bound again.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tui.simulator.scripted_model.jobs.python_names import Function, bound, defaults_of

PLAIN = frozenset({"None", "bool", "int", "float", "complex", "str", "bytes"})
"""Types that are known by their bare name."""


def _by_name(rows: Mapping[str, str]) -> dict[str, str]:
    return {name: kind for kind, names in rows.items() for name in names.split()}


_CALLS = _by_name({
    "str": "str repr chr hex oct bin ascii input format", "int": "len int ord id hash",
    "bool": "bool isinstance issubclass callable hasattr any all",
    "float": "float", "bytes": "bytes", "list": "list sorted", "list[str]": "dir", "dict": "dict",
    "set": "set", "frozenset": "frozenset", "tuple": "tuple", "None": "print",
})  # fmt: skip
_STR_METHODS = _by_name({
    "str": "capitalize casefold center expandtabs format join ljust lower lstrip replace rjust "
    "rstrip strip swapcase title upper zfill removeprefix removesuffix",
    "list[str]": "split rsplit splitlines",
    "bool": "startswith endswith isalpha isdigit isnumeric isspace isupper islower isidentifier "
    "isdecimal isalnum isascii istitle isprintable",
    "int": "find rfind index rindex count", "bytes": "encode",
})  # fmt: skip
_SAMPLES: dict[str, Any] = {"bool": True, "int": 1, "float": 1.5, "str": "x", "bytes": b"x"}
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Mod: operator.mod,
    ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}  # fmt: skip
"""Those whose result has the same type for all values of two types; a power's has not."""
_ALWAYS_BOOL = (ast.Is, ast.IsNot, ast.In, ast.NotIn)


@dataclass(frozen=True)
class Scope:
    """What is known where an expression stands."""

    rebound: frozenset[str]
    """Names bound somewhere in the file: they are not trusted to be builtins."""
    local: Mapping[str, str]
    """Types of parameters."""

    def is_builtin(self, name: str) -> bool:
        """Whether a name is surely the builtin of that name."""
        return name not in self.rebound and "*" not in self.rebound

    def type_of(self, node: ast.expr) -> str | None:
        """The type of an expression as an annotation, or None where it is not certain."""
        match node:
            case ast.Constant(value=value):
                return _constant(value)
            case ast.JoinedStr():
                return "str"
            case ast.Name(id=name):
                return self.local.get(name)
            case ast.UnaryOp(op=op, operand=operand):
                return _unary(op, self.type_of(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return _binary(self.type_of(left), op, self.type_of(right))
            case ast.BoolOp(values=values):
                return self._agreed(values)
            case ast.IfExp(body=body, orelse=orelse):
                return self._agreed([body, orelse])
            case ast.NamedExpr(value=value):
                return self.type_of(value)
            case ast.Compare():
                return self._compared(node)
            case ast.Call():
                return self._called(node)
        return self._collection(node)

    def _agreed(self, nodes: list[ast.expr]) -> str | None:
        types = {self.type_of(node) for node in nodes}
        return types.pop() if len(types) == 1 else None

    def _compared(self, node: ast.Compare) -> str | None:
        if all(isinstance(op, _ALWAYS_BOOL) for op in node.ops):
            return "bool"
        plain = all(self.type_of(side) in PLAIN for side in (node.left, *node.comparators))
        return "bool" if plain else None

    def _called(self, node: ast.Call) -> str | None:
        match node.func:
            case ast.Name(id=name) if name in _CALLS and self.is_builtin(name):
                return _CALLS[name]
            case ast.Attribute(value=value, attr=attr) if self.type_of(value) == "str":
                return _STR_METHODS.get(attr)
        return None

    def _collection(self, node: ast.expr) -> str | None:
        match node:
            case ast.List(elts=elts):
                return _of("list", self._element(elts))
            case ast.Set(elts=elts):
                return _of("set", self._element(elts))
            case ast.Dict(keys=keys, values=values):
                key = None if None in keys else self._element([k for k in keys if k])
                return _of("dict", key, self._element(values))
            case ast.Tuple(elts=elts):
                return _of("tuple", *[_plain(self.type_of(item)) for item in elts])
            case ast.ListComp(elt=elt):
                return _of("list", _plain(self.type_of(elt)))
            case ast.SetComp(elt=elt):
                return _of("set", _plain(self.type_of(elt)))
            case ast.DictComp(key=key_node, value=value):
                return _of("dict", _plain(self.type_of(key_node)), _plain(self.type_of(value)))
        return None

    def _element(self, nodes: list[ast.expr]) -> str | None:
        return _plain(self._agreed(nodes)) if nodes else None


def function_scope(function: Function, rebound: frozenset[str]) -> Scope:
    """What is known inside a function: its parameters that nothing in it binds again."""
    inside = bound(ast.Module(function.body, []))
    outside = Scope(rebound, {})
    known: dict[str, str] = {}
    for arg, default in defaults_of(function):
        kind = arg.annotation.id if isinstance(arg.annotation, ast.Name) else ""
        if kind in PLAIN and (default is None or outside.type_of(default) == kind):
            known[arg.arg] = kind
    for star, kind in ((function.args.vararg, "tuple"), (function.args.kwarg, "dict")):
        if star is not None:
            known[star.arg] = kind
    return Scope(rebound, {name: kind for name, kind in known.items() if name not in inside})


def base(annotation: str) -> str:
    """The annotation without its parameters."""
    return annotation.partition("[")[0]


def _constant(value: object) -> str | None:
    name = "None" if value is None else type(value).__name__
    return name if name in PLAIN else None


def _plain(annotation: str | None) -> str | None:
    return annotation if annotation in PLAIN else None


def _of(kind: str, *inner: str | None) -> str:
    """A collection's annotation; bare where an element's type is open."""
    known = [one for one in inner if one is not None]
    return f"{kind}[{', '.join(known)}]" if known and len(known) == len(inner) else kind


def _unary(op: ast.unaryop, operand: str | None) -> str | None:
    if isinstance(op, ast.Not):
        return "bool"
    if operand in ("int", "bool"):
        return "int"
    return operand if operand in ("float", "complex") and not isinstance(op, ast.Invert) else None


def _binary(left: str | None, op: ast.operator, right: str | None) -> str | None:
    if left == "str" and isinstance(op, ast.Mod):
        return "str"
    if left is None or right is None:
        return None
    if base(left) == base(right) == "list" and isinstance(op, ast.Add):
        return left if left == right else "list"
    if left != right and ("bytes" in (left, right) or right == "str"):
        return None
    try:
        return type(_OPERATORS[type(op)](_SAMPLES[left], _SAMPLES[right])).__name__
    except (KeyError, TypeError):
        return None
