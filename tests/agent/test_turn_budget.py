"""The budget in a running turn: gauge against countdown, landing, limits, notes, compaction."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.agent.cached_conversation import CACHED_FIELDS
from tests.agent.managed_caps import read_managed_caps
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.budget.hard_limits import HardLimits
from tui.reports.transcript_items import DividerItem
from tui.reports.transcript_presenter import TranscriptPresenter
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.fork import full_log
from tui.settings.settings_schema import CompactionStrategy
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

SUMMARY = f"<summary>What was done: {words(300)}</summary>"


def read(path: str) -> ScriptedToolUse:
    return ScriptedToolUse("read", {"path": path})


def fill(run: SessionRun, **files: int) -> None:
    """Files of about so many tokens."""
    for name, tokens in files.items():
        (run.folder / name).write_text("word " * 8 + "\n" + ("word " * 10 + "\n") * (tokens // 10))


async def agrees(run: SessionRun) -> None:
    """The gauge differs from the server's countdown by less than 1 % of the grant."""
    left, grant = run.state.left, run.state.grant
    assert left is not None and grant is not None
    assert abs(left - await run.countdown()) <= grant // 100


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
@pytest.mark.parametrize("scope", ["session", "turn"])
async def test_the_gauge_agrees_with_the_countdown(tmp_path: Path, turn_reset: str, scope: str):
    replies = [
        (ScriptedText(words(800)), read("a"), read("b")),
        (ScriptedText(words(500)), read("c")),
        (ScriptedText(words(900)),),
        (ScriptedText(words(400)), read("b")),
        (ScriptedText(words(700)),),
    ]
    async with run_session(
        tmp_path, *replies, budget=60_000, scope=scope, turn_reset=turn_reset
    ) as run:
        fill(run, a=900, b=1_500, c=300)
        await run.driver.run_turn("one")
        await agrees(run)
        await run.driver.run_turn("two")
        await agrees(run)
        assert run.state.ledger.unsettled == 0


async def test_an_interrupt_and_a_broken_stream_are_charged_and_told(tmp_path: Path):
    replies = [
        (ScriptedText(words(2_000)),),
        (ScriptedText(words(2_000)),),
        (ScriptedText(words(100)),),
        (ScriptedText("ok"),),
    ]
    async with run_session(tmp_path, *replies, budget=40_000) as run:
        await run.server.faults({"kind": "drop", "request": 1, "after": 10})
        await run.driver.run_turn("one")
        assert [e.reason for e in run.events(ev.RequestFailed)] == ["fault"]
        assert run.state.last_end.reason == "completed"
        await run.driver.run_turn("two")
        await agrees(run)


async def test_landing_runs_no_more_tools_and_asks_for_the_report(tmp_path: Path):
    report = ScriptedToolUse(
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
    replies = [
        (ScriptedText(words(18_500)), ScriptedToolUse("bash", {"command": "touch ran"})),
        (report,),
        (ScriptedText("Landed."),),
    ]
    async with run_session(tmp_path, *replies, budget=20_000) as run:
        await run.driver.run_turn("go")
        assert not (run.folder / "ran").exists()
        assert [e.reason for e in run.events(ev.NoteSent)] == ["landing"]
        assert [e.stage for e in run.events(ev.StageCrossed)] == ["landing"]
        assert run.state.last_wrap_up is not None
        assert run.state.last_wrap_up.not_started == ("b",)
        assert run.state.last_end.reason == "landed"
        assert {r["total"] for r in await run.server.ledger()} == {20_000}, "the total stays whole"


async def test_a_model_that_will_not_land_is_ended_with_the_programs_own_report(
    tmp_path: Path,
):
    more = (ScriptedText("one more"), ScriptedToolUse("bash", {"command": "touch ran"}))
    plan = ScriptedToolUse(
        "checklist", {"subtasks": [{"id": "a", "title": "Do a", "estimate": 900}]}
    )
    async with run_session(
        tmp_path, (plan, ScriptedText("x")), (ScriptedText(words(18_500)), *more), more, more
    ) as run:
        await run.driver.commit(ev.BudgetGranted(total=20_000))
        await run.driver.run_turn("go")
        assert not (run.folder / "ran").exists()
        (filed,) = run.events(ev.WrappedUp)
        assert (filed.by, filed.report.not_started) == ("client", ("Do a",))
        assert run.state.last_end.reason == "landed"


@pytest.mark.parametrize(
    ("on_limit", "reason"), [("wrap", "landed"), ("pause", "paused"), ("stop", "stopped")]
)
async def test_what_happens_at_the_reserve_is_chosen(tmp_path: Path, on_limit: str, reason: str):
    replies = [
        (ScriptedText(words(18_500)), ScriptedToolUse("bash", {"command": "true"})),
        (ScriptedText("end"),),
    ]
    async with run_session(tmp_path, *replies, budget=20_000) as run:
        change_context(run.ctx, limit_policy=on_limit)
        await run.driver.run_turn("go")
        assert run.state.last_end.reason == reason
        assert run.state.open_limit is None


async def test_an_extension_goes_on_in_place(tmp_path: Path):
    replies = [
        (ScriptedText(words(18_500)), ScriptedToolUse("bash", {"command": "touch ran"})),
        (ScriptedText("end"),),
    ]
    async with run_session(tmp_path, *replies, budget=20_000) as run:
        change_context(run.ctx, limit_policy="ask")
        run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.LimitReached),
            lambda: run.driver.answer_limit("extend", 30_000),
        )
        await run.driver.run_turn("go")
        assert (run.folder / "ran").exists()
        assert run.state.grant == 50_000
        assert run.state.last_end.reason == "completed"
        await agrees(run)


