"""The budget in flight: gauge against countdown, landing, limits, notes, compaction."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cached import CACHED
from flight import Flight, flight
from managed_caps import caps
from simulator_server import words

from tui.agent.means import Strategy
from tui.budget.fuses import Fuses
from tui.screens.presenting import Presenter
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.fork import lineage
from tui.simulator.pilot.situation import Text, ToolUse
from tui.widgets.transcript.items import Divider

SUMMARY = f"<summary>What was done: {words(300)}</summary>"


def read(path: str) -> ToolUse:
    return ToolUse("read", {"path": path})


def fill(flown: Flight, **files: int) -> None:
    """Files of about so many tokens."""
    for name, tokens in files.items():
        (flown.folder / name).write_text(
            "word " * 8 + "\n" + ("word " * 10 + "\n") * (tokens // 10)
        )


async def agrees(flown: Flight) -> None:
    """The gauge differs from the server's countdown by less than 1 % of the grant."""
    left, grant = flown.state.left, flown.state.grant
    assert left is not None and grant is not None
    assert abs(left - await flown.countdown()) <= grant // 100


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
@pytest.mark.parametrize("scope", ["session", "turn"])
async def test_the_gauge_agrees_with_the_countdown(
    tmp_path: Path, turn_reset: str, scope: str
) -> None:
    replies = [
        (Text(words(800)), read("a"), read("b")),
        (Text(words(500)), read("c")),
        (Text(words(900)),),
        (Text(words(400)), read("b")),
        (Text(words(700)),),
    ]
    async with flight(tmp_path, *replies, budget=60_000, scope=scope, turn_reset=turn_reset) as f:
        fill(f, a=900, b=1_500, c=300)
        await f.driver.turn("one")
        await agrees(f)
        await f.driver.turn("two")
        await agrees(f)
        assert f.state.ledger.unsettled == 0


async def test_an_interrupt_and_a_broken_stream_are_charged_and_told(tmp_path: Path) -> None:
    replies = [(Text(words(2_000)),), (Text(words(2_000)),), (Text(words(100)),), (Text("ok"),)]
    async with flight(tmp_path, *replies, budget=40_000) as f:
        await f.server.faults({"kind": "drop", "request": 1, "after": 10})
        await f.driver.turn("one")
        assert [e.reason for e in f.events(ev.RequestFailed)] == ["fault"]
        assert f.state.last_end.reason == "completed"  # type: ignore[union-attr]
        await f.driver.turn("two")
        await agrees(f)


async def test_landing_runs_no_more_tools_and_asks_for_the_report(tmp_path: Path) -> None:
    report = ToolUse(
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
        (Text(words(18_500)), ToolUse("bash", {"command": "touch ran"})),
        (report,),
        (Text("Landed."),),
    ]
    async with flight(tmp_path, *replies, budget=20_000) as f:
        await f.driver.turn("go")
        assert not (f.folder / "ran").exists()
        assert [e.reason for e in f.events(ev.NoteSent)] == ["landing"]
        assert [e.stage for e in f.events(ev.StageCrossed)] == ["landing"]
        assert f.state.last_wrap_up is not None
        assert f.state.last_wrap_up.not_started == ("b",)
        assert f.state.last_end.reason == "landed"  # type: ignore[union-attr]
        assert {r["total"] for r in await f.server.ledger()} == {20_000}, "the total stays whole"


async def test_a_model_that_will_not_land_is_ended_with_the_programs_own_report(
    tmp_path: Path,
) -> None:
    more = (Text("one more"), ToolUse("bash", {"command": "touch ran"}))
    plan = ToolUse("checklist", {"subtasks": [{"id": "a", "title": "Do a", "estimate": 900}]})
    async with flight(tmp_path, (plan, Text("x")), (Text(words(18_500)), *more), more, more) as f:
        await f.driver.record(ev.BudgetGranted(total=20_000))
        await f.driver.turn("go")
        assert not (f.folder / "ran").exists()
        (filed,) = f.events(ev.WrappedUp)
        assert (filed.by, filed.report.not_started) == ("client", ("Do a",))
        assert f.state.last_end.reason == "landed"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("on_limit", "reason"), [("wrap", "landed"), ("pause", "paused"), ("stop", "stopped")]
)
async def test_what_happens_at_the_reserve_is_chosen(
    tmp_path: Path, on_limit: str, reason: str
) -> None:
    replies = [(Text(words(18_500)), ToolUse("bash", {"command": "true"})), (Text("end"),)]
    async with flight(tmp_path, *replies, budget=20_000) as f:
        f.means.on_limit = on_limit  # type: ignore[assignment]
        await f.driver.turn("go")
        assert f.state.last_end.reason == reason  # type: ignore[union-attr]
        assert f.state.limit is None


