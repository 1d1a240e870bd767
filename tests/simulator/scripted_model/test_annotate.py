"""Return annotations: what is certain is added, the rest is left, nothing else changes."""

import ast
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.simulator.scripted_model.jobs import return_annotations
from tui.simulator.scripted_model.python_source import UnreadableSource, edits, parse


def lines_of(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n"))


def annotated(text: str) -> str:
    """The text after all proposed edits, each applied as a client would."""
    lines = lines_of(text)
    found = return_annotations.find(parse("m.py", lines))
    for edit in edits(lines, found.changes):
        assert text.count(edit.old) == 1, f"{edit.old!r} is not unique"
        text = text.replace(edit.old, edit.new)
    return text


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x = 1", "None"),
        ("return", "None"),
        ("return None", "None"),
        ("return 1", "int"),
        ("return -1", "int"),
        ("return True", "bool"),
        ("return not a", "bool"),
        ("return a is None", "bool"),
        ("return a in [1]", "bool"),
        ("return isinstance(a, int)", "bool"),
        ("return 'x'", "str"),
        ("return f'{a}'", "str"),
        ("return ', '.join(a)", "str"),
        ("return str(a).upper()", "str"),
        ("return b'x'", "bytes"),
        ("return len(a)", "int"),
        ("return [1, 2]", "list"),
        ("return []", "list"),
        ("return [x for x in a]", "list"),
        ("return {'a': 1}", "dict"),
        ("return (1, 'a')", "tuple"),
        ("return print(a)", "None"),
        ("if a:\n        return 'x'\n    return 'y'", "str"),
        ("try:\n        return 1\n    except ValueError:\n        return 2", "int"),
        ("with open(a) as f:\n        return 'x'", "str"),
        ("while True:\n        return 1", "int"),
        ("n = 1\n    return [n for n in a]", "list"),
        # Not certain without inference, or not of one type: left alone.
        ("if a:\n        return 'x'", None),
        ("while True:\n        if a:\n            return 'x'\n        break", None),
        ("return 1 / 2", None),
        ("return 'a %s' % a", None),
        ("found = []\n    found.append(a)\n    return found", None),
        ("n = 0\n    for x in a:\n        n += 1\n    return n", None),
        ("return a", None),
        ("return a.b", None),
        ("return a == 1", None),
        ("return a < 1", None),
        ("return a + 1", None),
        ("return a or 'x'", None),
        ("yield 1", None),
        ("raise ValueError", None),
        ("while True:\n        pass", None),
        ("return 1 if a else 'x'", None),
        ("n = 0\n    n += a\n    return n", None),
        ("n = 0\n    n, m = a\n    return n", None),
        ("n = 0\n    for n in a:\n        pass\n    return n", None),
        ("n = 0\n    def g():\n        nonlocal n\n        n = 'x'\n    g()\n    return n", None),
        ("with a:\n        return 1", None),
        ("str = a\n    return str(a)", None),
        ("...", None),
        ("raise NotImplementedError", None),
    ],
)
def test_the_annotation_is_what_the_language_guarantees(body: str, expected: str | None):
    text = f"def f(a):\n    {body}\n"
    tree = ast.parse(annotated(text))
    assert isinstance(tree.body[0], ast.FunctionDef)
    found = tree.body[0].returns
    assert (ast.unparse(found) if found else None) == expected


@pytest.mark.parametrize(
    "text",
    [
        "from typing import overload\n@overload\ndef f(a: int): ...\n",
        "@app.get('/')\ndef f():\n    return 1\n",
        "class A:\n    def f(self): ...\n",
        "class A:\n    def f(self):\n        pass\n",
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self):\n        'x'\n",
        "def f(a):\n    # type: (int) -> str\n    return 'x'\n",
        "str = 3\ndef f(a):\n    return f'{a}'\n",
        "from os import *\ndef f():\n    return 'x'\n",
        "def f() -> int:\n    return 1\n",
    ],
)
def test_what_may_mean_something_else_is_left_byte_for_byte(text: str):
    assert annotated(text) == text


def test_an_annotated_parameter_has_its_type_until_it_is_bound_again():
    text = "def f(a: str):\n    return a.split()\n"
    assert "def f(a: str) -> list[str]:" in annotated(text)
    assert annotated(text.replace("    return", "    a = 1\n    return")).count("->") == 0


