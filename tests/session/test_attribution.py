"""Which subtask each charge belongs to: reads ahead, preparation, reports, several at once."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.session.log_events import TickingClock, prompt, started
from tui.budget.ledger import Usage
from tui.session import events as ev
from tui.session.checklist import Subtask, SubtaskUpdate
from tui.session.event_fold import apply_record
from tui.session.fallback_report import session_forecast, tokens_to_finish
from tui.session.state import SessionState
from tui.session.wrapup import WrapUp


class AttributedLog:
    """A session told call by call; every result has as many tokens as it is given."""

    def __init__(self) -> None:
        self.state = SessionState()
        self._now = TickingClock()
        self._calls = 0
        self.add(started(), prompt(1, "go"))

    def add(self, *events: ev.Event) -> None:
        for event in events:
            apply_record(self.state, ev.Record(self.state.seq + 1, self._now(), event))

    def ask(self, subtask: str | None = None, purpose: Any = "turn") -> None:
        """A request starts, charged to `subtask`."""
        self.add(
            ev.RequestStarted(
                request=self.state.request + 1,
                turn=1,
                model="m",
                effort=None,
                max_tokens=9_000,
                budget=None,
                messages=1,
                subtask=subtask,
                purpose=purpose,
            )
        )

    def answer(self, output: int, *calls: tuple[str, dict[str, Any]]) -> list[str]:
        """The answer; returns the ids of its calls."""
        ids = [f"call{self._calls + at}" for at in range(len(calls))]
        self._calls += len(calls)
        blocks = [
            {"type": "tool_use", "id": id, "name": name, "input": given}
            for id, (name, given) in zip(ids, calls, strict=True)
        ]
        self.add(
            ev.RequestFinished(
                request=self.state.request,
                message=f"msg{self.state.request}",
                model="m",
                blocks=({"type": "text", "text": "words"}, *blocks),
                usage=Usage(input=10, output=output),
                raw_usage={},
                stop_reason="end_turn",
            )
        )
        return ids

    def result(self, id: str, tokens: int, name: str = "read") -> None:
        self.add(
            ev.ToolFinished(
                request=1, tool_use=id, name=name, content="x", outcome="done", estimate=tokens
            )
        )

    def plan(self, *tasks: tuple[str, str, str], estimate: int | None = 1_000) -> None:
        """Subtasks as (id, title, state)."""
        self.add(
            ev.ChecklistChanged(
                updates=tuple(
                    SubtaskUpdate(id=id, title=title or None, state=state, estimate=estimate)  # type: ignore[arg-type]
                    for id, title, state in tasks
                )
            )
        )

    @property
    def charged(self) -> dict[str | None, int]:
        found = {id: tokens for id, tokens in self.state.ledger.by_subtask.items() if tokens}
        assert sum(found.values()) == self.state.ledger.charged
        return found


def reading(path: str) -> tuple[str, dict[str, Any]]:
    return "read", {"path": path}


def planning(*ids: str) -> tuple[str, dict[str, Any]]:
    return "checklist", {"subtasks": [{"id": id, "title": f"{id}.py"} for id in ids]}


def test_reads_asked_for_with_the_plan_go_to_the_subtasks_whose_files_they_are():
    session = AttributedLog()
    session.ask()
    plan, first, second, other = session.answer(
        0, planning("lexer", "parser"), reading("src/lexer.py"), reading("src/parser.py"),
        reading("README.md"),
    )  # fmt: skip
    session.plan(("lexer", "lexer.py", "in_progress"), ("parser", "parser.py", "pending"))
    session.result(first, 3_000)
    session.result(second, 700)
    session.result(other, 90)
    session.result(plan, 2, "checklist")
    assert session.charged == {"lexer": 3_000, "parser": 700, None: 92}


def test_what_was_read_before_the_plan_goes_to_the_subtask_that_names_it_later():
    session = AttributedLog()
    session.ask()
    one, two = session.answer(400, reading("src/lexer.py"), reading("docs/guide.md"))
    session.result(one, 3_000)
    session.result(two, 500)
    assert session.charged == {None: 3_900}
    session.plan(("t1", "annotate src/lexer.py", "pending"))
    assert session.charged["t1"] >= 3_000 + 150  # its result, and its part of the answer
    session.plan(("t1", "annotate src/parser.py", "pending"))
    assert session.charged == {None: 3_900}


def test_a_batch_does_not_fall_on_the_first_subtask():
    session = AttributedLog()
    session.plan(*((f"t{n}", f"mod{n}.py", "pending") for n in range(3)), ("t3", "", "pending"))
    session.plan(("t0", "", "in_progress"))
    session.ask("t0")
    ids = session.answer(300, *(reading(f"mod{n}.py") for n in range(3)))
    for id in ids:
        session.result(id, 5_000)
    assert session.charged == {"t0": 5_100, "t1": 5_100, "t2": 5_100}


def test_a_call_that_names_no_subtask_or_several_goes_to_the_one_at_work():
    session = AttributedLog()
    session.plan(("a", "annotate x.py", "in_progress"), ("b", "test x.py", "pending"))
    session.ask("a")
    both, none, run = session.answer(
        0, reading("x.py"), ("grep", {"pattern": "def"}), ("bash", {"command": "pytest -q y.py"})
    )
    for id in (both, none, run):
        session.result(id, 100)
    assert session.charged == {"a": 300}


def test_a_command_that_names_the_file_of_one_subtask_goes_to_it():
    session = AttributedLog()
    session.plan(("a", "x.py", "in_progress"), ("b", "tests/test_y.py", "pending"))
    session.ask("a")
    (run,) = session.answer(0, ("bash", {"command": "cd . && python -m pytest tests/test_y.py -q"}))
    session.result(run, 100, "bash")
    assert session.charged == {"b": 100}


def test_preparation_is_no_overhead_of_the_plan():
    """12,000 tokens before the plan, none of them beside it."""
    session = AttributedLog()
    session.ask()
    look, plan = session.answer(2_000, ("grep", {"pattern": "def"}), planning("a", "b"))
    session.result(look, 10_000, "grep")
    session.plan(("a", "a.py", "in_progress"), ("b", "b.py", "pending"))
    session.result(plan, 2, "checklist")
    assert session.charged == {None: 12_002}
    assert session.state.ledger.overhead == 0


def test_filing_the_report_changes_neither_the_figure_nor_a_subtask():
    """Three done as estimated, and 600 of the 1,000 of the fourth."""
    session = AttributedLog()
    for name in "acd":
        session.plan((name, f"{name}.py", "in_progress"))
        session.ask(name)
        session.answer(1_000)
        session.plan((name, f"{name}.py", "done"))
    session.plan(("b", "b.py", "in_progress"))
    session.ask("b")
    session.answer(600)
    before = tokens_to_finish(session.state)
    session.ask("b")
    mark, file = session.answer(
        3_000, ("checklist", {"subtasks": [{"id": "b"}]}), ("wrap_up", {"done": ["a"]})
    )
    session.result(mark, 20, "checklist")
    session.add(ev.WrappedUp(turn=1, report=WrapUp(done=("a",), not_started=("b",)), by="model"))
    session.result(file, 40, "wrap_up")
    session.ask("b")
    session.answer(500)
    assert tokens_to_finish(session.state) == before == 400
    three = dict.fromkeys("acd", 1_000)
    assert session.charged == {**three, "b": 600, None: 3_560}


def test_a_landing_is_charged_to_no_subtask_and_work_after_more_budget_is_again():
    session = AttributedLog()
    session.plan(("a", "a.py", "in_progress"))
    session.ask("a", "landing")
    session.answer(300)
    session.add(ev.WrappedUp(turn=1, report=WrapUp(in_progress=("a",)), by="model"))
    session.add(ev.BudgetExtended(by=50_000))
    session.ask("a")
    session.answer(70)
    assert session.charged == {None: 300, "a": 70}


def test_subtasks_done_together_are_told_with_the_one_that_was_charged():
    session = AttributedLog()
    session.plan(("mod20", "", "in_progress"), ("mod21", "", "pending"), ("mod22", "", "pending"))
    session.ask("mod20")
    session.answer(616)
    session.plan(("mod20", "", "done"), ("mod21", "", "done"), ("mod22", "", "in_progress"))
    assert session.charged == {"mod20": 616}
    assert session.state.attribution.done_together_with == {"mod21": "mod20"}


def test_a_message_is_shared_in_proportion_to_its_calls_and_settles_to_the_token():
    session = AttributedLog()
    session.plan(("a", "a.py", "in_progress"), ("b", "b.py", "pending"))
    session.ask("a")
    session.answer(
        1_001,
        ("edit", {"path": "a.py", "new_string": "x" * 1_000}),
        ("edit", {"path": "b.py", "new_string": "x" * 1_000}),
    )
    assert session.charged == {"a": 501, "b": 500}


NAMES = ["a", "b", "src/a.py", "src/b.py", "fix a.py", "test b.py and a.py", "src/", "words"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.sampled_from(NAMES), st.sampled_from("abc")),
        st.tuples(st.just("work"), st.sampled_from(NAMES), st.integers(0, 5_000)),
        st.tuples(st.just("report"), st.just(""), st.integers(0, 5_000)),
    ),
    max_size=25,
)


def told(steps: list[tuple[str, str, Any]], *, plans: bool) -> Iterator[AttributedLog]:
    """A session of such steps, after each of them; without its plans nothing has an owner."""
    session = AttributedLog()
    for what, name, more in steps:
        if what == "plan" and plans:
            session.plan((more, name, "in_progress"))
        if what == "work":
            session.ask(next(iter(session.state.checklist), None))
            id, other = session.answer(more, reading(name), reading("src/b.py"))
            session.result(id, more)
            session.result(other, 7)
        if what == "report":
            session.ask("a" if plans else None)
            session.answer(more, ("wrap_up", {}))
            session.add(ev.WrappedUp(turn=1, report=WrapUp(estimate_to_finish=more), by="model"))
        yield session


@given(STEPS)
def test_all_rows_add_up_to_what_is_charged_whatever_happens(
    steps: list[tuple[str, str, int | str]],
):
    for owned, plain in zip(told(steps, plans=True), told(steps, plans=False), strict=True):
        ledger = owned.state.ledger
        assert ledger.charged == plain.state.ledger.charged
        assert sum(ledger.by_subtask.values()) == ledger.charged
        assert sum(ledger.unsettled_by_subtask.values()) == ledger.unsettled
        assert 0 <= ledger.overhead <= ledger.by_subtask.get(None, 0)
        found = session_forecast(owned.state)
        if found is not None and found.to_finish is not None:
            assert sum(found.by_subtask.values()) == found.to_finish


@pytest.mark.parametrize(
    ("title", "path", "named"),
    [
        ("src/parse.py", "src/parse.py", True),
        ("annotate `parse.py`", "src/parse.py", True),
        ("annotate parse.py: two functions.", "./src/parse.py", True),
        ("src/parse.py", "/home/me/proj/src/parse.py", True),
        ("/home/me/proj/src/parse.py", "src/parse.py", True),
        ("mod20", "pkg/mod20.py", True),
        ("the 7 files under src/io", "src/io/read.py", True),
        ("everything in io/", "src/io/read.py", True),
        ("parse the arguments", "src/parse.py", False),
        ("lib/parse.py", "src/parse.py", False),
        ("reparse.py", "src/parse.py", False),
        ("parse.pyi", "src/parse.py", False),
        ("run the tests", "tests/test_a.py", False),
        ("src/parse.py", "src", False),
        ("", "src/parse.py", False),
        ("…", "", False),
    ],
)
def test_a_title_names_files_by_whole_words(title: str, path: str, named: bool):
    session = AttributedLog()
    session.add(ev.ChecklistChanged(updates=(SubtaskUpdate(id="t", title=title, state="pending"),)))
    assert session.state.checklist["t"] == Subtask(id="t", title=title)
    session.ask()
    (id,) = session.answer(0, reading(path))
    session.result(id, 9)
    assert session.charged == {("t" if named else None): 9}


def test_the_most_specific_title_wins():
    session = AttributedLog()
    session.plan(
        ("dir", "all of src/", "pending"),
        ("file", "parse.py", "pending"),
        ("long", "src/parse.py", "pending"),
    )
    session.ask()
    one, two, three = session.answer(
        0, reading("src/parse.py"), reading("lib/parse.py"), reading("src/lexer.py")
    )
    for id, tokens in ((one, 1), (two, 20), (three, 300)):
        session.result(id, tokens)
    assert session.charged == {"long": 1, "file": 20, "dir": 300}