async def test_an_extension_goes_on_in_place(tmp_path: Path) -> None:
    replies = [(Text(words(18_500)), ToolUse("bash", {"command": "touch ran"})), (Text("end"),)]
    async with flight(tmp_path, *replies, budget=20_000) as f:
        f.means.on_limit = "ask"
        f.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.LimitReached),
            lambda: f.driver.answer_limit("extend", 30_000),
        )
        await f.driver.turn("go")
        assert (f.folder / "ran").exists()
        assert f.state.grant == 50_000
        assert f.state.last_end.reason == "completed"  # type: ignore[union-attr]
        await agrees(f)


async def test_silence_means_pause(tmp_path: Path) -> None:
    replies = [(Text(words(18_500)), ToolUse("bash", {"command": "touch ran"}))]
    async with flight(tmp_path, *replies, budget=20_000) as f:
        f.means.on_limit, f.means.limit_patience = "ask", 0.0
        await f.driver.turn("go")
        (answered,) = f.events(ev.LimitAnswered)
        assert (answered.answer, answered.silent) == ("pause", True)
        assert f.state.last_end.reason == "paused"  # type: ignore[union-attr]
        assert not (f.folder / "ran").exists()


@pytest.mark.parametrize(
    ("fuses", "name"),
    [
        (Fuses(requests=1), "requests"),
        (Fuses(dollars=Decimal("0.00001")), "dollars"),
    ],
)
async def test_a_fuse_forbids_the_next_request(tmp_path: Path, fuses: Fuses, name: str) -> None:
    call = ToolUse("bash", {"command": "true"})
    async with flight(tmp_path, (Text("a"), call), (Text("b"),)) as f:
        f.means.fuses = fuses
        await f.driver.turn("go")
        (reached,) = f.events(ev.LimitReached)
        assert reached.limit == name
        assert f.state.last_end.reason == "fuse"  # type: ignore[union-attr]
        assert len(await f.server.ledger()) <= 1


async def test_tokens_over_the_budget_clamp_the_next_message(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(30_000)),), budget=20_000) as f:
        f.means.fuses = Fuses(over_budget=2_000)
        await f.driver.turn("go")
        (started,) = f.events(ev.RequestStarted)
        assert started.max_tokens == 22_000
        assert f.state.charged <= 22_000
        assert f.state.last_end.reason == "fuse"  # type: ignore[union-attr]


async def test_a_budget_too_small_is_answered_with_a_bigger_one(tmp_path: Path) -> None:
    words_ = "The token budget is too small for this: it would need about 60k tokens."
    async with flight(tmp_path, (Text(words_),), budget=20_000) as f:
        await f.driver.turn("rewrite everything")
        end = f.state.last_end
        assert end is not None and end.reason == "declined"
        assert "/budget 75k" in end.sentence
        assert end.budget == 75_000


async def test_a_bigger_budget_is_offered_within_its_cap(tmp_path: Path) -> None:
    words_ = "The token budget is too small for this: it would need about 60k tokens."
    async with flight(tmp_path, (Text(words_),), (Text(words_),), budget=20_000) as f:
        f.means.caps = caps(tmp_path, task_budget=50_000)
        await f.driver.turn("rewrite everything")
        assert f.state.last_end.budget == 50_000  # type: ignore[union-attr]
        f.means.caps = caps(tmp_path, task_budget=20_000)
        await f.driver.turn("rewrite everything")
        end = f.state.last_end
        assert end is not None and end.reason == "declined"
        assert end.budget is None and "/budget" not in end.sentence


async def test_what_was_used_beyond_the_budget_is_told_to_the_token(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(21_234)),), budget=20_000) as f:
        await f.driver.turn("go")
        end = f.state.last_end
        assert end is not None
        over = f.state.charged - 20_000
        assert over == end.over and 1_200 < over < 1_300
        assert end.sentence == f"{over:,} tokens over the budget of 20,000."


