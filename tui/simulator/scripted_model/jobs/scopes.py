"""What is known inside one function: the types of its parameters and local variables."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tui.simulator.scripted_model.jobs.python_names import Function, arguments, own
from tui.simulator.scripted_model.jobs.type_inference import PLAIN, Scope, base
from tui.simulator.scripted_model.python_source import PythonSource

Bindings = dict[str, list[ast.expr | None]]
"""Values assigned to each local name; None stands for one that cannot be seen."""

_SAFE_BASES = frozenset({"object", "Exception", "ValueError", "RuntimeError"})
_SAFE_CLASS_DECORATORS = frozenset({"dataclass", "dataclasses.dataclass", "final"})


def file_scope(source: PythonSource, rebound: frozenset[str]) -> Scope:
    """What holds everywhere in a file: its plain functions and classes, named once."""
    counts = times_bound(source.tree)
    results: dict[str, str] = {}
    awaited: dict[str, str] = {}
    for node in source.tree.body:
        if isinstance(node, Function) and counts[node.name] == 1 and not node.decorator_list:
            declared = _declared(node.returns)
            if declared is not None:
                (results if isinstance(node, ast.FunctionDef) else awaited)[node.name] = declared
    classes = {
        node.name: node.name
        for node in source.tree.body
        if isinstance(node, ast.ClassDef) and counts[node.name] == 1 and makes_instances(node)
    }
    return Scope(rebound, results=results, awaited=awaited, classes=classes)


def function_scope(scene: Scope, function: Function) -> Scope:
    """The scene inside a function: names are added once all their values agree."""
    bindings = _bindings(function)
    known = _parameters(scene, function, bindings)
    while True:
        fresh = {
            name: found
            for name, values in bindings.items()
            if name not in known and (found := _settled(scene, known, name, values))
        }
        if not fresh:
            return replace(scene, local=_hide_unknown(known, bindings, function))
        known |= fresh


def makes_instances(node: ast.ClassDef) -> bool:
    """Whether calling the class surely gives an instance of it."""
    bases = all(isinstance(b, ast.Name) and b.id in _SAFE_BASES for b in node.bases)
    decorated = all(
        ast.unparse(d.func if isinstance(d, ast.Call) else d) in _SAFE_CLASS_DECORATORS
        for d in node.decorator_list
    )
    new = any(isinstance(n, Function) and n.name == "__new__" for n in node.body)
    return bases and decorated and not new and not node.keywords


def _hide_unknown(known: dict[str, str], bindings: Bindings, function: Function) -> dict[str, str]:
    """Known types, and a word for every other local name, so that it hides a global one."""
    names = {*bindings, *(arg.arg for arg in arguments(function))}
    return {**dict.fromkeys(names, "?"), **known}


def _declared(annotation: ast.expr | None) -> str | None:
    match annotation:
        case ast.Constant(value=None):
            return "None"
        case ast.Name(id=name) if name in PLAIN:
            return name
    return None


def times_bound(tree: ast.Module) -> Counter[str]:
    """How often each name is bound, anywhere in the file."""
    counts: Counter[str] = Counter()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                counts[name] += 1
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                counts[name] += 1
            case ast.alias(name=name, asname=asname):
                counts[asname or name.partition(".")[0]] += 1
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                counts.update(names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                counts[name] += 1
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                counts[name] += 1
    return counts


def _parameters(scene: Scope, function: Function, bindings: Bindings) -> dict[str, str]:
    spec = function.args
    named = [*spec.posonlyargs, *spec.args]
    defaults: dict[str, ast.expr] = {}
    if spec.defaults:
        given = named[-len(spec.defaults) :]
        defaults.update((a.arg, d) for a, d in zip(given, spec.defaults, strict=True))
    pairs = zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    defaults.update((arg.arg, value) for arg, value in pairs if value is not None)
    known = {}
    for arg in (*named, *spec.kwonlyargs):
        kind = _declared(arg.annotation)
        default = defaults.get(arg.arg)
        fits = default is None or scene.type_of(default) == kind
        if kind not in (None, "None") and fits and arg.arg not in bindings:
            known[arg.arg] = str(kind)
    for star, kind in ((spec.vararg, "tuple"), (spec.kwarg, "dict")):
        if star is not None and star.arg not in bindings:
            known[star.arg] = kind
    return known


def _bindings(function: Function) -> Bindings:
    found: Bindings = {}
    for node in own(function):
        for name, value in _assigned(node):
            found.setdefault(name, []).append(value)
    for node in ast.walk(function):
        # A nested function may rebind what it names nonlocal, whenever it runs.
        if isinstance(node, ast.Nonlocal | ast.Global):
            for name in node.names:
                found.setdefault(name, []).append(None)
    return found


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
            yield name, ast.BinOp(ast.Name(name, ast.Load()), op, value)
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.For() | ast.AsyncFor():
            yield from ((name, None) for name in _stored(node))
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.withitem() | ast.Delete():
            yield from ((name, None) for name in _stored(node))
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, None
        case ast.alias(name=name, asname=asname):
            yield asname or name.partition(".")[0], None
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name, None
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name, None


def _stored(node: ast.AST) -> Iterator[str]:
    """Names stored by a statement's own targets; nested statements are visited on their own."""
    targets = [
        target
        for field in ("targets", "target", "optional_vars")
        if (target := getattr(node, field, None)) is not None
    ]
    for target in targets:
        for one in target if isinstance(target, list) else [target]:
            yield from (n.id for n in ast.walk(one) if isinstance(n, ast.Name) and _stores(n))


def _stores(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store | ast.Del)


def _settled(
    scene: Scope, known: dict[str, str], name: str, values: list[ast.expr | None]
) -> str | None:
    """The one type all values have, assuming the name itself has it already."""
    first = next((kind for v in values if v is not None and (kind := _kind(scene, known, v))), None)
    if first is None or first == "None":
        return None
    assumed = {**known, name: first}
    agree = all(v is not None and _kind(scene, assumed, v) == first for v in values)
    return first if agree else None


def _kind(scene: Scope, known: dict[str, str], value: ast.expr) -> str | None:
    kind = replace(scene, local=known).type_of(value)
    # What a variable holds may be filled with anything later: only the collection is sure.
    return base(kind) if kind and base(kind) in ("list", "dict", "set") else kind
