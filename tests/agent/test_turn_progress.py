"""Turns that make no progress, in flight: asked about, ended without a screen, kept valid."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from flight import Flight, flight
from simulator_server import words

from tui.agent.driver import Published
from tui.agent.headless import HeadlessRun
from tui.session import events as ev
from tui.session.readings import meters
from tui.simulator.pilot.situation import Block, Text, ToolUse

UNKNOWN = ToolUse("Write", {"path": "a.py"})
REPORT = ToolUse(
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
SAME = ToolUse("glob", {"pattern": "*.nothing"})


def failing(number: int) -> ToolUse:
    return ToolUse("read", {"path": f"no-such-file-{number}"})


def reached(item: Published) -> bool:
    return isinstance(item, ev.Record) and isinstance(item.event, ev.LimitReached)


def ended(flown: Flight) -> tuple[str, str]:
    end = flown.state.last_end
    assert end is not None
    return end.reason, end.sentence


async def run(flown: Flight) -> tuple[int, dict[str, Any], str]:
    """Exit code, the result object, and standard error of a headless run."""
    out, err = io.StringIO(), io.StringIO()
    flown.means.interactive = False
    runner = HeadlessRun(flown.driver, lambda: meters(flown.state), "json", out, err)
    code = await runner.run("go")
    return code, json.loads(out.getvalue()), err.getvalue()


@pytest.mark.parametrize(
    ("replies", "requests", "said"),
    [
        ([(UNKNOWN,)] * 40, 5, "“Write a.py” gave the same result 5 times in a row"),
        ([(REPORT,)] * 40, 2, "the model filed a second wrap-up report in this turn"),
        ([(SAME,), (UNKNOWN,)] * 20, 8, "took turns 4 times, with the same results"),
        (
            [(failing(n),) for n in range(40)],
            8,
            "the last 8 calls failed, the last one was “read no-such-file-7”",
        ),
    ],
)
@pytest.mark.parametrize("budget", [None, 100_000])
async def test_a_loop_ends_without_a_screen_after_few_requests(
    tmp_path: Path, replies: list[tuple[Block, ...]], requests: int, said: str, budget: int | None
) -> None:
    async with flight(tmp_path, *replies, budget=budget) as flown:
        code, told, _ = await run(flown)
        assert (code, told["end"]["reason"]) == (4, "no_progress")
        assert said in told["end"]["sentence"]
        assert told["end"]["sentence"].startswith("No progress: ")
        assert told["meters"]["requests"] == requests
        assert told["wrap_up"] is not None


@pytest.mark.parametrize("on_limit", ["wrap", "pause", "stop"])
async def test_it_ends_whatever_is_to_happen_at_limits(tmp_path: Path, on_limit: str) -> None:
    async with flight(tmp_path, *[(SAME,)] * 9) as flown:
        flown.means.on_limit = on_limit
        assert (await run(flown))[0] == 4
        assert [event.answer for event in flown.events(ev.LimitAnswered)] == ["stop"]


async def test_the_user_lets_it_go_on_and_is_asked_again(tmp_path: Path) -> None:
    replies = [*[(SAME,)] * 10, (Text("the end"),)]
    async with flight(tmp_path, *replies) as flown:
        flown.means.on_limit = "ask"
        answers = iter(["extend", "stop"])

        def answer(item: Published) -> None:
            if reached(item):
                flown.driver.answer_limit(next(answers))  # type: ignore[arg-type]

        flown.driver.listeners.append(answer)
        await flown.driver.turn("go")
        asked = flown.events(ev.LimitReached)
        assert [event.limit for event in asked] == ["progress", "progress"]
        assert len(flown.events(ev.RequestStarted)) == 10
        assert ended(flown)[0] == "no_progress"
        assert not flown.state.conversation.open_calls
        await flown.driver.turn("and now")
        assert ended(flown)[0] == "completed", "the conversation is valid"


async def test_nobody_answers_and_it_is_put_down(tmp_path: Path) -> None:
    async with flight(tmp_path, *[(SAME,)] * 9) as flown:
        flown.means.on_limit, flown.means.limit_patience = "ask", 0.01
        await flown.driver.turn("go")
        reason, sentence = ended(flown)
        assert reason == "paused"
        assert sentence.startswith("Nobody answered: paused. No progress: ")
        assert sentence.endswith("Another prompt goes on.")


async def test_escape_interrupts_at_the_question(tmp_path: Path) -> None:
    async with flight(tmp_path, *[(SAME,)] * 9) as flown:
        flown.means.on_limit = "ask"
        flown.when(reached, flown.driver.interrupt)
        await flown.driver.turn("go")
        assert ended(flown)[0] == "interrupted"


async def test_the_model_is_told_before_and_what_it_is_told_is_charged(tmp_path: Path) -> None:
    replies = [*[(SAME,)] * 4, (Text("Nothing there."),)]
    async with flight(tmp_path, *replies) as flown:
        await flown.driver.turn("go")
        assert ended(flown)[0] == "completed"
        (note,) = [event for event in flown.events(ev.NoteSent) if event.reason == "reminder"]
        assert note.text.startswith("This call gave the same result 4 times.")
        left = flown.state.left
        assert left is not None and abs(left - await flown.countdown()) <= 20


async def test_a_report_of_a_landing_is_not_the_second_one(tmp_path: Path) -> None:
    """Landed after a report of its own accord: told to land, it may file one more, and no third."""
    big = Text(words(18_500))
    async with flight(tmp_path, (big, SAME), *[(REPORT,)] * 9, budget=20_000) as flown:
        code, told, _ = await run(flown)
        assert (code, told["end"]["reason"]) == (3, "landed")
        assert told["meters"]["requests"] == 3


async def test_the_same_tests_after_each_edit_go_on(tmp_path: Path) -> None:
    check = ToolUse("bash", {"command": "grep -c x a.py; false"})
    replies: list[tuple[Block, ...]] = []
    for n in range(12):
        edit = {"path": "a.py", "old_string": f"value = {n}", "new_string": f"value = {n + 1}"}
        replies += [(ToolUse("edit", edit),), (check,)]
    async with flight(tmp_path, (ToolUse("read", {"path": "a.py"}),), *replies, (Text("ok"),)) as f:
        (f.folder / "a.py").write_text("value = 0\n")
        await f.driver.turn("go")
        assert ended(f)[0] == "completed"
        assert (f.folder / "a.py").read_text() == "value = 12\n"
