"""Names and scopes of a Python file: what may be rebound, and what belongs to a function."""

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef
Scope = Function | ast.ClassDef | ast.Lambda


def own(function: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a function's body that run in the function itself, not in nested scopes."""
    waiting: list[ast.AST] = list(reversed(getattr(function, "body", [])))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Scope):
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def arguments(function: Function | ast.Lambda) -> list[ast.arg]:
    """All parameters, in the order of the signature."""
    spec = function.args
    stars = [arg for arg in (spec.vararg, spec.kwarg) if arg is not None]
    return [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *stars]


def defaults_of(function: Function) -> list[tuple[ast.arg, ast.expr | None]]:
    """All parameters but those with a star, each with its default."""
    spec = function.args
    named = [*spec.posonlyargs, *spec.args]
    bare = [None] * (len(named) - len(spec.defaults))
    positional = zip(named, [*bare, *spec.defaults], strict=True)
    return [*positional, *zip(spec.kwonlyargs, spec.kw_defaults, strict=True)]


def bound(tree: ast.AST) -> frozenset[str]:
    """Every name bound anywhere below `tree`; `*` means a star import."""
    return frozenset(name for node in ast.walk(tree) for name in _binds(node))


def _binds(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name):
            yield name
        case ast.alias(name=name, asname=asname):
            yield asname or name.partition(".")[0]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
        case _:
            # Type parameters exist as nodes from Python 3.12 on.
            if type(node).__name__ in ("TypeVar", "ParamSpec", "TypeVarTuple"):
                yield str(getattr(node, "name", ""))


def functions(tree: ast.Module) -> list[tuple[Function, tuple[ast.AST, ...]]]:
    """Every function in its order, with the scopes around it, outermost first."""
    waiting: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    found: list[tuple[Function, tuple[ast.AST, ...]]] = []
    while waiting:
        node, around = waiting.pop()
        inside = (*around, node) if isinstance(node, Scope) else around
        if isinstance(node, Function):
            found.append((node, around))
        waiting.extend((child, inside) for child in ast.iter_child_nodes(node))
    return sorted(found, key=lambda pair: (pair[0].lineno, pair[0].col_offset))


def qualified(function: ast.AST, around: tuple[ast.AST, ...]) -> str:
    """A function's or class's name with the names around it: `Parser.feed`."""
    names = [getattr(node, "name", "") for node in (*around, function)]
    return ".".join(name for name in names if name)


def decorators(node: Function) -> list[str]:
    """The dotted names of the decorators, without their arguments."""
    return [ast.unparse(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list]


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a body that do something."""
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return body


def is_stub(function: Function) -> bool:
    """Whether a body is a placeholder: `...`, `pass`, a docstring or `NotImplementedError`."""
    match without_docstring(function.body):
        case [] | [ast.Pass()] | [ast.Expr(value=ast.Constant())]:
            return True
        case [ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name)))]:
            return name == "NotImplementedError"
    return False
