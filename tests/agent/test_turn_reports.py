"""The program's own report: it stands after whatever ended the turn, and says whose it is."""

from pathlib import Path

import pytest
from flight import Flight, flight
from simulator_server import words

from tui.agent.driver import Published
from tui.claude.progress import TextDelta
from tui.session import events as ev
from tui.simulator.pilot.situation import Text, ToolUse

PLAN = ToolUse(
    "checklist",
    {
        "subtasks": [
            {"id": "a", "title": "First half", "state": "done", "estimate": 500},
            {"id": "b", "title": "Second half", "estimate": 900},
        ]
    },
)
WRITE = ToolUse("write", {"path": "made.txt", "content": "x\n"})


def says(item: Published) -> bool:
    return isinstance(item, TextDelta) and "word" in item.text


async def interrupted(flown: Flight) -> None:
    flown.when(says, flown.driver.interrupt)
    await flown.driver.turn("go")


async def crashed(flown: Flight) -> None:
    def die() -> None:
        raise ZeroDivisionError

    flown.when(says, die)
    with pytest.raises(ZeroDivisionError):
        await flown.driver.turn("go")
    await flown.driver.recover("")


async def refused(flown: Flight) -> None:
    await flown.server.faults({"kind": "status", "status": 401, "request": 2})
    await flown.driver.turn("go")


async def silent(flown: Flight) -> None:
    await flown.driver.record(ev.BudgetGranted(total=20_000))
    await flown.driver.turn("go")


@pytest.mark.parametrize(
    ("end", "reason"),
    [(interrupted, "interrupted"), (crashed, "crashed"), (refused, "error"), (silent, "landed")],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
async def test_it_names_what_is_done_what_is_not_and_what_was_touched(
    tmp_path: Path, end: object, reason: str
) -> None:
    async with flight(tmp_path, (PLAN, WRITE), (Text(words(18_500)),)) as flown:
        await end(flown)  # type: ignore[operator]
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == reason, "never completed"
        (filed,) = flown.events(ev.WrappedUp)
        assert filed.by == "client"
        report = filed.report
        assert (report.done, report.not_started) == (("First half",), ("Second half",))
        assert report.files == ("made.txt",)
        assert report.next_step == "Second half"
        assert report.estimate_to_finish is not None and report.estimate_to_finish > 0
        assert flown.refolded().wrap_ups[-1].by == "client"