async def test_silence_means_pause(tmp_path: Path):
    replies = [(ScriptedText(words(18_500)), ScriptedToolUse("bash", {"command": "touch ran"}))]
    async with run_session(tmp_path, *replies, budget=20_000) as run:
        change_context(run.ctx, limit_policy="ask", limit_answer_seconds=0.0)
        await run.driver.run_turn("go")
        (answered,) = run.events(ev.LimitAnswered)
        assert (answered.answer, answered.silent) == ("pause", True)
        assert run.state.last_end.reason == "paused"
        assert not (run.folder / "ran").exists()


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (HardLimits(requests=1), "requests"),
        (HardLimits(dollars=Decimal("0.00001")), "dollars"),
    ],
)
async def test_a_hard_limit_forbids_the_next_request(tmp_path: Path, limits: HardLimits, name: str):
    call = ScriptedToolUse("bash", {"command": "true"})
    async with run_session(tmp_path, (ScriptedText("a"), call), (ScriptedText("b"),)) as run:
        change_context(run.ctx, hard_limits=limits)
        await run.driver.run_turn("go")
        (reached,) = run.events(ev.LimitReached)
        assert reached.limit == name
        assert run.state.last_end.reason == "hard_limit"
        assert len(await run.server.ledger()) <= 1


async def test_tokens_over_the_budget_clamp_the_next_message(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText(words(30_000)),), budget=20_000) as run:
        change_context(run.ctx, hard_limits=HardLimits(over_budget=2_000))
        await run.driver.run_turn("go")
        (started,) = run.events(ev.RequestStarted)
        assert started.max_tokens == 22_000
        assert run.state.charged <= 22_000
        assert run.state.last_end.reason == "hard_limit"


async def test_a_budget_too_small_is_answered_with_a_bigger_one(tmp_path: Path):
    words_ = "The token budget is too small for this: it would need about 60k tokens."
    async with run_session(tmp_path, (ScriptedText(words_),), budget=20_000) as run:
        await run.driver.run_turn("rewrite everything")
        end = run.state.last_end
        assert end is not None and end.reason == "declined"
        assert "/budget 75k" in end.sentence
        assert end.budget == 75_000


async def test_a_bigger_budget_is_offered_within_its_cap(tmp_path: Path):
    words_ = "The token budget is too small for this: it would need about 60k tokens."
    async with run_session(
        tmp_path, (ScriptedText(words_),), (ScriptedText(words_),), budget=20_000
    ) as run:
        change_context(run.ctx, caps=read_managed_caps(tmp_path, task_budget=50_000))
        await run.driver.run_turn("rewrite everything")
        assert run.state.last_end.budget == 50_000
        change_context(run.ctx, caps=read_managed_caps(tmp_path, task_budget=20_000))
        await run.driver.run_turn("rewrite everything")
        end = run.state.last_end
        assert end is not None and end.reason == "declined"
        assert end.budget is None and "/budget" not in end.sentence


async def test_what_was_used_beyond_the_budget_is_told_to_the_token(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText(words(21_234)),), budget=20_000) as run:
        await run.driver.run_turn("go")
        end = run.state.last_end
        assert end is not None
        over = run.state.charged - 20_000
        assert over == end.over and 1_200 < over < 1_300
        assert end.sentence == f"{over:,} tokens over the budget of 20,000."


async def test_overshoot_of_a_limit_in_dollars_is_at_most_the_last_request(tmp_path: Path):
    replies = [
        (ScriptedText(words(700)), ScriptedToolUse("bash", {"command": f"echo {n}"}))
        for n in range(40)
    ]
    async with run_session(tmp_path, *replies) as run:
        change_context(run.ctx, hard_limits=HardLimits(dollars=Decimal("0.20")))
        await run.driver.run_turn("go")
        end, bill = run.state.last_end, run.state.bill.dollars
        assert end is not None and end.reason == "hard_limit" and bill is not None
        *_, last = run.events(ev.RequestFinished)
        assert bill - Decimal("0.20") <= last.dollars
        rooms = [e.max_tokens for e in run.events(ev.RequestStarted)]
        assert rooms == sorted(rooms, reverse=True), "each request may write less than the last"
        assert 1_024 <= rooms[-1] < 64_000, "clamped"


