"""Mutable defaults and bare excepts: what the code does afterwards is what counts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui.simulator.scripted_model.jobs import bare_excepts, mutable_defaults
from tui.simulator.scripted_model.jobs.first_test_source import generate_test, module_name
from tui.simulator.scripted_model.python_source import FixFindings, PythonSource, edits, parse


def fixed(find: Callable[[PythonSource], FixFindings], text: str) -> str:
    lines = tuple(text.split("\n"))
    for edit in edits(lines, find(parse("m.py", lines)).changes):
        assert text.count(edit.old) == 1
        text = text.replace(edit.old, edit.new)
    assert not find(parse("m.py", tuple(text.split("\n")))).changes, "a second run proposes more"
    return text


def run(text: str) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec(compile(text, "m.py", "exec"), space)
    return space


@pytest.mark.parametrize(
    "signature",
    ["item, items=[]", "item, *, items=[]", "item, items = list()", "item, items: list = []",
     "item, items: 'list' = []", "item, /, items=[]", "item,\n  items=[],\n"],
)  # fmt: skip
def test_a_default_is_fresh_on_every_call(signature: str):
    text = f"def add({signature}):\n    '''Doc.'''\n    items.append(item)\n    return items\n"
    add = run(fixed(mutable_defaults.find, text))["add"]
    assert callable(add)
    assert [add(1), add(2)] == [[1], [2]]
    assert add(3, items=[0]) == [0, 3]
    assert add.__doc__ == "Doc."


def test_several_defaults_of_one_function_are_guarded_in_their_order():
    text = "class A:\n\tdef f(self, a=[], b={}, c=1):\n\t\treturn a, b, c\n"
    assert fixed(mutable_defaults.find, text) == (
        "class A:\n\tdef f(self, a=None, b=None, c=1):\n"
        "\t\tif a is None:\n\t\t\ta = []\n\t\tif b is None:\n\t\t\tb = {}\n"
        "\t\treturn a, b, c\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "def f(x, _cache={}):\n    _cache[x] = 1\n",
        "def f(x, memo={}):\n    memo[x] = 1\n",
        "def f(x=[]): return x\n",
        "def f(x=[a for a in ()]):\n    return x\n",
        "Y = 1\ndef f(x=[Y]):\n    return x\n",
        "def f(x=[]):\n    if x is None:\n        return 1\n    return x\n",
        "def f(x=[]):\n    ...\n",
        "f = lambda x=[]: x\n",
        "def f(x=[\n]):\n    return x\n",
        "def list(): return 1\ndef f(x=list()):\n    return x\n",
    ],
)
def test_a_default_that_may_be_meant_is_left(text: str):
    assert fixed(mutable_defaults.find, text) == text


def test_a_bare_except_lets_the_interrupt_through_unless_it_passes_on_what_it_caught():
    text = (
        "def swallow(act):\n    try:\n        act()\n    except:\n        return 'caught'\n"
        "def clean(act, log):\n    try:\n        act()\n    except :  # all\n"
        "        log.append(1)\n        raise\n"
    )
    space = run(fixed(bare_excepts.find, text))

    def interrupt() -> None:
        raise KeyboardInterrupt

    swallow, clean = space["swallow"], space["clean"]
    assert callable(swallow)
    assert callable(clean)
    assert swallow(lambda: 1 / 0) == "caught"
    with pytest.raises(KeyboardInterrupt):
        swallow(interrupt)
    log: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        clean(interrupt, log)
    assert log == [1]


def test_an_except_in_a_string_or_comment_is_no_except():
    text = "x = 'except:'  # except:\ntry: x\nexcept ValueError: pass\n"
    assert fixed(bare_excepts.find, text) == text


def test_a_first_test_holds_when_it_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = (
        "def add(a, b):\n    return a + b * 2\ndef name():\n    return 'x'\nclass A:\n    pass\n"
    )
    (tmp_path / "calc.py").write_text(source)
    made = generate_test("calc.py", tuple(source.split("\n")))
    assert made.path == "tests/test_calc.py"
    assert "assertEqual(calc.add(2, 3), 8)" in made.content
    assert "assertEqual(calc.name(), 'x')" in made.content
    monkeypatch.syspath_prepend(tmp_path)
    import unittest

    space: dict[str, Any] = {"__name__": "made"}
    exec(compile(made.content, made.path, "exec"), space)
    case = space["CalcTest"]
    assert isinstance(case, type)
    outcome = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(outcome)
    assert outcome.testsRun == 3
    assert outcome.wasSuccessful()


@pytest.mark.parametrize(
    "source",
    ["import requests\ndef f(): pass\n", "print(1)\ndef f(): pass\n",
     "x = open('a')\ndef f(): pass\n",
     "def _f(): pass\n", "@app.get\ndef f(): pass\n", "def f(:\n"],
)  # fmt: skip
def test_no_test_is_written_for_a_module_whose_import_may_do_something(source: str):
    assert generate_test("calc.py", tuple(source.split("\n"))).reason


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.py", "a"), ("src/pkg/mod.py", "pkg.mod"), ("pkg/__init__.py", "pkg"), ("my-lib/a.py", "")],
)
def test_a_module_is_named_as_it_is_imported(path: str, name: str):
    assert module_name(path) == name
