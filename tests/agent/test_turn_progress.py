"""Running turns that make no progress: asked about, ended without a screen, kept valid."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.agent.headless_run import HeadlessRun
from tui.agent.session_runner import Published
from tui.session import events as ev
from tui.session.meter_readings import read_meters
from tui.simulator.scripted_model.model_input import ScriptedBlock, ScriptedText, ScriptedToolUse

UNKNOWN = ScriptedToolUse("Write", {"path": "a.py"})
REPORT = ScriptedToolUse(
    "wrap_up",
    {
        "done": ["a"],
        "in_progress": [],
        "not_started": [],
        "files": [],
        "checks": [],
        "estimate_to_finish": 0,
        "next_step": "",
    },
)
SAME = ScriptedToolUse("glob", {"pattern": "*.nothing"})


def failing(number: int) -> ScriptedToolUse:
    return ScriptedToolUse("read", {"path": f"no-such-file-{number}"})


def reached(item: Published) -> bool:
    return isinstance(item, ev.Record) and isinstance(item.event, ev.LimitReached)


def ended(session_run: SessionRun) -> tuple[str, str]:
    end = session_run.state.last_end
    assert end is not None
    return end.reason, end.sentence


async def run(session_run: SessionRun) -> tuple[int, dict[str, Any], str]:
    """Exit code, the result object, and standard error of a headless run."""
    out, err = io.StringIO(), io.StringIO()
    change_context(session_run.ctx, interactive=False)
    runner = HeadlessRun(
        session_run.driver, lambda: read_meters(session_run.state), "json", out, err
    )
    code = await runner.run("go")
    return code, json.loads(out.getvalue()), err.getvalue()


@pytest.mark.parametrize(
    ("replies", "requests", "said"),
    [
        ([(UNKNOWN,)] * 40, 3, "“Write a.py” gave the same result 3 times in a row"),
        ([(REPORT,)] * 40, 2, "the model filed a second wrap-up report in this turn"),
        ([(SAME,), (UNKNOWN,)] * 20, 5, "gave the same result 3 times in 5 requests"),
        (
            [(failing(n),) for n in range(40)],
            6,
            "the last 6 calls failed, the last one was “read no-such-file-5”",
        ),
    ],
)
@pytest.mark.parametrize("budget", [None, 100_000])
async def test_a_loop_ends_without_a_screen_after_few_requests(
    tmp_path: Path,
    replies: list[tuple[ScriptedBlock, ...]],
    requests: int,
    said: str,
    budget: int | None,
):
    async with run_session(tmp_path, *replies, budget=budget) as session_run:
        code, told, _ = await run(session_run)
        assert (code, told["end"]["reason"]) == (4, "no_progress")
        assert said in told["end"]["sentence"]
        assert told["end"]["sentence"].startswith("No progress: ")
        assert told["meters"]["requests"] == requests
        assert told["wrap_up"] is not None


@pytest.mark.parametrize("on_limit", ["wrap", "pause", "stop"])
async def test_it_ends_whatever_is_to_happen_at_limits(tmp_path: Path, on_limit: str):
    async with run_session(tmp_path, *[(SAME,)] * 9) as session_run:
        change_context(session_run.ctx, limit_policy=on_limit)
        assert (await run(session_run))[0] == 4
        assert [event.answer for event in session_run.events(ev.LimitAnswered)] == ["stop"]


async def test_the_user_lets_it_go_on_and_is_asked_only_about_something_else(tmp_path: Path):
    failures = [(failing(n),) for n in range(6)]
    replies: list[Sequence[ScriptedBlock]] = [*[(SAME,)] * 9, *failures, (ScriptedText("end"),)]
    async with run_session(tmp_path, *replies) as session_run:
        change_context(session_run.ctx, limit_policy="ask")
        answers = iter(["extend", "stop"])

        def answer(item: Published) -> None:
            if reached(item):
                session_run.driver.answer_limit(next(answers))  # type: ignore[arg-type]

        session_run.driver.listeners.append(answer)
        await session_run.driver.run_turn("go")
        asked = session_run.events(ev.LimitReached)
        assert [event.limit for event in asked] == ["progress", "progress"]
        assert len(session_run.events(ev.RequestStarted)) == 15
        assert ended(session_run)[0] == "no_progress"
        assert not session_run.state.conversation.open_calls
        await session_run.driver.run_turn("and now")
        assert ended(session_run)[0] == "completed", "the conversation is valid"


async def test_nobody_answers_and_it_is_put_down(tmp_path: Path):
    async with run_session(tmp_path, *[(SAME,)] * 9) as session_run:
        change_context(session_run.ctx, limit_policy="ask", limit_answer_seconds=0.01)
        await session_run.driver.run_turn("go")
        reason, sentence = ended(session_run)
        assert reason == "paused"
        assert sentence.startswith("Nobody answered: paused. No progress: ")
        assert sentence.endswith("Send another prompt to go on.")


async def test_escape_interrupts_at_the_question(tmp_path: Path):
    async with run_session(tmp_path, *[(SAME,)] * 9) as session_run:
        change_context(session_run.ctx, limit_policy="ask")
        session_run.when(reached, session_run.driver.interrupt)
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "interrupted"


async def test_the_model_is_told_before_and_what_it_is_told_is_charged(tmp_path: Path):
    replies: list[Sequence[ScriptedBlock]] = [*[(SAME,)] * 2, (ScriptedText("Nothing there."),)]
    async with run_session(tmp_path, *replies) as session_run:
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "completed"
        (note,) = [event for event in session_run.events(ev.NoteSent) if event.reason == "reminder"]
        assert note.text.startswith("This call gave the same result 2 times.")
        left = session_run.state.left
        assert left is not None and abs(left - await session_run.countdown()) <= 20


async def test_a_report_of_a_landing_is_not_the_second_one(tmp_path: Path):
    """Landed after a report of its own accord: told to land, it may file one more, and no third."""
    big = ScriptedText(words(18_500))
    async with run_session(tmp_path, (big, SAME), *[(REPORT,)] * 9, budget=20_000) as session_run:
        code, told, _ = await run(session_run)
        assert (code, told["end"]["reason"]) == (3, "landed")
        assert told["meters"]["requests"] == 3


async def test_the_same_tests_after_each_edit_go_on(tmp_path: Path):
    check = ScriptedToolUse("bash", {"command": "grep -c x a.py; false"})
    replies: list[tuple[ScriptedBlock, ...]] = []
    for n in range(12):
        edit = {"path": "a.py", "old_string": f"value = {n}", "new_string": f"value = {n + 1}"}
        replies += [(ScriptedToolUse("edit", edit),), (check,)]
    async with run_session(
        tmp_path, (ScriptedToolUse("read", {"path": "a.py"}),), *replies, (ScriptedText("ok"),)
    ) as session_run:
        (session_run.folder / "a.py").write_text("value = 0\n")
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "completed"
        assert (session_run.folder / "a.py").read_text() == "value = 12\n"
