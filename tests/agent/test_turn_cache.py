"""What was sent once is read from the cache ever after, whatever happens in a session.

For every request but the first, the server's own ledger must say: it read from the cache at
least all the input of the one before, less what stood behind that one's last breakpoint.
"""

import asyncio
import json
import random
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cached import CACHED
from flight import Flight, flight
from hypothesis import given
from hypothesis import strategies as st
from session_checks import session_settings
from simulator_server import words

from tui.agent.driver import Driver
from tui.claude.progress import TextDelta
from tui.session import events as ev
from tui.simulator.pilot.situation import Block, Reply, Situation, Text, Thinking, ToolUse

TURNS = 8
MARKER = 40
"""Tokens that may stand behind the last breakpoint: the API's own marker of a budget."""


def assert_read_again(rows: list[dict[str, Any]]) -> int:
    """Every request reads what the one before sent; returns how many were compared."""
    answered = [row for row in rows if row["message_id"]]
    for before, after in pairwise(answered):
        whole = sum(before[name] for name in (*CACHED, "input_tokens"))
        assert before["input_tokens"] <= MARKER
        assert after["cache_read_input_tokens"] >= whole - before["input_tokens"], after["number"]
    return len(answered) - 1


def model(dice: random.Random) -> Any:
    """Thinks, speaks and calls up to thirty tools at once; some calls are refused or wrong."""

    def respond(situation: Situation) -> Reply:
        blocks: list[Block] = [Thinking(words(dice.randint(5, 60))), Text("So." + words(20))]
        if dice.random() < 0.75:
            many = dice.choice([1, 2, 5, 30])
            names = [dice.choice(["read", "read", "nothing"]) for _ in range(many)]
            blocks += [ToolUse(name, {"path": dice.choice("abcx")}) for name in names]
        return Reply(tuple(blocks))

    return respond


async def test_what_was_sent_once_is_read_from_the_cache_ever_after(tmp_path: Path) -> None:
    dice = random.Random(11)
    async with flight(tmp_path, respond=model(dice), budget=400_000) as flown:
        for name in "abc":
            (flown.folder / name).write_text("a line of it\n" * dice.randint(3, 60))
        for turn in range(TURNS):
            if turn % 3 == 1:
                flown.when(lambda item: isinstance(item, TextDelta), flown.driver.interrupt)
            if turn % 3 == 2:
                flown.when(started, lambda: flown.driver.steer("only a"))
            await flown.driver.turn(f"prompt {turn}")
        rows = await flown.server.ledger()
        assert {row["status"] for row in rows} == {200}
        assert assert_read_again(rows) > 25
        assert len({json.dumps([row["total"], row["remaining"]]) for row in rows}) == 1
        assert flown.events(ev.CacheMissed) == []


def started(item: object) -> bool:
    return isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted)


@pytest.mark.parametrize("many", [30, 80])
async def test_after_a_batch_of_parallel_reads_everything_before_it_is_read(
    tmp_path: Path, many: int
) -> None:
    calls = tuple(ToolUse("read", {"path": f"f{n}"}) for n in range(many))
    async with flight(tmp_path, calls, calls, (Text("Done."),)) as flown:
        for number in range(many):
            (flown.folder / f"f{number}").write_text(f"{number}\n" * (number % 7))
        await flown.driver.turn("read them all, twice")
        rows = await flown.server.ledger()
        assert assert_read_again(rows) == 2
        blocks = [len(m["content"]) for m in flown.means.sent[-1].params["messages"]]
        assert blocks[2] == many


# Random sessions ---------------------------------------------------------------------

TAKEN: Counter[str] = Counter()
"""How often each kind of step was taken."""


class Pilot:
    """Says what the last prompt asks for: `read K, say N`, and once it was answered, a word."""

    def __call__(self, situation: Situation) -> Reply:
        heard = [m["content"] for m in situation.messages if m["role"] == "user"]
        texts = [
            block["text"]
            for block in heard[-1]
            if block.get("type") == "text" and block["text"].startswith("read ")
        ]
        if not texts:
            return Reply((Thinking(words(30)), Text(words(40))))
        _, reads, _, size = texts[-1].replace(",", "").split()
        calls = tuple(ToolUse("read", {"path": f"f{n}"}) for n in range(int(reads)))
        return Reply((Thinking(words(20)), Text(words(int(size))), *calls))


def of(kind: str, most: int = 3) -> st.SearchStrategy[tuple[str, int, int]]:
    return st.tuples(st.just(kind), st.integers(0, most), st.integers(20, 400))


EFFORT = of("tell an effort", 4)
STEPS = (
    *(of("prompt", 30), of("interrupt in the text"), of("interrupt at a tool", 30), EFFORT),
    *(of("break off"), of("refuse once"), of("steer", 6), of("shell"), of("mode")),
    *(of("resume"), of("wait")),
)


