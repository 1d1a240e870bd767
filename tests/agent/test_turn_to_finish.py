"""One figure "to finish": what the model is told, the JSON and the meters say are the same."""

from collections.abc import Sequence
from pathlib import Path

from tests.support.run_session import run_session
from tests.support.simulator import words
from tui.agent.run_result import run_result
from tui.agent.sandbox.enforcement import OFF
from tui.number_format import format_tokens
from tui.session import events as ev
from tui.session.fallback_report import sufficient_budget, tokens_to_finish
from tui.session.meter_readings import read_meters
from tui.session.prompt_receipt import Receipt
from tui.simulator.scripted_model.model_input import ScriptedBlock, ScriptedText, ScriptedToolUse


def subtasks(*tasks: tuple[str, str, int | None]) -> ScriptedToolUse:
    """A call of the checklist: (id and title, state, estimate)."""
    found = [{"id": id, "title": id, "state": state} for id, state, _ in tasks]
    for update, (_, _, estimate) in zip(found, tasks, strict=True):
        update |= {} if estimate is None else {"estimate": estimate}  # type: ignore[dict-item]
    return ScriptedToolUse("checklist", {"subtasks": found})


def report(estimate: int, *left: str) -> ScriptedToolUse:
    empty = dict.fromkeys(("done", "in_progress", "files", "checks"), ())
    rest = {"not_started": list(left), "estimate_to_finish": estimate, "next_step": "go on"}
    return ScriptedToolUse("wrap_up", {**{key: [] for key in empty}, **rest})


FOUR = ("a.py", "b.py", "c.py", "d.py")


def three_of_four_done() -> list[Sequence[ScriptedBlock]]:
    """A plan of four files, of which three are worked on and done, each with 300 words."""
    tasks = [(name, "pending", 2_000) for name in FOUR]
    found: list[Sequence[ScriptedBlock]] = [(subtasks(*tasks),)]
    for name in FOUR[:3]:
        begin = ScriptedToolUse("checklist", {"subtasks": [{"id": name, "state": "in_progress"}]})
        close = ScriptedToolUse("checklist", {"subtasks": [{"id": name, "state": "done"}]})
        found += [(begin,), (ScriptedText(words(300)), close)]
    return found


async def test_before_three_are_measured_the_model_is_told_to_name_no_figure(tmp_path: Path):
    """The model says 389k and files before it plans; the checklist has 30k and 60k open."""
    plan = subtasks(("a", "in_progress", 30_000), ("b", "pending", 60_000))
    replies: list[Sequence[ScriptedBlock]] = [
        (report(389_000, "a", "b"), plan),
        (ScriptedText(words(200)),),
    ]
    async with run_session(tmp_path, *replies, budget=20_000) as run:
        await run.driver.run_turn("go")
        (filed,) = [e for e in run.events(ev.ToolFinished) if e.name == "wrap_up"]
        assert filed.content == (
            "Filed. Too little is measured to say what the rest takes: name no figure for it."
        )
        told = run_result(run.state, "", read_meters(run.state), OFF, 3, None, Receipt())
        assert told["wrap_up"]["estimate_to_finish"] is None
        assert told["to_finish"] == {
            "tokens": None,
            "by_subtask": {},
            "measured": 0,
            "beyond_plan": False,
            "model_says": 389_000,
            "verdict": "too_early",
            "short_by": 0,
        }


async def test_the_report_is_filed_after_the_plan_of_its_answer_and_its_result_has_the_figure(
    tmp_path: Path,
):
    """The model says 389k; three of four were measured, and the fourth is 150k by its estimate."""
    more = ScriptedToolUse("checklist", {"subtasks": [{"id": "d.py", "estimate": 150_000}]})
    replies = [*three_of_four_done(), (report(389_000, "d.py"), more), (ScriptedText("Landed."),)]
    async with run_session(tmp_path, *replies, budget=60_000) as run:
        await run.driver.run_turn("go")
        rest = tokens_to_finish(run.state)
        assert rest is not None
        (filed,) = [e for e in run.events(ev.ToolFinished) if e.name == "wrap_up"]
        assert filed.content == (
            f"Filed. ≈ {format_tokens(rest)} tokens to finish, by this session's own ratio."
        )
        read = read_meters(run.state)
        told = run_result(run.state, "", read, OFF, 3, None, Receipt())
        assert told["wrap_up"]["estimate_to_finish"] == told["to_finish"]["tokens"] == rest
        assert told["to_finish"]["by_subtask"] == {"d.py": rest}
        assert told["to_finish"]["model_says"] == 389_000
        assert read.forecast is not None and read.forecast.to_finish == rest
        left, thresholds = run.state.left or 0, run.ctx.settings.thresholds
        # 8 % of 60k is kept for the wrap-up.
        assert told["to_finish"]["short_by"] == rest + 4_800 - left > 0
        enough = sufficient_budget(run.state, thresholds, None)
        assert enough is not None
        assert enough % 5_000 == 0
        assert enough - run.state.charged >= rest + 0.08 * enough
        assert sufficient_budget(run.state, thresholds, 62_000) == 62_000
        assert sufficient_budget(run.state, thresholds, 60_000) is None
        assert read.fit is not None
        assert (read.fit.verdict, read.fit.more) == ("short", enough - 60_000)


async def test_the_figure_is_the_same_when_the_log_is_folded_again(tmp_path: Path):
    replies = [*three_of_four_done(), (report(1, "d.py"),), (ScriptedText("Landed."),)]
    async with run_session(tmp_path, *replies, budget=60_000) as run:
        await run.driver.run_turn("go")
        rest = tokens_to_finish(run.state)
        assert rest is not None and rest > 0
        (filed,) = [e for e in run.events(ev.ToolFinished) if e.name == "wrap_up"]
        assert f"≈ {format_tokens(rest)} tokens to finish" in str(filed.content)
        again = run.folded_from_disk()
        assert tokens_to_finish(again) == rest
        assert again.ledger.by_subtask == run.state.ledger.by_subtask
        assert again.ledger.by_subtask["a.py"] > 300
