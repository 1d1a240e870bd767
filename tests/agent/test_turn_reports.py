"""The program's own report: it stands after whatever ended the turn, and says whose it is."""

import asyncio
from pathlib import Path

import pytest

from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.agent.session_runner import Published
from tui.claude.stream_events import TextDelta
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

PLAN = ScriptedToolUse(
    "checklist",
    {
        "subtasks": [
            {"id": "a", "title": "First half", "state": "done", "estimate": 500},
            {"id": "b", "title": "Second half", "estimate": 900},
        ]
    },
)
WRITE = ScriptedToolUse("write", {"path": "made.txt", "content": "x\n"})


def says(item: Published) -> bool:
    return isinstance(item, TextDelta) and "word" in item.text


async def interrupted(run: SessionRun) -> None:
    run.when(says, run.driver.interrupt)
    await run.driver.run_turn("go")


async def crashed(run: SessionRun) -> None:
    def die() -> None:
        raise ZeroDivisionError

    run.when(says, die)
    with pytest.raises(ZeroDivisionError):
        await run.driver.run_turn("go")
    await run.driver.recover("")


async def refused(run: SessionRun) -> None:
    await run.server.faults({"kind": "status", "status": 401, "request": 2})
    await run.driver.run_turn("go")


async def silent(run: SessionRun) -> None:
    await run.driver.commit(ev.BudgetGranted(total=20_000))
    await run.driver.run_turn("go")


@pytest.mark.parametrize(
    ("end", "reason"),
    [(interrupted, "interrupted"), (crashed, "crashed"), (refused, "error"), (silent, "landed")],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
async def test_it_names_what_is_done_what_is_not_and_what_was_touched(
    tmp_path: Path, end: object, reason: str
):
    async with run_session(tmp_path, (PLAN, WRITE), (ScriptedText(words(18_500)),)) as run:
        await end(run)  # type: ignore[operator]
        assert run.state.last_end is not None
        assert run.state.last_end.reason == reason, "never completed"
        (filed,) = run.events(ev.WrappedUp)
        assert filed.by == "client"
        report = filed.report
        assert (report.done, report.not_started) == (("First half",), ("Second half",))
        assert report.files == ("made.txt",)
        assert report.next_step == "Second half"
        assert report.estimate_to_finish is None, "too little is measured"
        assert run.folded_from_disk().wrap_ups[-1].by == "client"


def declining(spent: int, need: str = "40k") -> ScriptedText:
    said = f"I have to decline the rest with this budget: it would need about {need} tokens."
    return ScriptedText(f"{words(spent)} {said}" if spent else said)


UNFINISHED = ScriptedToolUse(
    "wrap_up",
    {
        "done": ["a"],
        "in_progress": [],
        "not_started": ["b"],
        "files": [],
        "checks": [],
        "estimate_to_finish": 8_000,
        "next_step": "do b",
    },
)


async def test_work_declined_for_the_budget_lands_with_the_programs_report_and_more_to_take(
    tmp_path: Path,
):
    """17k of 20k used is approach: 3k are left, the reserve is 2k."""
    async with run_session(tmp_path, (PLAN, WRITE), (declining(16_600),), budget=20_000) as run:
        await run.driver.run_turn("go")
        assert 2_000 < (run.state.left or 0) < 3_400, "above the reserve"
        end = run.state.last_end
        assert end is not None and end.reason == "landed"
        assert end.budget == 50_000, "a quarter more than the 40k that it names"
        assert "/budget 50k" in end.sentence
        (filed,) = run.events(ev.WrappedUp)
        assert (filed.by, filed.report.not_started) == ("client", ("Second half",))


async def test_a_budget_mostly_used_by_earlier_turns_is_not_the_trap(tmp_path: Path):
    """15k of 20k went to the first turn; the second is declined in its first message."""
    async with run_session(
        tmp_path, (ScriptedText(words(15_000)),), (declining(0),), budget=20_000
    ) as run:
        await run.driver.run_turn("one")
        assert run.state.last_end.reason == "completed"
        await run.driver.run_turn("two")
        end = run.state.last_end
        assert end is not None and end.reason == "landed"
        assert "stopped at once" not in end.sentence
        assert end.budget is not None and end.budget >= 15_000 + 40_000


@pytest.mark.parametrize(
    ("budget", "spent", "reason"),
    [
        (None, 100, "wrapped_up"),
        (30_000, 17_000, "wrapped_up"),  # 12k left, 57 % used: cruise
        (20_000, 17_200, "landed"),  # 86 % used: approach
    ],
)
async def test_a_report_of_open_work_is_a_landing_only_where_little_is_left(
    tmp_path: Path, budget: int | None, spent: int, reason: str
):
    replies = [(ScriptedText(words(spent)), UNFINISHED), (ScriptedText("That is it."),)]
    async with run_session(tmp_path, *replies, budget=budget) as run:
        await run.driver.run_turn("go")
        end = run.state.last_end
        assert end is not None and end.reason == reason
        assert ("budget" in end.sentence) == (reason == "landed")
        assert run.state.last_wrap_up is not None


async def test_a_landing_whose_budget_was_taken_away_has_not_landed_on_it(tmp_path: Path):
    replies = [
        (ScriptedText(words(18_500)), ScriptedToolUse("glob", {"pattern": "*"})),
        (UNFINISHED,),
        (ScriptedText("end"),),
    ]
    async with run_session(tmp_path, *replies, budget=20_000) as run:
        taking: list[asyncio.Future[object]] = []

        def take_away() -> None:
            taking.append(asyncio.ensure_future(run.driver.commit(ev.BudgetGranted(total=None))))

        run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.WrappedUp),
            take_away,
        )
        await run.driver.run_turn("go")
        assert taking and taking[0].done()
        assert run.state.last_end.reason == "wrapped_up"


