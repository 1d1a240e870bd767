"""Where control can go in a function: whether it can run off its end.

Three answers: `never` (every path returns, raises or loops for ever), `falls` (some path
surely reaches the end) and `unsure`, which callers treat as a reason to leave it alone.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import Literal

End = Literal["never", "falls", "unsure"]

_KEEPS_ERRORS = ("open", "lock", "closing")
"""Context managers, by the end of their name, that do not swallow exceptions."""
_SWALLOWS = ("suppress", "raises")


def end(body: Iterable[ast.stmt]) -> End:
    """What happens at the end of a row of statements."""
    last: End = "falls"
    for statement in body:
        here = _end_of(statement)
        if here == "never":
            return "never"
        last = here
    return last


def _end_of(statement: ast.stmt) -> End:
    match statement:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return "never"
        case ast.If(body=body, orelse=orelse):
            return _all(end(body), end(orelse))
        case ast.While() | ast.For() | ast.AsyncFor():
            return _loop(statement)
        case ast.Try():
            return _try(statement)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            return _with(items, end(body))
        case ast.Match(cases=cases):
            return _match(cases)
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.Assert():
            # It may be one of those that never return, such as `sys.exit`.
            return "unsure"
    # `try … except*` and whatever later Pythons add.
    return "unsure" if isinstance(getattr(statement, "body", None), list) else "falls"


def _all(*ends: End) -> End:
    if all(one == "never" for one in ends):
        return "never"
    return "falls" if "falls" in ends else "unsure"


def _loop(loop: ast.While | ast.For | ast.AsyncFor) -> End:
    breaks = any(isinstance(node, ast.Break) for node in _of_this_loop(loop.body))
    if isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant) and loop.test.value:
        return "falls" if breaks else "never"
    if loop.orelse and not breaks:
        return end(loop.orelse)
    return "falls"


def _of_this_loop(body: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            waiting.extend(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def _try(statement: ast.Try) -> End:
    if end(statement.finalbody) == "never":
        return "never"
    handlers = [end(handler.body) for handler in statement.handlers]
    return _all(end([*statement.body, *statement.orelse]), *handlers)


def _with(items: list[ast.withitem], body: End) -> End:
    names = [_name(item.context_expr) for item in items]
    if any(name.endswith(_SWALLOWS) for name in names):
        return "falls"
    if body == "never" and not all(name.endswith(_KEEPS_ERRORS) for name in names):
        return "unsure"
    return body


def _name(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).lower()


def _match(cases: list[ast.match_case]) -> End:
    ends = [end(case.body) for case in cases]
    whole = any(
        case.guard is None and isinstance(case.pattern, ast.MatchAs) and not case.pattern.pattern
        for case in cases
    )
    return "unsure" if _all(*ends) == "never" and not whole else _all(*ends)
