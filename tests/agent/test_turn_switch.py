"""Another model goes on: what it can read, how it counts, and what it is shown."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flight import Flight, flight
from simulator_server import words

from tui.agent.caching import price_of
from tui.claude.pricing import rates_for
from tui.session import events as ev
from tui.simulator.pilot.situation import Text, Thinking, ToolUse

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-4-6", "claude-haiku-5-5"
"""The second counts about a quarter fewer tokens for the same text, and sees no budget."""


def read(name: str) -> ToolUse:
    return ToolUse("read", {"path": name})


async def choose(f: Flight, model: str) -> None:
    effort = f.means.catalogue.model(model).default_effort
    await f.driver.record(ev.ModelChanged(model=model, effort=effort))


async def agrees(f: Flight) -> None:
    grant, left = f.state.grant, f.state.left
    assert grant is not None and left is not None
    assert abs(left - await f.countdown()) <= grant // 100


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
@pytest.mark.parametrize("scope", ["session", "turn"])
async def test_the_gauge_agrees_after_a_model_with_another_tokenizer(
    tmp_path: Path, scope: str, turn_reset: str
) -> None:
    replies = [
        (Thinking(words(900)), Text(words(4_000)), read("a")),
        (Text(words(3_000)),),
        (Text(words(6_000)), read("a")),
        (Text(words(1_000)),),
        (Thinking(words(500)), Text(words(800)), read("a")),
        (Text(words(300)),),
    ]
    async with flight(tmp_path, *replies, scope=scope, turn_reset=turn_reset) as f:
        (f.folder / "a").write_text("some words in a line\n" * 400)
        await f.driver.turn("one")
        await agrees(f)
        await choose(f, SONNET)
        await f.driver.turn("two")
        await choose(f, OPUS)
        await f.driver.turn("three")
        await agrees(f)
        assert [e.model for e in f.events(ev.Rewritten)] == [SONNET, OPUS]
        again = f.refolded()
        assert (again.left, again.wire_budget()) == (f.state.left, f.state.wire_budget())


async def test_what_was_charged_stays_charged_when_another_model_counts_less(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, (Text(words(4_000)),), (Text("b"),)) as f:
        await f.driver.turn("one")
        before = f.state.ledger.charged
        await choose(f, SONNET)
        await f.driver.turn("two")
        assert f.state.ledger.charged - before < 100
        assert f.state.counted() == pytest.approx(4_000 / 1.3, rel=0.02)


async def test_a_model_that_counts_more_is_shown_what_is_left_and_not_less(tmp_path: Path) -> None:
    replies = [(Text(words(9_000)),), (Text("b"),), (Text("c"),)]
    async with flight(tmp_path, *replies, model=SONNET, effort="high") as f:
        await f.driver.turn("one")
        await choose(f, OPUS)
        await f.driver.turn("two")
        await agrees(f)
        (row,) = [r for r in await f.server.ledger() if r["kind"] == "message" and r["total"]]
        assert row["total"] > 100_000 and row["remaining"] is None


async def test_thinking_and_effort_messages_of_the_old_model_leave(tmp_path: Path) -> None:
    replies = [(Thinking(words(50)), Text("a")), (Thinking(words(50)), Text("b")), (Text("c"),)]
    async with flight(tmp_path, *replies) as f:
        await f.driver.turn("one")
        await f.driver.record(ev.EffortChanged(effort="low"))
        await f.driver.turn("two")
        assert any(message.role == "system" for message in f.state.conversation.messages)
        await choose(f, SONNET)
        await f.driver.turn("three")
        assert f.state.last_end is not None and f.state.last_end.reason == "completed"
        told = json.dumps(f.server.script.told[-1].messages)
        assert '"thinking"' not in told and '"system"' not in told


async def test_the_price_of_another_model_leaves_out_the_thinking_it_is_not_sent(
    tmp_path: Path,
) -> None:
    """5,000 tokens of thinking and 3,000 of text are in the cache; the answer behind is not."""
    replies = [
        (Thinking(words(5_000)), Text(words(3_000)), read("a")),
        (Text(words(40)),),
        (Text("end"),),
    ]
    async with flight(tmp_path, *replies, budget=None) as f:
        f.means.now = f.clock
        (f.folder / "a").write_text("some words in a line\n" * 400)
        await f.driver.turn("one")
        to = f.means.catalogue.model("claude-opus-4-8")
        foretold = price_of(f.state, f.means, ev.ModelChanged(model=to.id), prompt=True)
        assert foretold.estimated
        await choose(f, to.id)
        await f.driver.turn("two")
        written = f.events(ev.RequestFinished)[-1].usage.cache_write
        fresh = 120  # the answer of 40 words, the prompt, the system's own tokens
        assert foretold.tokens <= written <= foretold.tokens + fresh
        now = datetime.fromtimestamp(f.clock(), UTC).date()
        rates = rates_for(to, now, 0)
        assert rates is not None and foretold.dollars is not None
        assert foretold.dollars <= foretold.tokens * rates.cache_write_1h / 1_000_000


async def test_results_that_wait_are_counted_with_their_calls(tmp_path: Path) -> None:
    """An interrupt leaves results waiting; the next model reads them with its first request."""
    replies = [(Text(words(2_000)), read("a")), (Text("b"),)]
    async with flight(tmp_path, *replies) as f:
        (f.folder / "a").write_text("some words in a line\n" * 400)
        f.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolFinished),
            f.driver.interrupt,
        )
        await f.driver.turn("one")
        await choose(f, HAIKU)
        await f.driver.turn("two")
        (rewritten,) = f.events(ev.Rewritten)
        assert rewritten.weights and f.state.last_end.reason == "completed"  # type: ignore[union-attr]
        await agrees(f)


async def test_where_the_server_cannot_count_the_catalogue_tells_the_ratio(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(5_200)),), (Text("b"),)) as f:
        await f.driver.turn("one")
        f.means.line.count_tokens = cannot_count  # type: ignore[method-assign]
        await choose(f, SONNET)
        await f.driver.turn("two")
        (rewritten,) = f.events(ev.Rewritten)
        assert sum(rewritten.weights.values()) == pytest.approx(4_000, abs=20)


async def cannot_count(request: object) -> None:
    return None


async def test_the_same_model_again_rewrites_nothing(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("a"),), (Text("b"),)) as f:
        await f.driver.turn("one")
        await choose(f, SONNET)
        await choose(f, OPUS)
        await f.driver.turn("two")
        assert f.events(ev.Rewritten) == []