@pytest.mark.parametrize(
    ("budget", "spent", "said", "reason"),
    [
        (20_000, 17_000, "12 of 20 files are converted, 8 remain.", "landed"),
        (20_000, 17_000, "The budget is nearly used up, so I close here.", "landed"),
        (20_000, 17_000, "The import is fixed.", "completed"),
        (100_000, 100, "12 of 20 files are converted, 8 remain.", "wrapped_up"),
        (None, 100, "Say continue and I go on with the rest.", "wrapped_up"),
        (None, 100, "The import is fixed. Would you like me to add a test too?", "completed"),
    ],
)
async def test_words_of_work_that_is_left_are_enough_without_a_checklist_or_a_tool(
    tmp_path: Path, budget: int | None, spent: int, said: str, reason: str
):
    """17k of 20k are past 85 %: approach."""
    async with run_session(
        tmp_path, (ScriptedText(f"{words(spent)}.\n\n{said}"),), budget=budget
    ) as run:
        await run.driver.run_turn("convert the files")
        end = run.state.last_end
        assert end is not None and end.reason == reason
        reports = run.events(ev.WrappedUp)
        assert [report.by for report in reports] == ([] if reason == "completed" else ["client"])
        if reports:
            assert reports[0].report.next_step == "go on with “convert the files”"
        assert ("The model says: " in end.sentence) == (reason == "wrapped_up")


async def test_a_doubt_about_the_budget_is_a_question_and_no_exit_code(tmp_path: Path):
    """A file was written, so the turn was no refusal; what the model says is still told on."""
    said = ScriptedText("Written. The budget is too small for a larger sample.")
    async with run_session(tmp_path, (WRITE,), (said,)) as run:
        await run.driver.run_turn("go")
        assert run.state.last_end.reason == "completed"
        (notice,) = run.events(ev.NoticeShown)
        assert notice.sentence == (
            "Did the model stop because of the budget? If so, set /budget 300k and ask again."
        )