@pytest.mark.parametrize(
    ("model", "effort", "most"),
    [
        ("claude-opus-5-5", "low", 32_000),
        ("claude-opus-5-5", "high", 64_000),
        ("claude-opus-5-5", "xhigh", 128_000),
        ("claude-opus-5-5", "max", 128_000),
        ("claude-haiku-4-5", None, 32_000),
    ],
)
async def test_a_hard_limit_of_each_message_is_always_sent(
    tmp_path: Path, model: str, effort: str | None, most: int
):
    async with run_session(tmp_path, (ScriptedText("ok"),), model=model, effort=effort) as run:
        await run.driver.run_turn("go")
        (started,) = run.events(ev.RequestStarted)
        assert started.max_tokens == most
        assert run.ctx.run.recent_requests[-1].params["max_tokens"] == most


async def test_a_model_that_cannot_see_a_budget_gets_notes(tmp_path: Path):
    replies = [(ScriptedText("a"), read("a")), (ScriptedText("b"),)]
    async with run_session(tmp_path, *replies, model="claude-sonnet-4-6", budget=50_000) as run:
        fill(run, a=500)
        await run.driver.run_turn("go")
        notes = [e for e in run.events(ev.NoteSent) if e.reason == "countdown"]
        assert len(notes) == 2
        assert "50,000 of 50,000" in notes[0].text
        assert all(row["total"] is None for row in await run.server.ledger())


async def test_a_landing_says_what_is_left_once(tmp_path: Path):
    """The note of a landing and a countdown behind it would name two figures."""
    replies = [(ScriptedText(words(25_000)), read("a")), (ScriptedText("b"),)]
    async with run_session(tmp_path, *replies, model="claude-sonnet-4-6", budget=20_000) as run:
        change_context(run.ctx, limit_policy="wrap")
        fill(run, a=5)
        await run.driver.run_turn("go")
        reasons = [e.reason for e in run.events(ev.NoteSent)]
        assert reasons == ["countdown", "landing"], "the first is that of the prompt"


async def test_an_effort_told_in_the_conversation_has_its_own_limit_of_output(
    tmp_path: Path,
):
    async with run_session(
        tmp_path, (ScriptedText("a"),), (ScriptedText("b"),), effort="high"
    ) as run:
        await run.driver.run_turn("go")
        await run.driver.commit(ev.EffortChanged(effort="low"))
        await run.driver.run_turn("go on")
        first, second = run.events(ev.RequestStarted)
        assert (second.effort, second.top_effort) == ("low", "high")
        assert (first.max_tokens, second.max_tokens) == (64_000, 32_000)
        assert (await run.server.ledger())[-1]["cache_read_input_tokens"] > 0, "the cache holds"


async def test_a_server_that_rejects_the_budget_gets_notes_from_then_on(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("a"),), (ScriptedText("b"),)) as run:
        message = "output_config.task_budget: Extra inputs are not permitted"
        await run.server.faults({"kind": "status", "request": 1, "status": 400, "message": message})
        await run.driver.run_turn("go")
        assert run.state.last_end.reason == "completed"
        assert any("refused the task budget" in e.sentence for e in run.events(ev.NoticeShown))
        assert [e.budget for e in run.events(ev.RequestStarted)][1] is None


@pytest.mark.parametrize("strategy", ["summary", "server"])
async def test_a_summary_of_a_long_session_frees_60_to_80_percent_of_it_and_more(
    tmp_path: Path, strategy: CompactionStrategy
):
    long_summary = f"<summary>{words(1_200)}</summary>"  # as long as the model is asked for
    turns = [
        reply
        for _ in range(6)
        for reply in ((ScriptedText(words(900)), read("a")), (ScriptedText("So."),))
    ]
    async with run_session(
        tmp_path, *turns, (ScriptedText(long_summary),), (ScriptedText(words(50)),)
    ) as run:
        change_context(run.ctx, compaction_strategy=strategy)
        fill(run, a=600)
        for number in range(6):
            await run.driver.run_turn(f"prompt {number}")
        before = (await run.server.ledger())[-1]
        await run.driver.compact()
        (rewritten,) = run.events(ev.Rewritten)
        await run.driver.run_turn("and now")
        after = (await run.server.ledger())[-1]

        def context(row: dict[str, Any]) -> int:
            return int(row["input_tokens"] + sum(int(row[name]) for name in CACHED_FIELDS))

        freed = 1 - context(after) / context(before)
        assert freed >= 0.6, "by the server's own count of the next request"
        (divider,) = [
            item
            for item in TranscriptPresenter(run.state).history(list(full_log(run.store)))
            if isinstance(item, DividerItem) and "compacted" in item.text
        ]
        told = 1 - rewritten.after / rewritten.before
        assert f"{round(100 * told)} % less" in divider.text
        assert abs(told - freed) < 0.05


