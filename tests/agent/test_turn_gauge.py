"""Gauge against countdown: after every request of long sessions in which things go wrong.

The simulator works its countdown out again from every request it receives, knowing nothing of
our ledger. Each session here is drawn by chance: parallel reads, refusals, steering, broken
streams, interrupts, messages cut at their limit, under both scopes and both ways of counting.
"""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.agent.session_checks import nightly
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tests.support.state_equality import assert_states_equal
from tui.agent.user_inbox import PermissionAnswer
from tui.claude.stream_events import TextDelta, ThinkingDelta
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)

GRANT = 60_000
TURNS = 8
PROMPT = 700
"""Tokens of a prompt: more than 1 % of the grant, so that it matters which ones are charged."""
SESSIONS = 32 if nightly() else 5
KINDS = ("", "", "drop", "error_event", "max_tokens", "max_tokens", "status", "refusal")


@dataclass
class RandomWorld:
    """A model and a user whose every act is drawn."""

    dice: random.Random

    def respond(self, situation: ModelInput) -> ScriptedReply:
        blocks: list[ScriptedBlock] = []
        if self.dice.random() < 0.7:
            blocks.append(ScriptedThinking(words(self.dice.randint(5, 150))))
        blocks.append(ScriptedText("Well." + words(self.dice.randint(5, 200))))
        if self.dice.random() < 0.6:
            blocks += [self.call() for _ in range(self.dice.randint(1, 4))]
        return ScriptedReply(tuple(blocks))

    def call(self) -> ScriptedToolUse:
        if self.dice.random() < 0.8:
            return ScriptedToolUse("read", {"path": self.dice.choice("abcd")})
        return ScriptedToolUse("write", {"path": "w", "content": words(20)})

    def faults(self) -> list[dict[str, Any]]:
        """What goes wrong in a turn."""
        kind = self.dice.choice(KINDS)
        struck = {"request": self.dice.randint(1, 3)}
        if not kind:
            return []
        if kind in ("max_tokens", "refusal"):
            return [{"kind": "stop", "reason": kind, **struck}]
        return [{"kind": kind, "after": self.dice.randint(2, 12), **struck}]

    def user(self, run: SessionRun) -> None:
        """What the user does in a turn: interrupt, steer, or watch."""
        act = self.dice.choice(["interrupt", "steer", "", ""])
        kind: type[Any] = self.dice.choice([TextDelta, ThinkingDelta, ev.ToolStarted])

        def matches(item: object) -> bool:
            return isinstance(item.event if isinstance(item, ev.Record) else item, kind)

        if act == "interrupt":
            run.when(matches, run.driver.interrupt)
        elif act == "steer":
            run.when(matches, lambda: run.driver.steer("Only b." + words(30)))

    def permission(self, run: SessionRun, item: object) -> None:
        """Allow or refuse what is asked."""
        if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
            answer = self.dice.choice([PermissionAnswer("once"), PermissionAnswer("no", "not now")])
            run.driver.answer_permission(item.event.tool_use, answer)


@dataclass
class GaugeReading:
    """The gauge as it stood when a response was committed."""

    left: int
    vanished: int
    grant: int
    opens: bool
    """Whether it was the turn's first response."""


def watch(run: SessionRun) -> dict[str, GaugeReading]:
    """The gauge after each whole response, by message id."""
    readings: dict[str, GaugeReading] = {}

    def look(item: object) -> None:
        if isinstance(item, ev.Record) and isinstance(item.event, ev.RequestFinished):
            state = run.state
            assert state.left is not None and state.grant is not None
            turns = [each.turn for each in state.requests]
            opens = turns.count(state.turn) == 1
            reading = GaugeReading(state.left, state.dropped_tokens, state.grant, opens)
            readings[item.event.message] = reading

    run.driver.listeners.append(look)
    return readings


async def compare(run: SessionRun, readings: dict[str, GaugeReading]) -> int:
    """Every reading against the server's own countdown; how many there were."""
    compared = 0
    for row in await run.server.ledger():
        reading = readings.get(row["message_id"] or "")
        if reading is None or row["after"] is None:
            continue
        compared += 1
        one_percent = reading.grant // 100
        # What left the conversation in this turn is told at the next turn's boundary, so
        # that the prompt cache holds; until then both numbers are known.
        assert abs(reading.left + reading.vanished - row["after"]) <= one_percent
    return compared


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
@pytest.mark.parametrize("scope", ["session", "turn"])
async def test_the_gauge_stays_within_one_percent_of_the_countdown(
    tmp_path: Path, scope: str, turn_reset: str
):
    seen: Counter[str] = Counter()
    for seed in range(SESSIONS):
        chance = RandomWorld(random.Random(f"{scope} {turn_reset} {seed}"))
        home = tmp_path / str(seed)
        home.mkdir()
        ways: dict[str, Any] = {"scope": scope, "turn_reset": turn_reset, "mode": "ask"}
        async with run_session(home, budget=GRANT, respond=chance.respond, **ways) as run:
            await run_random_turns(run, chance)
            count(run, seen)
    assert all(seen[step] >= 2 for step in STEPS), seen


