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
from flight import Flight, flight
from sameness import assert_same
from session_checks import nightly
from simulator_server import words

from tui.agent.desk import Answer
from tui.claude.progress import TextDelta, ThinkingDelta
from tui.session import events as ev
from tui.simulator.pilot.situation import Block, Reply, Situation, Text, Thinking, ToolUse

GRANT = 60_000
TURNS = 8
PROMPT = 700
"""Tokens of a prompt: more than 1 % of the grant, so that it matters which ones are charged."""
SESSIONS = 32 if nightly() else 5
KINDS = ("", "", "drop", "error_event", "max_tokens", "max_tokens", "status", "refusal")


@dataclass
class Chance:
    """A model and a user whose every act is drawn."""

    dice: random.Random

    def respond(self, situation: Situation) -> Reply:
        blocks: list[Block] = []
        if self.dice.random() < 0.7:
            blocks.append(Thinking(words(self.dice.randint(5, 150))))
        blocks.append(Text("Well." + words(self.dice.randint(5, 200))))
        if self.dice.random() < 0.6:
            blocks += [self.call() for _ in range(self.dice.randint(1, 4))]
        return Reply(tuple(blocks))

    def call(self) -> ToolUse:
        if self.dice.random() < 0.8:
            return ToolUse("read", {"path": self.dice.choice("abcd")})
        return ToolUse("write", {"path": "w", "content": words(20)})

    def faults(self) -> list[dict[str, Any]]:
        """What goes wrong in a turn."""
        kind = self.dice.choice(KINDS)
        struck = {"request": self.dice.randint(1, 3)}
        if not kind:
            return []
        if kind in ("max_tokens", "refusal"):
            return [{"kind": "stop", "reason": kind, **struck}]
        return [{"kind": kind, "after": self.dice.randint(2, 12), **struck}]

    def user(self, flown: Flight) -> None:
        """What the user does in a turn: interrupt, steer, or watch."""
        act = self.dice.choice(["interrupt", "steer", "", ""])
        kind: type[Any] = self.dice.choice([TextDelta, ThinkingDelta, ev.ToolStarted])

        def matches(item: object) -> bool:
            return isinstance(item.event if isinstance(item, ev.Record) else item, kind)

        if act == "interrupt":
            flown.when(matches, flown.driver.interrupt)
        elif act == "steer":
            flown.when(matches, lambda: flown.driver.steer("Only b." + words(30)))

    def permission(self, flown: Flight, item: object) -> None:
        """Allow or refuse what is asked."""
        if isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked):
            answer = self.dice.choice([Answer("once"), Answer("no", "not now")])
            flown.means.desk.answer(item.event.tool_use, answer)


@dataclass
class Reading:
    """The gauge as it stood when a response was committed."""

    left: int
    vanished: int
    grant: int
    opens: bool
    """Whether it was the turn's first response."""


def watch(flown: Flight) -> dict[str, Reading]:
    """The gauge after each whole response, by message id."""
    readings: dict[str, Reading] = {}

    def look(item: object) -> None:
        if isinstance(item, ev.Record) and isinstance(item.event, ev.RequestFinished):
            state = flown.state
            assert state.left is not None and state.grant is not None
            turns = [each.turn for each in state.requests]
            opens = turns.count(state.turn) == 1
            reading = Reading(state.left, state.vanished, state.grant, opens)
            readings[item.event.message] = reading

    flown.driver.listeners.append(look)
    return readings


async def compare(flown: Flight, readings: dict[str, Reading]) -> int:
    """Every reading against the server's own countdown; how many there were."""
    compared = 0
    for row in await flown.server.ledger():
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
) -> None:
    seen: Counter[str] = Counter()
    for seed in range(SESSIONS):
        chance = Chance(random.Random(f"{scope} {turn_reset} {seed}"))
        home = tmp_path / str(seed)
        home.mkdir()
        ways: dict[str, Any] = {"scope": scope, "turn_reset": turn_reset, "mode": "ask"}
        async with flight(home, budget=GRANT, respond=chance.respond, **ways) as flown:
            await fly(flown, chance)
            count(flown, seen)
    assert all(seen[step] >= 2 for step in STEPS), seen


