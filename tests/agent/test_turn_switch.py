"""Another model goes on: what it can read, how it counts, and what it is shown."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.agent.cache_cost import CacheCosts
from tui.claude.pricing import rates_for
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedThinking, ScriptedToolUse

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-4-6", "claude-haiku-5-5"
"""The second counts about a quarter fewer tokens for the same text, and sees no budget."""


def read(name: str) -> ScriptedToolUse:
    return ScriptedToolUse("read", {"path": name})


async def choose(run: SessionRun, model: str) -> None:
    effort = run.ctx.services.catalogue.model(model).default_effort
    await run.driver.commit(ev.ModelChanged(model=model, effort=effort))


async def agrees(run: SessionRun) -> None:
    grant, left = run.state.grant, run.state.left
    assert grant is not None and left is not None
    assert abs(left - await run.countdown()) <= grant // 100


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
@pytest.mark.parametrize("scope", ["session", "turn"])
async def test_the_gauge_agrees_after_a_model_with_another_tokenizer(
    tmp_path: Path, scope: str, turn_reset: str
):
    replies = [
        (ScriptedThinking(words(900)), ScriptedText(words(4_000)), read("a")),
        (ScriptedText(words(3_000)),),
        (ScriptedText(words(6_000)), read("a")),
        (ScriptedText(words(1_000)),),
        (ScriptedThinking(words(500)), ScriptedText(words(800)), read("a")),
        (ScriptedText(words(300)),),
    ]
    async with run_session(tmp_path, *replies, scope=scope, turn_reset=turn_reset) as run:
        (run.folder / "a").write_text("some words in a line\n" * 400)
        await run.driver.run_turn("one")
        await agrees(run)
        await choose(run, SONNET)
        await run.driver.run_turn("two")
        await choose(run, OPUS)
        await run.driver.run_turn("three")
        await agrees(run)
        assert [e.model for e in run.events(ev.Rewritten)] == [SONNET, OPUS]
        again = run.folded_from_disk()
        assert (again.left, again.wire_budget()) == (run.state.left, run.state.wire_budget())


async def test_what_was_charged_stays_charged_when_another_model_counts_less(
    tmp_path: Path,
):
    async with run_session(tmp_path, (ScriptedText(words(4_000)),), (ScriptedText("b"),)) as run:
        await run.driver.run_turn("one")
        before = run.state.ledger.charged
        await choose(run, SONNET)
        await run.driver.run_turn("two")
        assert run.state.ledger.charged - before < 100
        assert run.state.counted_tokens() == pytest.approx(4_000 / 1.3, rel=0.02)


async def test_a_model_that_counts_more_is_shown_what_is_left_and_not_less(tmp_path: Path):
    replies = [(ScriptedText(words(9_000)),), (ScriptedText("b"),), (ScriptedText("c"),)]
    async with run_session(tmp_path, *replies, model=SONNET, effort="high") as run:
        await run.driver.run_turn("one")
        await choose(run, OPUS)
        await run.driver.run_turn("two")
        await agrees(run)
        (row,) = [r for r in await run.server.ledger() if r["kind"] == "message" and r["total"]]
        assert row["total"] > 100_000 and row["remaining"] is None


async def test_thinking_and_effort_messages_of_the_old_model_leave(tmp_path: Path):
    replies = [
        (ScriptedThinking(words(50)), ScriptedText("a")),
        (ScriptedThinking(words(50)), ScriptedText("b")),
        (ScriptedText("c"),),
    ]
    async with run_session(tmp_path, *replies) as run:
        await run.driver.run_turn("one")
        await run.driver.commit(ev.EffortChanged(effort="low"))
        await run.driver.run_turn("two")
        assert any(message.role == "system" for message in run.state.conversation.messages)
        await choose(run, SONNET)
        await run.driver.run_turn("three")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        told = json.dumps(run.server.script.inputs[-1].messages)
        assert '"thinking"' not in told and '"system"' not in told


async def test_the_price_of_another_model_leaves_out_the_thinking_it_is_not_sent(
    tmp_path: Path,
):
    """5,000 tokens of thinking and 3,000 of text are in the cache; the answer behind is not."""
    replies = [
        (ScriptedThinking(words(5_000)), ScriptedText(words(3_000)), read("a")),
        (ScriptedText(words(40)),),
        (ScriptedText("end"),),
    ]
    async with run_session(tmp_path, *replies, budget=None) as run:
        change_context(run.ctx, now=run.clock)
        (run.folder / "a").write_text("some words in a line\n" * 400)
        await run.driver.run_turn("one")
        to = run.ctx.services.catalogue.model("claude-opus-4-8")
        foretold = CacheCosts(run.state, run.ctx).rewrite(ev.ModelChanged(model=to.id), prompt=True)
        assert foretold.estimated
        await choose(run, to.id)
        await run.driver.run_turn("two")
        written = run.events(ev.RequestFinished)[-1].usage.cache_write
        fresh = 120  # the answer of 40 words, the prompt, the system's own tokens
        assert foretold.tokens <= written <= foretold.tokens + fresh
        now = datetime.fromtimestamp(run.clock(), UTC).date()
        rates = rates_for(to, now, 0)
        assert rates is not None and foretold.dollars is not None
        assert foretold.dollars <= foretold.tokens * rates.cache_write_1h / 1_000_000


async def test_results_that_wait_are_counted_with_their_calls(tmp_path: Path):
    """An interrupt leaves results waiting; the next model reads them with its first request."""
    replies = [(ScriptedText(words(2_000)), read("a")), (ScriptedText("b"),)]
    async with run_session(tmp_path, *replies) as run:
        (run.folder / "a").write_text("some words in a line\n" * 400)
        run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolFinished),
            run.driver.interrupt,
        )
        await run.driver.run_turn("one")
        await choose(run, HAIKU)
        await run.driver.run_turn("two")
        (rewritten,) = run.events(ev.Rewritten)
        assert rewritten.weights and run.state.last_end.reason == "completed"
        await agrees(run)


@pytest.mark.parametrize(("old", "new"), [(OPUS, HAIKU), (SONNET, OPUS)])
async def test_results_that_wait_are_measured_by_the_first_answer_of_the_next_model(
    tmp_path: Path, old: str, new: str
):
    """Words weigh about half of what their bytes let expect."""
    replies = [(ScriptedText(words(500)), read("a")), (ScriptedText("b"),)]
    async with run_session(tmp_path, *replies, model=old, effort="high") as f:
        (f.folder / "a").write_text("internationalization of configurations\n" * 300)
        f.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolFinished),
            f.driver.interrupt,
        )
        await f.driver.run_turn("one")
        assert f.state.unsettled > 1_000
        await choose(f, new)
        await f.driver.run_turn("two")
        assert f.state.unsettled == 0
        assert f.state.left is not None
        assert abs(f.state.left - await f.countdown()) <= 10
        assert f.folded_from_disk().left == f.state.left


async def test_results_that_wait_stay_an_estimate_where_nobody_counts(tmp_path: Path):
    replies = [(ScriptedText("a"), read("a")), (ScriptedText("b"),)]
    async with run_session(tmp_path, *replies) as f:
        (f.folder / "a").write_text("some words in a line\n" * 400)
        f.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolFinished),
            f.driver.interrupt,
        )
        await f.driver.run_turn("one")
        f.ctx.services.client.count_tokens = cannot_count  # type: ignore[method-assign]
        await choose(f, HAIKU)
        await f.driver.run_turn("two")
        assert f.state.unsettled > 1_000


async def test_where_the_server_cannot_count_the_catalogue_tells_the_ratio(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText(words(5_200)),), (ScriptedText("b"),)) as run:
        await run.driver.run_turn("one")
        run.ctx.services.client.count_tokens = cannot_count  # type: ignore[method-assign]
        await choose(run, SONNET)
        await run.driver.run_turn("two")
        (rewritten,) = run.events(ev.Rewritten)
        assert sum(rewritten.weights.values()) == pytest.approx(4_000, abs=20)


async def cannot_count(request: object) -> None:
    return None


async def test_the_same_model_again_rewrites_nothing(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("a"),), (ScriptedText("b"),)) as run:
        await run.driver.run_turn("one")
        await choose(run, SONNET)
        await choose(run, OPUS)
        await run.driver.run_turn("two")
        assert run.events(ev.Rewritten) == []