def test_multi_line_signatures_comments_and_odd_names_keep_their_layout():
    text = (
        "async def größe(\n    α,  # ) -> int:\n    b={'x': (1, 2)},\n):  # end\n"
        "\treturn 1\n\n\nclass A:\n\t@property\n\tdef b(self): return True\n"
    )
    assert annotated(text) == text.replace("):  # end", ") -> int:  # end").replace(
        "def b(self):", "def b(self) -> bool:"
    )


def test_carriage_returns_and_a_byte_order_mark_survive():
    text = "\ufeffdef f():\r\n    return 1\r\n\r\ndef g(a):\r\n    a()\r\n"
    wanted = text.replace("def f():", "def f() -> int:").replace("def g(a):", "def g(a) -> None:")
    assert annotated(text) == wanted


@pytest.mark.parametrize("text", ["def f(:\n", "x = 'a\n", "return 1\n", "a\rb = 1\n", "\0"])
def test_a_file_that_does_not_parse_is_refused_with_a_reason(text: str):
    with pytest.raises(UnreadableSource) as caught:
        parse("m.py", lines_of(text))
    assert caught.value.reason


# Generated sources ---------------------------------------------------------------------

names = st.sampled_from(["a", "b", "self", "größe", "list", "n"])
values = st.recursive(
    st.one_of(
        st.sampled_from(["None", "1", "2.5", "True", "'x'", "f'{a}'", "[]", "{}", "...", "b''"]),
        names,
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "and", "or", "==", "in"]), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        inner.map(lambda v: f"(not {v})"),
        inner.map(lambda v: f"[{v}]"),
        inner.map(lambda v: f"str({v})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]}, {p[1]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
    ),
    max_leaves=4,
)


def indent(text: str, tab: str) -> str:
    return "\n".join(tab + line for line in text.split("\n"))


def statements(depth: int) -> st.SearchStrategy[str]:
    plain = st.one_of(
        values.map(lambda v: f"return {v}"),
        st.tuples(names, values).map(lambda p: f"{p[0]} = {p[1]}"),
        st.sampled_from(["pass", "return", "raise ValueError", "yield 1", "'''Doc.'''", "a()"]),
    )
    if not depth:
        return plain
    inner = st.lists(statements(depth - 1), min_size=1, max_size=2).map("\n".join)
    tabs = st.sampled_from(["    ", "\t", "  "])
    heads = st.sampled_from(
        ["if a:", "for n in a:", "while True:", "with open(a) as b:", "try:", "def inner(b):",
         "async def inner(b, *, c=1):", "class C:"]
    )  # fmt: skip

    def block(parts: tuple[str, str, str]) -> str:
        head, body, tab = parts
        tail = f"\nexcept Exception:\n{tab}return 1" if head == "try:" else ""
        return f"{head}\n{indent(body, tab)}{tail}"

    return st.one_of(plain, st.tuples(heads, inner, tabs).map(block))


functions = st.tuples(
    st.sampled_from(["def f(a):", "def f(a, *, b: int = 1,\n    c=(1, 2)):", "async def f(a) :"]),
    st.lists(statements(2), min_size=1, max_size=4).map("\n".join),
).map(lambda p: f"{p[0]}\n{indent(p[1], '    ')}\n")


@settings(max_examples=150, deadline=None)
@given(st.lists(functions, min_size=1, max_size=3).map("\n".join), st.booleans())
def test_an_edit_changes_nothing_but_annotations_and_a_second_run_nothing(text: str, windows: bool):
    try:
        compile(text, "m.py", "exec")
    except SyntaxError:
        return
    text = text.replace("\n", "\r\n") if windows else text
    after = annotated(text)
    compile(after, "m.py", "exec")
    tree = ast.parse(after)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
    assert ast.dump(tree) == ast.dump(ast.parse(text))
    assert annotated(after) == after


@settings(max_examples=150, deadline=None)
@given(values)
def test_an_annotation_is_true_of_the_value_that_comes_out(value: str):
    text = f"def f(a, b, self, größe, n):\n    return {value}\n"
    tree = ast.parse(annotated(text))
    assert isinstance(tree.body[0], ast.FunctionDef)
    if tree.body[0].returns is None:
        return
    space: dict[str, Any] = {}
    exec(compile(text, "m.py", "exec"), space)
    function = space["f"]
    assert callable(function)
    for arguments in [(1, 2, 3, 4, 5), ("x", "y", "z", "u", "v"), ([1], [2], [3], [], [5])]:
        try:
            found = function(*arguments)
        except (TypeError, ArithmeticError):
            continue
        kind = ast.unparse(tree.body[0].returns).partition("[")[0]
        assert kind == ("None" if found is None else type(found).__name__)