async def fly(flown: Flight, chance: Chance) -> None:
    """A session of some turns; every reading of its gauge is compared."""
    for name in "abcd":
        (flown.folder / name).write_text("a line of it\n" * chance.dice.randint(3, 100))
    readings = watch(flown)
    flown.driver.listeners.append(lambda item: chance.permission(flown, item))
    for turn in range(TURNS):
        await flown.server.faults(*chance.faults())
        listeners = len(flown.driver.listeners)
        chance.user(flown)
        await flown.driver.turn(f"prompt {turn}: {words(PROMPT)}")
        del flown.driver.listeners[listeners:]
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason != "error", flown.state.last_end.sentence
    assert_same(flown.state, flown.refolded())
    assert await compare(flown, readings) >= TURNS


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


def count(flown: Flight, seen: Counter[str]) -> None:
    """What really happened."""
    answered = flown.events(ev.RequestFinished)
    seen.update(event.stop_reason for event in answered)
    seen.update(event.reason for event in flown.events(ev.RequestFailed, ev.NoteSent))
    finished = flown.events(ev.ToolFinished)
    seen.update(event.outcome for event in finished if event.outcome == "denied")
    seen["interrupted tool"] += sum(event.outcome == "interrupted" for event in finished)
    seen["parallel"] += max(Counter(event.request for event in finished).values(), default=0) > 1


async def test_what_left_the_conversation_is_told_at_the_next_prompt(tmp_path: Path) -> None:
    """Two broken answers of 2,000 tokens are 4 % of the grant each time."""
    replies = [(Text(words(3_000)),)] * 2 + [(Text(words(300)),), (Text("ok"),)]
    async with flight(tmp_path, *replies, budget=50_000) as flown:
        readings = watch(flown)
        await flown.server.faults({"kind": "drop", "request": [1, 2], "after": 125})
        await flown.driver.turn("one")
        assert flown.state.vanished > 2 * 1_500
        await flown.driver.turn("two")
        assert flown.state.vanished == 0
        rows = await flown.server.ledger()
        assert [row["remaining"] for row in rows[:3]] == [None] * 3, "not within the turn"
        assert abs(flown.state.left - rows[-1]["after"]) <= 500  # type: ignore[operator]
        assert await compare(flown, readings) == 2


async def test_a_call_cut_at_the_output_limit_is_charged_but_no_longer_counted(
    tmp_path: Path,
) -> None:
    """Of a call that is cut, the API takes back only an empty one; the rest left unseen."""
    long = ToolUse("write", {"path": "w", "content": words(40_000)})
    replies = [(Text("I write."), long), (Text("smaller"),), (Text("ok"),)]
    async with flight(tmp_path, *replies, budget=200_000, effort="low") as flown:
        readings = watch(flown)
        await flown.driver.turn("one")
        assert flown.state.charged > 32_000
        assert flown.state.vanished > 31_000
        await flown.driver.turn("two")
        assert flown.state.vanished == 0
        assert await compare(flown, readings) == 3
        assert not (flown.folder / "w").exists()


@pytest.mark.parametrize("turn_reset", ["context", "fresh"])
async def test_a_grant_given_in_mid_turn_begins_with_what_the_turn_has_used(
    tmp_path: Path, turn_reset: str
) -> None:
    replies = [(Text(words(5_000)),), (Text(words(3_000)), ToolUse("read", {"path": "a"}))]
    replies.append((Text(words(500)),))
    async with flight(tmp_path, *replies, budget=None, turn_reset=turn_reset) as flown:
        (flown.folder / "a").write_text("a line\n" * 30)
        await flown.driver.turn("one")

        async def grant() -> None:
            await flown.driver.record(ev.BudgetGranted(total=30_000, scope="turn"))

        tasks: list[asyncio.Future[None]] = []
        flown.when(
            lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
            lambda: tasks.append(asyncio.ensure_future(grant())),
        )
        await flown.driver.turn("two")
        await asyncio.gather(*tasks)
        assert flown.state.left is not None
        assert abs(flown.state.left - await flown.countdown()) <= 300
