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


async def test_the_report_is_filed_after_the_plan_of_its_answer_and_its_result_has_the_figure(
    tmp_path: Path,
):
    """The model says 389k and files before it plans; the checklist has 30k and 60k open."""
    plan = subtasks(("a", "in_progress", 30_000), ("b", "pending", 60_000))
    replies: list[Sequence[ScriptedBlock]] = [
        (report(389_000, "a", "b"), plan),
        (ScriptedText(words(200)),),
    ]
    async with run_session(tmp_path, *replies, budget=20_000) as run:
        await run.driver.run_turn("go")
        (filed,) = [e for e in run.events(ev.ToolFinished) if e.name == "wrap_up"]
        said = "Filed. ≈ 90k tokens to finish by this session's own ratio."
        assert filed.content == said
        read = read_meters(run.state)
        told = run_result(run.state, "", read, OFF, 3, None, Receipt())
        assert told["wrap_up"]["estimate_to_finish"] == told["to_finish"]["tokens"] == 90_000
        assert told["to_finish"]["by_subtask"] == {"a": 30_000, "b": 60_000}
        assert told["to_finish"]["model_says"] == 389_000
        assert read.forecast is not None and read.forecast.to_finish == 90_000
        left = run.state.left or 0
        assert told["to_finish"]["short_by"] == 90_000 - left
        # 90k and the reserve of 8 % of what it becomes, in steps of 5k.
        assert sufficient_budget(run.state, run.ctx.settings.thresholds, None) == 20_000 + 80_000
        assert sufficient_budget(run.state, run.ctx.settings.thresholds, 50_000) == 50_000
        assert sufficient_budget(run.state, run.ctx.settings.thresholds, 20_000) is None
        assert read.shortfall is not None and read.shortfall.by == 90_000 - left
        assert read.shortfall.more == 80_000


async def test_the_figure_is_the_same_when_the_log_is_folded_again(tmp_path: Path):
    (tmp_path / "a.py").write_text("x = 1\n" * 40)
    plan = subtasks(("a.py", "in_progress", 2_000), ("b.py", "pending", 2_000))
    read = ScriptedToolUse("read", {"path": "a.py"})
    close = ScriptedToolUse("checklist", {"subtasks": [{"id": "a.py", "state": "done"}]})
    replies: list[Sequence[ScriptedBlock]] = [
        (plan, read),
        (ScriptedText(words(300)), close),
        (report(1, "b.py"),),
        (ScriptedText("Landed."),),
    ]
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