@st.composite
def random_steps(
    draw: st.DrawFn, kinds: tuple[st.SearchStrategy[tuple[str, int, int]], ...]
) -> list[tuple[str, int, int]]:
    """Every kind of step in any order, then perhaps one of them again."""
    again = draw(st.lists(st.sampled_from(kinds), max_size=2))
    return [draw(kind) for kind in (*draw(st.permutations(kinds)), *again)]


async def take(flown: Flight, kind: str, number: int, size: int) -> None:
    """Take one step of a session; none of them may lose the cache."""
    TAKEN[kind] += 1
    driver, ask = flown.driver, f"read {number}, say {size}"
    match kind:
        case "prompt":
            await driver.turn(ask)
        case "interrupt in the text":
            flown.when(lambda item: isinstance(item, TextDelta), driver.interrupt)
            await driver.turn(ask)
        case "interrupt at a tool":
            flown.when(started, driver.interrupt)
            await driver.turn(f"read {number + 1}, say {size}")
        case "break off":
            await flown.server.faults({"kind": "drop", "request": 1, "after": 6})
            await driver.turn(ask)
        case "refuse once":
            await flown.server.faults({"kind": "status", "status": 529, "request": 1})
            await driver.turn(ask)
        case "steer":
            flown.when(started, lambda: driver.steer("and be quick about it"))
            await driver.turn(f"read {number + 1}, say {size}")
        case "tell an effort":
            level = ("low", "medium", "high", "xhigh", "max")[number]
            await driver.record(ev.EffortChanged(effort=level))
        case "shell":
            await driver.record(ev.ShellRan(command="make", output="ok\n" * size, summary="exit 0"))
        case "mode":
            await driver.change_mode(("auto", "edits", "ask", "auto")[number])
        case "resume":
            state = flown.refolded()
            flown.driver = Driver(flown.store, state, replace(flown.means), ThreadPoolExecutor(1))
            flown.driver.listeners.append(flown.published.append)
        case "wait":
            flown.skip(240)
            await driver.turn(ask)


async def fly(steps: list[tuple[str, int, int]], model: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        async with flight(Path(folder), respond=Pilot(), model=model, budget=900_000) as flown:
            for number in range(31):
                (flown.folder / f"f{number}").write_text("some words in a line\n" * number)
            for kind, number, size in [("prompt", 2, 100), *steps, ("prompt", 1, 20)]:
                await take(flown, kind, number, size)
            assert flown.events(ev.CacheMissed) == []
            compared = assert_read_again(await flown.server.ledger())
            assert flown.state.warmth.misses == 0
            return compared


@pytest.mark.parametrize(
    "model",
    ["claude-opus-5-5", "claude-sonnet-4-6"],
    ids=["told by the API", "told by notes"],
)
def test_no_step_of_a_random_session_loses_the_cache(model: str) -> None:
    TAKEN.clear()
    compared: list[int] = []
    kinds = [kind for kind in STEPS if model == "claude-opus-5-5" or kind is not EFFORT]

    @session_settings(4, 40)
    @given(steps=random_steps(tuple(kinds)))
    def sessions(steps: list[tuple[str, int, int]]) -> None:
        compared.append(asyncio.run(fly(steps, model)))

    sessions()
    assert len(TAKEN) == len(kinds), "every kind of step was taken"
    assert all(times >= 3 for times in TAKEN.values()), TAKEN
    assert sum(compared) > 50


# Landing and resuming ----------------------------------------------------------------


async def test_a_landing_reads_all_that_was_sent_before_it(tmp_path: Path) -> None:
    reads = [ToolUse("read", {"path": "a", "offset": n, "limit": 90}) for n in range(1, 31)]
    replies = [(Text(words(2_500)), read) for read in reads]
    async with flight(tmp_path, *replies, budget=40_000) as flown:
        (flown.folder / "a").write_text("".join(f"line {n} of it\n" for n in range(130)))
        await flown.driver.turn("go")
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "landed"
        assert "landing" in {event.purpose for event in flown.events(ev.RequestStarted)}
        assert assert_read_again(await flown.server.ledger()) > 5
        assert flown.events(ev.CacheMissed) == []


@pytest.mark.parametrize(("seconds", "warm"), [(280, True), (300, False)])
async def test_a_session_resumed_within_five_minutes_reads_all_of_it_and_later_only_the_preamble(
    tmp_path: Path, seconds: int, warm: bool
) -> None:
    async with flight(tmp_path, respond=Pilot()) as flown:
        (flown.folder / "f0").write_text("some words in a line\n" * 300)
        await take(flown, "prompt", 1, 300)
        preamble = flown.state.warmth.preamble
        flown.skip(seconds)
        await take(flown, "resume", 0, 0)
        await take(flown, "prompt", 1, 300)
        rows = await flown.server.ledger()
        if warm:
            assert assert_read_again(rows) == 3
        else:
            assert rows[2]["cache_read_input_tokens"] == preamble > 1_000
        assert flown.events(ev.CacheMissed) == []
