"""Traces of turns that get on, and of turns that do not: after which request each is paused.

A trace is written as requests, each with its calls: `read a` is a call whose result is what
stands behind `->`; `!` before the result makes it an error, `?` a denial, `*` a changed file.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tui.agent.loop_detection import LoopDetector
from tui.budget.ledger import Usage
from tui.budget.loop_thresholds import LoopThresholds
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.wrapup import WrapUp

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PATIENCE = LoopThresholds(same_result=3, failed_calls=6, requests_without_progress=20)


class Trace:
    """One turn, as the log would have it."""

    def __init__(self, patience: LoopThresholds = PATIENCE) -> None:
        self.watch = LoopDetector(patience)
        self.request = 0

    def take(self, *events: ev.Event) -> None:
        for event in events:
            self.watch.observe(event)

    def ask(self, *calls: tuple[str, dict[str, object]], purpose: str = "turn") -> None:
        """A request, and the message with these calls."""
        self.request += 1
        self.take(
            ev.RequestStarted(
                request=self.request,
                turn=1,
                model="m",
                effort=None,
                max_tokens=1,
                budget=None,
                messages=1,
                purpose=purpose,  # type: ignore[arg-type]
            ),
            ev.RequestFinished(
                request=self.request,
                message=f"m{self.request}",
                model="m",
                blocks=tuple(
                    {
                        "type": "tool_use",
                        "id": f"t{self.request}.{at}",
                        "name": name,
                        "input": given,
                    }
                    for at, (name, given) in enumerate(calls)
                ),
                usage=Usage(output=100, reported=True),
                raw_usage={},
                stop_reason="tool_use",
                dollars=Decimal("0.02"),
            ),
        )

    def answer(self, at: int, name: str, result: str, *, asked: dict[str, object]) -> None:
        """The result of call `at` of the last message."""
        failed, changed = result.startswith("!"), result.startswith("*")
        outcome = "denied" if result.startswith("?") else "error" if failed else "done"
        if name == "wrap_up" and not failed:
            self.take(ev.WrappedUp(turn=1, report=WrapUp()))
        if name == "checklist" and not failed:
            updates = [SubtaskUpdate(**each) for each in asked["subtasks"]]  # type: ignore
            self.take(ev.ChecklistChanged(updates=tuple(updates)))
        self.take(
            ev.ToolFinished(
                request=self.request,
                tool_use=f"t{self.request}.{at}",
                name=name,
                content=result.lstrip("!*?"),
                outcome=outcome,  # type: ignore[arg-type]
                estimate=10,
                changes=(ev.FileChange(path="f", added=1),) if changed else (),
            )
        )

    def step(self, *calls: tuple[str, dict[str, object], str]) -> None:
        """A request whose calls are answered."""
        self.ask(*((name, given) for name, given, _ in calls))
        for at, (name, given, result) in enumerate(calls):
            self.answer(at, name, result, asked=given)


Call = tuple[str, dict[str, Any], str]


def bash(command: str, result: str) -> Call:
    return ("bash", {"command": command}, result)


def read(path: str, result: str = "") -> Call:
    return ("read", {"path": path}, result or f"1\tthe text of {path}")


def edit(path: str, new: str) -> Call:
    return ("edit", {"path": path, "old": "x", "new": new}, f"*Replaced with {new}.")


def tick(subtask: str, state: str) -> Call:
    given: dict[str, object] = {"subtasks": [{"id": subtask, "state": state}]}
    return ("checklist", given, f"{subtask}: {state}")


REPORT: Call = ("wrap_up", {"done": ["a"]}, "Filed.")


Steps = Sequence[Call | list[Call]]


def paused_after(steps: Steps, patience: LoopThresholds = PATIENCE) -> tuple[int, str]:
    """How many requests were made when the turn was paused, and why; (0, "") if it never was."""
    trace = Trace(patience)
    for step in steps:
        trace.step(*(step if isinstance(step, list) else [step]))
        if found := trace.watch.evidence():
            return trace.request, found.kind
    return 0, ""


STUCK: dict[str, tuple[Steps, int, str]] = {
    "the same read": ([read("a")] * 30, 3, "same_result"),
    "the same unknown tool": (
        [("Write", {"p": "a"}, "!There is no tool named Write.")] * 30,
        3,
        "same_result",
    ),
    "keys in another order": (
        [
            ("grep", {"pattern": "x", "path": "b"}, "No matches."),
            ("grep", {"path": "b", "pattern": "x"}, "No matches."),
        ]
        * 9,
        3,
        "same_result",
    ),
    "nulls and blanks that mean nothing": (
        [bash("ls", "a"), ("bash", {"command": " ls\n", "timeout": None}, "a")] * 9,
        3,
        "same_result",
    ),
    "a duration that varies": (
        [bash("pytest -q", f"!1 failed in 0.{n}3s\n[exit code 1]") for n in range(30)],
        5,
        "same_result",
    ),
    "a time of day that varies": (
        [bash("make", f"2026-11-30 12:00:{n:02d} nothing to do") for n in range(30)],
        5,
        "same_result",
    ),
    "a process number that varies": (
        [bash("serve", f"!started, pid {4000 + n}\nport in use") for n in range(30)],
        5,
        "same_result",
    ),
    "a temporary file that varies": (
        [bash("build", f"!cannot write /tmp/tmp{LETTERS[n]}xq/out") for n in range(20)],
        5,
        "same_result",
    ),
    "an address that varies": (
        [bash("run", f"<Thing object at 0x7f00{n:04x}>") for n in range(20)],
        5,
        "same_result",
    ),
    "a long result whose middle counts up": (
        [bash("dump", "head " * 500 + f" {n} " + "tail " * 500) for n in range(20)],
        5,
        "same_result",
    ),
    "two calls in turns": ([read("a"), read("b")] * 20, 5, "same_result"),
    "three calls in turns": ([read("a"), read("b"), read("c")] * 20, 12, "same_result"),
    "four calls in turns": ([read("a"), read("b"), read("c"), read("d")] * 20, 16, "same_result"),
    "in turns, after some work": (
        [edit("a", "1"), read("x"), *[read("a"), bash("make", "!no rule")] * 20],
        2 + 5,
        "same_result",
    ),
    "the same batch of calls": ([[read("a"), read("b")]] * 20, 3, "same_result"),
    "the same batch in another order": (
        [[read("a"), read("b")], [read("b"), read("a")]] * 20,
        3,
        "same_result",
    ),
    "a file written again and again with the same words": (
        [("write", {"path": "a", "content": "x"}, "*Wrote 1 line.")] * 20,
        5,
        "same_result",
    ),
    "an edit and its undoing in turns": ([edit("a", "1"), edit("a", "2")] * 20, 8, "same_result"),
    "failing reads of other files": (
        [("read", {"path": f"n{n}"}, f"!There is no file n{n}.") for n in range(30)],
        6,
        "failed_calls",
    ),
    "unknown tools with other names": (
        [(f"tool{n}", {}, f"!There is no tool named tool{n}.") for n in range(30)],
        6,
        "failed_calls",
    ),
    "unreadable arguments of several tools": (
        [
            (name, {}, "!The arguments were not a JSON object; nothing was run.")
            for name in ("read", "bash", "edit", "grep", "glob", "write") * 5
        ],
        6,
        "failed_calls",
    ),
    "edits that never fit": (
        [("edit", {"path": "a", "old": f"o{n}"}, "!Not in the file.") for n in range(30)],
        6,
        "failed_calls",
    ),
    "batches that fail": (
        [
            [("read", {"path": f"x{n}"}, "!no"), ("read", {"path": f"y{n}"}, "!no")]
            for n in range(30)
        ],
        3,
        "failed_calls",
    ),
    "commands that fail, each in its own way": (
        [bash(f"try{LETTERS[n]}", f"!{LETTERS[n]}: not found") for n in range(25)],
        6,
        "failed_calls",
    ),
    "a report again and again": ([REPORT] * 9, 2, "reports"),
    "reports in other words": (
        [("wrap_up", {"done": [f"{n}"]}, f"Filed, {n}.") for n in range(9)],
        2,
        "reports",
    ),
    "a report, a look, a report": ([REPORT, read("a"), REPORT], 3, "reports"),
    "a report among other calls": (
        [[read("a"), REPORT], read("b"), [read("c"), REPORT]],
        3,
        "reports",
    ),
    "searches that find nothing": (
        [("grep", {"pattern": f"word{LETTERS[n]}"}, "No matches.") for n in range(26)],
        21,  # the first one tells something
        "no_finding",
    ),
    "known files in another order each time": (
        [read(name) for name in "abcdef"]
        + [read("abcdef"[(n * n + n // 3) % 6]) for n in range(60)],
        10,
        "same_result",
    ),
    "failing edits, and a look in between": (
        [
            each
            for n in range(30)
            for each in (("edit", {"old": f"o{n}"}, "!not in the file"), read("a"))
        ],
        6,
        "same_result",
    ),
    "a subtask that goes to and fro": (
        [
            each
            for n in range(30)
            for each in (
                [tick("a", "in_progress"), read(f"{'ab'[n % 2]}")],
                [tick("a", "pending"), read(f"{'cde'[n % 3]}")],
            )
        ],
        26,
        "no_finding",
    ),
    "the same tests while other files are looked at": (
        [each for n in range(9) for each in (bash("pytest -q", "!1 failed"), read(f"f{n}"))],
        5,
        "same_result",
    ),
    "searches that differ only in a number": (
        [("grep", {"pattern": f"page {n}"}, "No matches.") for n in range(9)],
        6,
        "same_result",
    ),
    "commands that differ only in blanks and numbers": (
        [
            each
            for n in range(9)
            for each in (bash(f"head  -{n} log\n", "empty"), bash(f"head -{n} log", "empty"))
        ],
        6,
        "same_result",
    ),
    "failing commands that differ only in a number": (
        [
            bash("curl :1", "!refused"),
            bash("curl :2", "!refused"),
            read("a"),
            bash("curl :3", "!refused"),
            bash("curl :4", "!refused"),
            read("b"),
            bash("curl :5", "!refused"),
            read("c"),
            bash("curl :6", "!refused"),
        ],
        9,
        "same_result",
    ),
    "five failures, and a message with two": (
        [
            *(read(f"n{LETTERS[n]}", f"!no {n}") for n in range(5)),
            [read("x", "!no"), read("y", "!n")],
        ],
        6,
        "failed_calls",
    ),
    "the same call beside another in each message": (
        [[read("same"), read(f"a{n}")] for n in range(9)],
        3,
        "same_result",
    ),
    "a counter in the result of the same call": (
        [bash("next", f"number {n} of many") for n in range(40)],
        21,
        "no_finding",
    ),
    "waiting for what never changes": (
        [bash("sleep 60; tail -3 log", "building") for n in range(30)],
        10,
        "same_result",
    ),
    "looking at a job that prints nothing": (
        [
            (
                "jobs",
                {"action": "output", "job": 1},
                f"Job 1, running for {n * 7} s.",
            )
            for n in range(30)
        ],
        10,
        "same_result",
    ),
}


@pytest.mark.parametrize("name", STUCK)
def test_a_turn_without_progress_is_paused(name: str):
    steps, after, kind = STUCK[name]
    assert paused_after(steps) == (after, kind)


def _debugging() -> Steps:
    """Sixty rounds of an edit and the same failing tests."""
    return [
        each
        for n in range(60)
        for each in (edit("a.py", f"v{n}"), bash("pytest -q", "!1 failed in 0.12s\n[exit code 1]"))
    ]


GETS_ON: dict[str, Steps] = {
    "the same tests after each edit": _debugging(),
    "edit and tests in one message": [
        [edit("a.py", f"v{n}"), bash("pytest -q", "!1 failed")] for n in range(60)
    ],
    "a file read again after each edit": [
        each for n in range(40) for each in (edit("a", f"v{n}"), read("a", f"1\tv{n}"))
    ],
    "a file read again unchanged after edits elsewhere": [
        each for n in range(40) for each in (edit(f"f{n}", "v"), read("a"))
    ],
    "exploration of many files": [read(f"src/{n}.py") for n in range(150)],
    "exploration in batches": [[read(f"a{n}"), read(f"b{n}")] for n in range(80)],
    "paging through one file": [
        ("read", {"path": "a", "offset": n}, f"{n}\tline {n} says {n * n}") for n in range(80)
    ],
    "a log that grows, waited for": [
        bash("sleep 5; tail -2 log", f"step {n} of 500\nloss 0.{n}") for n in range(120)
    ],
    "a job that prints on": [
        ("jobs", {"action": "output", "job": 1}, f"Job 1, running for {n} s.\n{n * 3} files done")
        for n in range(120)
    ],
    "a log that changes now and then": [
        bash("sleep 5; tail -1 log", f"stage {n // 8}") for n in range(120)
    ],
    "the same call beside two others in each message": [  # three times in seven calls
        [read("same"), read(f"a{n}"), read(f"b{n}")] for n in range(60)
    ],
    "failures with a call between that was denied": [
        read(f"n{n}", "?denied" if n % 6 == 5 else f"!no {n}") for n in range(19)
    ],
    "a failure now and then": [
        ("read", {"path": f"n{n}"}, f"!no file n{n}" if n % 6 else f"text {n}") for n in range(80)
    ],
    "five failures, then a success": [
        ("edit", {"old": f"o{n}"}, "!not there" if n % 6 else f"*Replaced {n}.") for n in range(80)
    ],
    "a search that finds nothing among others": [
        ("grep", {"pattern": LETTERS[n % 26] * (n + 1)}, "No matches." if n % 10 else f"a:{n}: it")
        for n in range(80)
    ],
    "twice the same, then something else": [
        each for n in range(20) for each in (*[read("same")] * 2, edit("f", f"{n}"))
    ],
    "the status between edits": [
        each for n in range(20) for each in (edit("f", f"{n}"), bash("git status", "M f"))
    ],
    "the same look before each subtask is closed": [
        each for n in range(20) for each in (bash("git status", "clean"), tick(f"t{n}", "done"))
    ],
    "a poll whose answer moves, if only by a number": [
        bash("curl -s host/status", f"{n} of 500 done") for n in range(19)
    ],
    "five wrong commands before the right one": [
        *(bash(f"try{LETTERS[n]}", "!not found") for n in range(5)),
        bash("make", "ok"),
    ],
    "calls of one message that differ only in a number": [
        [("grep", {"pattern": f"p{n}"}, "No matches.") for n in range(12)],
        read("a"),
    ],
    "commands that print nothing": [
        bash(f"sed -i s/a/b/ {LETTERS[n]}.py", "(no output)") for n in range(26)
    ],
    "silent commands and the same tests": [
        each
        for n in range(26)
        for each in (
            bash(f"sed -i s/{LETTERS[n]}/x/ a.py", "(no output)"),
            bash("make test", "!2 failed"),
        )
    ],
    "subtasks done one by one": [[tick(f"t{n}", "done"), bash("make", "ok")] for n in range(60)],
    "a batch of thirty failures": [
        [("read", {"path": f"x{n}"}, "!no such file") for n in range(30)],
        read("a"),
    ],
    "numbers worked out one after the other": [
        bash(f"python -c 'print({n}**2)'", f"{n**2}") for n in range(60)
    ],
    "one report at the end": [read("a"), edit("a", "1"), REPORT],
    "a report refused for its arguments, then one": [
        ("wrap_up", {"x": 1}, "!wrap_up has no x."),
        ("wrap_up", {"x": 2}, "!wrap_up has no x."),
        REPORT,
    ],
    "the same line in a linter with other places": [
        bash(f"lint {LETTERS[n]}.py", f"{LETTERS[n]}.py:{n}:1 long line") for n in range(26)
    ],
    "debugging by commands, each telling something": [
        bash(f"probe {LETTERS[n]}", f"!{LETTERS[n]} is wrong" if n % 6 else "fine: " + LETTERS[n])
        for n in range(26)
    ],
    "a status that moves on by words": [
        bash("sleep 9; status", words)
        for words in ("queued", "building", "testing", "done")
        for _ in range(7)
    ],
}


@pytest.mark.parametrize("name", GETS_ON)
def test_a_turn_that_gets_on_is_not_paused(name: str):
    assert paused_after(GETS_ON[name]) == (0, "")


def test_there_are_enough_traces_of_both_kinds():
    assert len(STUCK) + len(GETS_ON) >= 40


def test_the_evidence_names_the_call_how_often_and_what_it_cost():
    trace = Trace()
    trace.step(read("first"))
    for _ in range(3):
        trace.step(bash("pytest  -q\n", "!1 failed"))
    found = trace.watch.evidence()
    assert found is not None
    assert found.sentence == (
        "No progress: “bash pytest -q” gave the same result 3 times in a row. "
        "3 requests used ≈ 330 tokens and $0.06 meanwhile."
    )


def test_the_evidence_of_failures_names_the_last_one():
    trace = Trace()
    for n in range(6):
        trace.step(("read", {"path": f"n{n}"}, "!no"))
    found = trace.watch.evidence()
    assert (
        found is not None
        and found.description == "the last 6 calls failed, the last one was “read n5”"
    )


def test_an_unknown_price_is_left_out():
    trace = Trace()
    for _ in range(3):
        trace.step(read("a"))
        trace.watch._steps[-1].dollars = None
    found = trace.watch.evidence()
    assert found is not None and found.sentence.endswith("3 requests used ≈ 330 tokens meanwhile.")


@pytest.mark.parametrize(
    ("steps", "after", "words"),
    [
        ([read("a")] * 2, 2, "This call gave the same result 2 times."),
        ([read("a"), read("b")] * 2, 3, "This call gave the same result 2 times."),
        ([edit("a", "1"), edit("a", "2")] * 3, 6, "These calls gave the same result 3 times."),
        (
            [("read", {"path": f"n{n}"}, "!no") for n in range(6)],
            4,
            "The last 4 attempts failed.",
        ),
        (
            [("grep", {"pattern": f"w{LETTERS[n]}"}, "No matches.") for n in range(20)],
            16,
            "The last 15 requests changed nothing and found nothing new.",
        ),
    ],
)
def test_the_model_is_told_once_shortly_before(steps: list[Call], after: int, words: str):
    trace, told = Trace(), []
    for step in steps:
        trace.step(step)
        if trace.watch.evidence() is None and (said := trace.watch.warning()):
            told.append((trace.request, said))
    assert [at for at, _ in told] == [after]
    assert told[0][1].startswith(words) and "say what blocks you" in told[0][1]


def test_after_a_word_of_the_user_it_is_counted_from_the_beginning():
    trace = Trace()
    for _ in range(3):
        trace.step(read("a"))
    assert trace.watch.evidence() is not None
    trace.take(ev.NoteSent(text="x", reason="steering"))
    for _ in range(2):
        trace.step(read("a"))
        assert trace.watch.evidence() is None
    trace.step(read("a"))
    assert trace.watch.evidence() is not None


def test_after_the_user_said_go_on_the_same_is_not_asked_again_and_something_else_is():
    trace = Trace()
    for _ in range(3):
        trace.step(read("a"))
    trace.watch.go_on("same_result")
    for _ in range(9):
        trace.step(read("a"))
        assert trace.watch.evidence() is None
    for n in range(6):
        trace.step(("read", {"path": f"n{n}"}, "!no"))
    found = trace.watch.evidence()
    assert found is not None and found.kind == "failed_calls"


def test_the_evidence_says_that_other_calls_came_between():
    trace = Trace()
    for n in range(3):
        trace.step(bash("make", "!failed"))
        trace.step(read(f"f{n}"))
    trace.step(bash("make", "!failed"))
    found = trace.watch.evidence()
    assert found is not None and found.description == (
        "“bash make” gave the same result 3 times in 5 requests, and nothing changed between"
    )


@pytest.mark.parametrize("reason", ["steering", "landing"])
def test_a_word_of_the_user_or_a_landing_allows_another_report(reason: str):
    trace = Trace()
    trace.step(REPORT)
    trace.take(ev.NoteSent(text="x", reason=reason))  # type: ignore[arg-type]
    trace.step(("wrap_up", {"done": ["b"]}, "Filed again."))
    assert trace.watch.evidence() is None
    trace.step(("wrap_up", {"done": ["c"]}, "Filed once more."))
    assert trace.watch.evidence() is not None


def shorten(trace: Trace) -> None:
    trace.ask(purpose="compaction")
    trace.take(ev.Rewritten(reason="compaction"))


def test_a_conversation_shortened_before_every_request_makes_no_progress():
    trace = Trace()
    for n in range(4):
        trace.step(read(f"n{n}"))
        assert trace.watch.evidence() is None
        shorten(trace)
    found = trace.watch.evidence()
    assert found is not None and found.kind == "shortened"
    assert "shortened 4 times within 3 requests" in found.sentence


def test_a_conversation_shortened_now_and_then_gets_on():
    trace = Trace()
    for n in range(60):
        trace.step(read(f"n{n}"))
        if n % 6 == 5:
            shorten(trace)
        assert trace.watch.evidence() is None


def test_what_was_known_may_be_looked_up_again_once_after_a_summary():
    trace = Trace()
    for n in range(15):
        trace.step(read(f"n{n}"))
    shorten(trace)
    for n in range(15):
        trace.step(read(f"n{n}"))
        assert trace.watch.evidence() is None
    shorten(trace)  # nothing came of it
    found = [trace.step(read(f"n{n}")) or trace.watch.evidence() for n in range(15)]
    assert found[-1] is not None and found[-1].kind == "no_finding"


def test_answers_that_broke_off_do_not_hide_a_repetition():
    trace = Trace()
    for _ in range(5):
        trace.ask()
        trace.take(ev.RequestFailed(request=trace.request, reason="fault", output=5))
        trace.step(read("a"))
    found = trace.watch.evidence()
    assert found is not None and found.kind == "same_result"


@pytest.mark.parametrize("name", STUCK)
def test_nothing_is_watched_where_that_is_switched_off(name: str):
    assert paused_after(STUCK[name][0], LoopThresholds(watch=False)) == (0, "")


@pytest.mark.parametrize("times", [2, 3, 9])
def test_the_thresholds_are_those_that_were_set(times: int):
    patience = LoopThresholds(
        same_result=times, failed_calls=times, requests_without_progress=times
    )
    assert paused_after([read("a")] * 20, patience)[0] == times
    failing: Steps = [("read", {"path": f"n{n}"}, f"!no {n}") for n in range(20)]
    assert paused_after(failing, patience)[0] == times