async def test_overshoot_of_a_limit_in_dollars_is_at_most_the_last_request(tmp_path: Path) -> None:
    replies = [(Text(words(700)), ToolUse("bash", {"command": f"echo {n}"})) for n in range(40)]
    async with flight(tmp_path, *replies) as f:
        f.means.fuses = Fuses(dollars=Decimal("0.20"))
        await f.driver.turn("go")
        end, bill = f.state.last_end, f.state.bill.dollars
        assert end is not None and end.reason == "fuse" and bill is not None
        *_, last = f.events(ev.RequestFinished)
        assert bill - Decimal("0.20") <= last.dollars
        rooms = [e.max_tokens for e in f.events(ev.RequestStarted)]
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
) -> None:
    async with flight(tmp_path, (Text("ok"),), model=model, effort=effort) as f:
        await f.driver.turn("go")
        (started,) = f.events(ev.RequestStarted)
        assert started.max_tokens == most
        assert f.means.sent[-1].params["max_tokens"] == most


async def test_a_model_that_cannot_see_a_budget_gets_notes(tmp_path: Path) -> None:
    replies = [(Text("a"), read("a")), (Text("b"),)]
    async with flight(tmp_path, *replies, model="claude-sonnet-4-6", budget=50_000) as f:
        fill(f, a=500)
        await f.driver.turn("go")
        notes = [e for e in f.events(ev.NoteSent) if e.reason == "countdown"]
        assert len(notes) == 2
        assert "50,000 of 50,000" in notes[0].text
        assert all(row["total"] is None for row in await f.server.ledger())


async def test_a_landing_says_what_is_left_once(tmp_path: Path) -> None:
    """The note of a landing and a countdown behind it would name two figures."""
    replies = [(Text(words(25_000)), read("a")), (Text("b"),)]
    async with flight(tmp_path, *replies, model="claude-sonnet-4-6", budget=20_000) as f:
        f.means.on_limit = "wrap"
        fill(f, a=5)
        await f.driver.turn("go")
        reasons = [e.reason for e in f.events(ev.NoteSent)]
        assert reasons == ["countdown", "landing"], "the first is that of the prompt"


async def test_an_effort_told_in_the_conversation_has_its_own_limit_of_output(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, (Text("a"),), (Text("b"),), effort="high") as f:
        await f.driver.turn("go")
        await f.driver.record(ev.EffortChanged(effort="low"))
        await f.driver.turn("go on")
        first, second = f.events(ev.RequestStarted)
        assert (second.effort, second.top_effort) == ("low", "high")
        assert (first.max_tokens, second.max_tokens) == (64_000, 32_000)
        assert (await f.server.ledger())[-1]["cache_read_input_tokens"] > 0, "the cache holds"


async def test_a_server_that_rejects_the_budget_gets_notes_from_then_on(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("a"),), (Text("b"),)) as f:
        message = "output_config.task_budget: Extra inputs are not permitted"
        await f.server.faults({"kind": "status", "request": 1, "status": 400, "message": message})
        await f.driver.turn("go")
        assert f.state.last_end.reason == "completed"  # type: ignore[union-attr]
        assert any("refused the task budget" in e.sentence for e in f.events(ev.NoticeShown))
        assert [e.budget for e in f.events(ev.RequestStarted)][1] is None


@pytest.mark.parametrize("strategy", ["summary", "server"])
async def test_a_summary_of_a_long_session_frees_60_to_80_percent_of_it_and_more(
    tmp_path: Path, strategy: Strategy
) -> None:
    long_summary = f"<summary>{words(1_200)}</summary>"  # as long as the model is asked for
    turns = [reply for _ in range(6) for reply in ((Text(words(900)), read("a")), (Text("So."),))]
    async with flight(tmp_path, *turns, (Text(long_summary),), (Text(words(50)),)) as f:
        f.means.strategy = strategy
        fill(f, a=600)
        for number in range(6):
            await f.driver.turn(f"prompt {number}")
        before = (await f.server.ledger())[-1]
        await f.driver.compact()
        (rewritten,) = f.events(ev.Rewritten)
        await f.driver.turn("and now")
        after = (await f.server.ledger())[-1]

        def context(row: dict[str, Any]) -> int:
            return int(row["input_tokens"] + sum(int(row[name]) for name in CACHED))

        freed = 1 - context(after) / context(before)
        assert freed >= 0.6, "by the server's own count of the next request"
        (divider,) = [
            item
            for item in Presenter(f.state).history(list(lineage(f.store)))
            if isinstance(item, Divider) and "compacted" in item.text
        ]
        told = 1 - rewritten.after / rewritten.before
        assert f"{round(100 * told)} % less" in divider.text
        assert abs(told - freed) < 0.05