async def test_a_compaction_rewrites_once_and_the_gauge_still_agrees(tmp_path: Path):
    replies = [
        (ScriptedText(words(3_000)), read("a")),
        (ScriptedText(words(2_000)),),
        (ScriptedText(SUMMARY),),
        (ScriptedText(words(500)), read("a")),
        (ScriptedText(words(400)),),
        (ScriptedText(words(100)),),
    ]
    async with run_session(tmp_path, *replies, budget=60_000) as run:
        fill(run, a=2_000)
        await run.driver.commit(
            ev.ChecklistChanged(updates=(SubtaskUpdate(id="t", title="Keep me"),))
        )
        await run.driver.run_turn("one")
        before = run.state.context
        await run.driver.compact("keep the names")
        (rewritten,) = run.events(ev.Rewritten)
        assert rewritten.after < before * 0.6, "a short session, most of it preamble"
        assert "t" in run.state.checklist
        await run.driver.run_turn("two")
        await agrees(run)
        await run.driver.run_turn("three")
        await agrees(run)
        sent = [row["remaining"] for row in await run.server.ledger() if row["kind"] == "message"]
        later = sent[3:]
        assert len(set(later)) == 1 and later[0] is not None, "it changes only at the rewrite"
        asked = json.dumps(run.server.script.inputs[3].messages[0])
        assert "Keep me" in asked and "<summary>" in asked


async def test_a_compaction_that_fails_leaves_the_session_as_it_was(tmp_path: Path):
    replies = [
        (ScriptedText(words(500)),),
        (ScriptedText("I would rather not."),),
        (ScriptedText("ok"),),
    ]
    async with run_session(tmp_path, *replies) as run:
        await run.driver.run_turn("one")
        before = run.state.conversation.sendable()
        await run.driver.compact()
        assert run.state.conversation.sendable() == before
        assert any("stays as it is" in e.sentence for e in run.events(ev.ErrorShown))
        await run.driver.run_turn("two")
        await agrees(run)


async def test_the_conversation_is_shortened_by_itself_before_it_is_full(tmp_path: Path):
    replies = [
        (ScriptedText(words(3_000)), read("a")),
        (ScriptedText(SUMMARY),),
        (ScriptedText("done"),),
    ]
    async with run_session(tmp_path, *replies) as run:
        fill(run, a=100)
        change_context(run.ctx, compact_at=0.004)
        await run.driver.run_turn("one")
        assert len(run.events(ev.Rewritten)) == 1
        assert any("shortened now" in e.sentence for e in run.events(ev.NoticeShown))
        assert run.state.last_end.reason == "completed"
        await agrees(run)


async def test_a_changed_effort_is_told_without_losing_the_cache(tmp_path: Path):
    replies = [(ScriptedText(words(2_000)),), (ScriptedText("b"),), (ScriptedText("c"),)]
    async with run_session(tmp_path, *replies) as run:
        await run.driver.run_turn("one")
        await run.driver.commit(ev.EffortChanged(effort="low"))
        await run.driver.run_turn("two")
        rows = await run.server.ledger()
        assert [row["effort"] for row in rows] == ["high", "low"]
        assert rows[1]["cache_read_input_tokens"] > 2_000
        assert [e.top_effort for e in run.events(ev.RequestStarted)] == ["high", "high"]
        await agrees(run)


async def test_thinking_that_is_not_accepted_is_left_out_and_the_request_sent_again(
    tmp_path: Path,
):
    from tui.simulator.scripted_model.model_input import ScriptedThinking

    replies = [
        (ScriptedThinking(words(500)), ScriptedText("a")),
        (ScriptedText("b"),),
        (ScriptedText("c"),),
    ]
    async with run_session(tmp_path, *replies) as run:
        await run.driver.run_turn("one")
        message = "Invalid `signature` in `thinking` block"
        await run.server.faults({"kind": "status", "request": 1, "status": 400, "message": message})
        await run.driver.run_turn("two")
        assert [e.reason for e in run.events(ev.Rewritten)] == ["invalid_signature"]
        assert '"type": "thinking"' not in json.dumps(run.server.script.inputs[-1].messages)
        assert run.state.last_end.reason == "completed"
        await agrees(run)