async def run_random_turns(run: SessionRun, chance: RandomWorld) -> None:
    """A session of some turns; every reading of its gauge is compared."""
    for name in "abcd":
        (run.folder / name).write_text("a line of it\n" * chance.dice.randint(3, 100))
    readings = watch(run)
    run.driver.listeners.append(lambda item: chance.permission(run, item))
    for turn in range(TURNS):
        await run.server.faults(*chance.faults())
        listeners = len(run.driver.listeners)
        chance.user(run)
        await run.driver.run_turn(f"prompt {turn}: {words(PROMPT)}")
        del run.driver.listeners[listeners:]
        assert run.state.last_end is not None
        assert run.state.last_end.reason != "error", run.state.last_end.sentence
    assert_states_equal(run.state, run.folded_from_disk())
    assert await compare(run, readings) >= TURNS


STEPS = (
    "parallel",
    "denied",
    "steering",
    "fault",
    "interrupted",
    "max_tokens",
    "refusal",
    "interrupted tool",
)


def count(run: SessionRun, seen: Counter[str]) -> None:
    """What really happened."""
    answered = run.events(ev.RequestFinished)
    seen.update(event.stop_reason for event in answered)
    seen.update(event.reason for event in run.events(ev.RequestFailed, ev.NoteSent))
    finished = run.events(ev.ToolFinished)
    seen.update(event.outcome for event in finished if event.outcome == "denied")
    seen["interrupted tool"] += sum(event.outcome == "interrupted" for event in finished)
    seen["parallel"] += max(Counter(event.request for event in finished).values(), default=0) > 1


async def test_what_left_the_conversation_is_told_at_the_next_prompt(tmp_path: Path):
    """Two broken answers of 2,000 tokens are 4 % of the grant each time."""
    replies = [(ScriptedText(words(3_000)),)] * 2 + [
        (ScriptedText(words(300)),),
        (ScriptedText("ok"),),
    ]
    async with run_session(tmp_path, *replies, budget=50_000) as run:
        readings = watch(run)
        await run.server.faults({"kind": "drop", "request": [1, 2], "after": 125})
        await run.driver.run_turn("one")
        assert run.state.dropped_tokens > 2 * 1_500
        await run.driver.run_turn("two")
        assert run.state.dropped_tokens == 0
        rows = await run.server.ledger()
        assert [row["remaining"] for row in rows[:3]] == [None] * 3, "not within the turn"
        assert abs(run.state.left - rows[-1]["after"]) <= 500
        assert await compare(run, readings) == 2


async def test_a_call_cut_at_the_output_limit_is_charged_but_no_longer_counted(
    tmp_path: Path,
):
    """Of a call that is cut, the API takes back only an empty one; the rest left unseen."""
    long = ScriptedToolUse("write", {"path": "w", "content": words(40_000)})
    replies = [(ScriptedText("I write."), long), (ScriptedText("smaller"),), (ScriptedText("ok"),)]
    async with run_session(tmp_path, *replies, budget=200_000, effort="low") as run:
        readings = watch(run)
        await run.driver.run_turn("one")
        assert run.state.charged > 32_000
        assert run.state.dropped_tokens > 31_000
        await run.driver.run_turn("two")
        assert run.state.dropped_tokens == 0
        assert await compare(run, readings) == 3
        assert not (run.folder / "w").exists()


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
async def test_a_grant_given_in_mid_turn_begins_with_what_the_turn_has_used(
    tmp_path: Path, turn_reset: str
):
    replies = [
        (ScriptedText(words(5_000)),),
        (ScriptedText(words(3_000)), ScriptedToolUse("read", {"path": "a"})),
    ]
    replies.append((ScriptedText(words(500)),))
    async with run_session(tmp_path, *replies, budget=None, turn_reset=turn_reset) as run:
        (run.folder / "a").write_text("a line\n" * 30)
        await run.driver.run_turn("one")

        async def grant() -> None:
            await run.driver.commit(ev.BudgetGranted(total=30_000, scope="turn"))

        tasks: list[asyncio.Future[None]] = []
        run.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            lambda: tasks.append(asyncio.ensure_future(grant())),
        )
        await run.driver.run_turn("two")
        await asyncio.gather(*tasks)
        assert run.state.left is not None
        assert abs(run.state.left - await run.countdown()) <= 300