async def test_a_compaction_rewrites_once_and_the_gauge_still_agrees(tmp_path: Path) -> None:
    replies = [
        (Text(words(3_000)), read("a")),
        (Text(words(2_000)),),
        (Text(SUMMARY),),
        (Text(words(500)), read("a")),
        (Text(words(400)),),
        (Text(words(100)),),
    ]
    async with flight(tmp_path, *replies, budget=60_000) as f:
        fill(f, a=2_000)
        await f.driver.record(
            ev.ChecklistChanged(updates=(SubtaskUpdate(id="t", title="Keep me"),))
        )
        await f.driver.turn("one")
        before = f.state.context
        await f.driver.compact("keep the names")
        (rewritten,) = f.events(ev.Rewritten)
        assert rewritten.after < before * 0.6, "a short session, most of it preamble"
        assert "t" in f.state.checklist
        await f.driver.turn("two")
        await agrees(f)
        await f.driver.turn("three")
        await agrees(f)
        sent = [row["remaining"] for row in await f.server.ledger() if row["kind"] == "message"]
        later = sent[3:]
        assert len(set(later)) == 1 and later[0] is not None, "it changes only at the rewrite"
        asked = json.dumps(f.server.script.told[3].messages[0])
        assert "Keep me" in asked and "<summary>" in asked


async def test_a_compaction_that_fails_leaves_the_session_as_it_was(tmp_path: Path) -> None:
    replies = [(Text(words(500)),), (Text("I would rather not."),), (Text("ok"),)]
    async with flight(tmp_path, *replies) as f:
        await f.driver.turn("one")
        before = f.state.conversation.sendable()
        await f.driver.compact()
        assert f.state.conversation.sendable() == before
        assert any("stays as it is" in e.sentence for e in f.events(ev.ErrorShown))
        await f.driver.turn("two")
        await agrees(f)


async def test_the_conversation_is_shortened_by_itself_before_it_is_full(tmp_path: Path) -> None:
    replies = [
        (Text(words(3_000)), read("a")),
        (Text(SUMMARY),),
        (Text("done"),),
    ]
    async with flight(tmp_path, *replies) as f:
        fill(f, a=100)
        f.means.compact_at = 0.004
        await f.driver.turn("one")
        assert len(f.events(ev.Rewritten)) == 1
        assert any("shortened now" in e.sentence for e in f.events(ev.NoticeShown))
        assert f.state.last_end.reason == "completed"  # type: ignore[union-attr]
        await agrees(f)


async def test_a_changed_effort_is_told_without_losing_the_cache(tmp_path: Path) -> None:
    replies = [(Text(words(2_000)),), (Text("b"),), (Text("c"),)]
    async with flight(tmp_path, *replies) as f:
        await f.driver.turn("one")
        await f.driver.record(ev.EffortChanged(effort="low"))
        await f.driver.turn("two")
        rows = await f.server.ledger()
        assert [row["effort"] for row in rows] == ["high", "low"]
        assert rows[1]["cache_read_input_tokens"] > 2_000
        assert [e.top_effort for e in f.events(ev.RequestStarted)] == ["high", "high"]
        await agrees(f)


async def test_thinking_that_is_not_accepted_is_left_out_and_the_request_sent_again(
    tmp_path: Path,
) -> None:
    from tui.simulator.pilot.situation import Thinking

    replies = [(Thinking(words(500)), Text("a")), (Text("b"),), (Text("c"),)]
    async with flight(tmp_path, *replies) as f:
        await f.driver.turn("one")
        message = "Invalid `signature` in `thinking` block"
        await f.server.faults({"kind": "status", "request": 1, "status": 400, "message": message})
        await f.driver.turn("two")
        assert [e.reason for e in f.events(ev.Rewritten)] == ["invalid_signature"]
        assert '"type": "thinking"' not in json.dumps(f.server.script.told[-1].messages)
        assert f.state.last_end.reason == "completed"  # type: ignore[union-attr]
        await agrees(f)
