"""A first test for a module: only what its source makes certain, so that it passes.

The module is imported by the test, so only modules are taken whose import does nothing
but define things.
"""

import ast
import builtins
import re
import sys
from dataclasses import dataclass

from tui.simulator.scripted_model.jobs.python_names import Function, bound, without_docstring
from tui.simulator.scripted_model.python_source import (
    PythonSource,
    UnreadableSource,
    parse,
    tree_of,
)

_STDLIB = sys.stdlib_module_names
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


@dataclass(frozen=True, slots=True)
class GeneratedTest:
    """A test file to be written, or the reason why there is none."""

    path: str = ""
    content: str = ""
    reason: str = ""


def module_name(path: str) -> str:
    """The dotted name a module is imported by; empty where it has none."""
    parts = path.removeprefix("./").removesuffix(".py").split("/")
    parts = parts[1:] if parts[0] == "src" else parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else ""


def test_path(path: str) -> str:
    """Where the test of a module goes."""
    return f"tests/test_{module_name(path).replace('.', '_')}.py"


def generate_test(path: str, lines: tuple[str, ...]) -> GeneratedTest:
    """The first test of a module."""
    module = module_name(path)
    if not module or path.startswith("/"):
        return GeneratedTest(reason="it cannot be imported by a name")
    if module.partition(".")[0] in _STDLIB:
        return GeneratedTest(reason="its name is that of a module of Python itself")
    try:
        source = parse(path, lines)
    except UnreadableSource as broken:
        return GeneratedTest(reason=broken.reason)
    if reason := _unfit(source, module.partition(".")[0]):
        return GeneratedTest(reason=reason)
    public = [n.name for n in source.tree.body if isinstance(n, Function | ast.ClassDef)]
    public = [name for name in public if not name.startswith("_")]
    if not public:
        return GeneratedTest(reason="it defines nothing public")
    content = _content(source, module, public, under_src=path.startswith("src/"))
    tree_of(content)
    return GeneratedTest(test_path(path), content)


def without_import(path: str, content: str) -> str:
    """A test in the place of one that did not pass: of the source, without importing it.

    Args:
        path: The module.
        content: The first test of it.
    """
    names = re.findall(r"for name in \((.*?),?\):", content)
    title = re.findall(r"^class (\w+)", content, re.MULTILINE)
    rows = [
        f'"""First tests of `{module_name(path)}`, of its source: importing it fails here."""', "",
        "import ast", "import unittest", "from pathlib import Path", "",
        f"SOURCE = Path(__file__).parents[1] / {path.removeprefix('./')!r}", "", "",
        f"class {title[0] if title else 'ModuleTest'}(unittest.TestCase):",
        '    """What is certain without running it."""', "",
        "    def test_its_source_defines_its_public_names(self) -> None:",
        "        tree = ast.parse(SOURCE.read_bytes())",
        '        names = {getattr(node, "name", "") for node in tree.body}',
        f"        self.assertLessEqual({{{names[0] if names else ''}}}, names)", "", "",
        'if __name__ == "__main__":', "    unittest.main()", "",
    ]  # fmt: skip
    return "\n".join(rows)


def _unfit(source: PythonSource, package: str) -> str:
    """Why importing the module could do more than define things, or fail."""
    known = bound(source.tree) | set(dir(builtins))
    for decorated in ast.walk(source.tree):
        for decorator in getattr(decorated, "decorator_list", []):
            missing = [n.id for n in ast.walk(decorator) if isinstance(n, ast.Name)]
            missing = [name for name in missing if name not in known]
            if missing and "*" not in known:
                return f"the name `{missing[0]}` is not defined in it"
    for node in source.tree.body:
        match node:
            case ast.Import(names=names):
                roots = [alias.name.partition(".")[0] for alias in names]
            case ast.ImportFrom(module=str(name), level=0):
                roots = [name.partition(".")[0]]
            case ast.Assign() | ast.AnnAssign() if not _does_something(node):
                roots = []
            case (
                ast.ImportFrom() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef()
                | ast.Expr(value=ast.Constant()) | ast.Pass()
                | ast.If(test=ast.Compare(left=ast.Name(id="__name__")))
            ):  # fmt: skip
                roots = []
            case _:
                return f"importing it runs code (line {node.lineno})"
        foreign = [r for r in roots if r not in _STDLIB and r != package]
        if foreign:
            return f"it needs `{foreign[0]}`, which may not be installed"
    return ""


def _does_something(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Call | ast.Await | ast.Subscript) for n in ast.walk(node)
               if n is not getattr(node, "annotation", None))  # fmt: skip


def _content(source: PythonSource, module: str, public: list[str], *, under_src: bool) -> str:
    package, _, last = module.rpartition(".")
    found = f"from {package} import {last}" if package else f"import {last}"
    imports = ["import unittest", "", found]
    if under_src:
        imports = ["import sys", "import unittest", "from pathlib import Path", "",
                   'sys.path.insert(0, str(Path(__file__).parents[1] / "src"))', "",
                   f"{found}  # noqa: E402"]  # fmt: skip
    title = "".join(part.capitalize() for part in re.split(r"[._]", module)) or "Module"
    names = ", ".join(f'"{name}"' for name in public)
    rows = [
        f'"""First tests of `{module}`: what its source makes certain."""', "", *imports, "", "",
        f"class {title}Test(unittest.TestCase):",
        f'    """What is certain of `{module}`."""', "",
        "    def test_its_public_names_can_be_called(self) -> None:",
        f"        for name in ({names}{',' if len(public) == 1 else ''}):",
        f"            self.assertTrue(callable(getattr({last}, name)), name)",
    ]  # fmt: skip
    for function in source.tree.body:
        if isinstance(function, ast.FunctionDef) and (case := _case(function)):
            call, value = case
            rows += ["", f"    def test_{function.name}_gives_what_it_says(self) -> None:",
                     f"        self.assertEqual({last}.{call}, {value})"]  # fmt: skip
    return "\n".join([*rows, "", "", 'if __name__ == "__main__":', "    unittest.main()", ""])


def _case(function: ast.FunctionDef) -> tuple[str, str] | None:
    """A call with its certain value, for functions that are one expression."""
    body = without_docstring(function.body)
    spec = function.args
    plain = not (spec.vararg or spec.kwarg or spec.kwonlyargs or spec.defaults)
    match body:
        case [ast.Return(value=ast.expr() as value)] if plain and not function.decorator_list:
            if function.name.startswith("_"):
                return None
        case _:
            return None
    names = [arg.arg for arg in (*spec.posonlyargs, *spec.args)]
    given = {name: number for number, name in enumerate(names, 2)}
    if not names and isinstance(value, ast.Constant) and value.value is not ...:
        return f"{function.name}()", repr(value.value)
    result = _value(value, given)
    numbers = ", ".join(str(number) for number in given.values())
    return None if result is None or not names else (f"{function.name}({numbers})", str(result))


def _value(node: ast.expr, given: dict[str, int]) -> int | None:
    """The value of plain arithmetic on small whole numbers."""
    match node:
        case ast.Constant(value=int() as number) if not isinstance(number, bool):
            return number if abs(number) < 1000 else None
        case ast.Name(id=name):
            return given.get(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            a, b = _value(left, given), _value(right, given)
            if a is None or b is None:
                return None
            return {"+": a + b, "-": a - b, "*": a * b}[_ARITHMETIC[type(op)]]
    return None
