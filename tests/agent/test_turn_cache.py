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
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agent.cached_conversation import CACHED_FIELDS
from tests.agent.session_checks import session_settings
from tests.support.context import copy_of_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.agent.session_runner import SessionRunner
from tui.claude.stream_events import TextDelta
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)

TURNS = 8
MARKER = 40
"""Tokens that may stand behind the last breakpoint: the API's own marker of a budget."""


def assert_read_again(rows: list[dict[str, Any]]) -> int:
    """Every request reads what the one before sent; returns how many were compared."""
    answered = [row for row in rows if row["message_id"]]
    for before, after in pairwise(answered):
        whole = sum(before[name] for name in (*CACHED_FIELDS, "input_tokens"))
        assert before["input_tokens"] <= MARKER
        assert after["cache_read_input_tokens"] >= whole - before["input_tokens"], after["number"]
    return len(answered) - 1


def model(dice: random.Random) -> Any:
    """Thinks, speaks and calls up to thirty tools at once; some calls are refused or wrong."""

    def respond(situation: ModelInput) -> ScriptedReply:
        blocks: list[ScriptedBlock] = [
            ScriptedThinking(words(dice.randint(5, 60))),
            ScriptedText("So." + words(20)),
        ]
        if dice.random() < 0.75:
            many = dice.choice([1, 2, 5, 30])
            names = [dice.choice(["read", "read", "nothing"]) for _ in range(many)]
            blocks += [ScriptedToolUse(name, {"path": dice.choice("abcx")}) for name in names]
        return ScriptedReply(tuple(blocks))

    return respond


async def test_what_was_sent_once_is_read_from_the_cache_ever_after(tmp_path: Path):
    dice = random.Random(11)
    async with run_session(tmp_path, respond=model(dice), budget=400_000) as run:
        for name in "abc":
            (run.folder / name).write_text("a line of it\n" * dice.randint(3, 60))
        for turn in range(TURNS):
            if turn % 3 == 1:
                run.when(lambda item: isinstance(item, TextDelta), run.driver.interrupt)
            if turn % 3 == 2:
                run.when(started, lambda: run.driver.steer("only a"))
            await run.driver.run_turn(f"prompt {turn}")
        rows = await run.server.ledger()
        assert {row["status"] for row in rows} == {200}
        assert assert_read_again(rows) > 15
        assert len({json.dumps([row["total"], row["remaining"]]) for row in rows}) == 1
        assert run.events(ev.CacheMissed) == []


def started(item: object) -> bool:
    return isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted)


@pytest.mark.parametrize("many", [30, 80])
async def test_after_a_batch_of_parallel_reads_everything_before_it_is_read(
    tmp_path: Path, many: int
):
    calls = tuple(ScriptedToolUse("read", {"path": f"f{n}"}) for n in range(many))
    async with run_session(tmp_path, calls, calls, (ScriptedText("Done."),)) as run:
        for number in range(many):
            (run.folder / f"f{number}").write_text(f"{number}\n" * (number % 7))
        await run.driver.run_turn("read them all, twice")
        rows = await run.server.ledger()
        assert assert_read_again(rows) == 2
        blocks = [len(m["content"]) for m in run.ctx.run.recent_requests[-1].params["messages"]]
        assert blocks[2] == many


# Random sessions ---------------------------------------------------------------------

TAKEN: Counter[str] = Counter()
"""How often each kind of step was taken."""


class ReadingModel:
    """Says what the last prompt asks for: `read K, say N`, and once it was answered, a word."""

    def __call__(self, situation: ModelInput) -> ScriptedReply:
        heard = [m["content"] for m in situation.messages if m["role"] == "user"]
        texts = [
            block["text"]
            for block in heard[-1]
            if block.get("type") == "text" and block["text"].startswith("read ")
        ]
        if not texts:
            return ScriptedReply((ScriptedThinking(words(30)), ScriptedText(words(40))))
        _, reads, _, size = texts[-1].replace(",", "").split()
        calls = tuple(ScriptedToolUse("read", {"path": f"f{n}"}) for n in range(int(reads)))
        return ScriptedReply((ScriptedThinking(words(20)), ScriptedText(words(int(size))), *calls))


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


async def take(run: SessionRun, kind: str, number: int, size: int) -> None:
    """Take one step of a session; none of them may lose the cache."""
    TAKEN[kind] += 1
    driver, ask = run.driver, f"read {number}, say {size}"
    match kind:
        case "prompt":
            await driver.run_turn(ask)
        case "interrupt in the text":
            run.when(lambda item: isinstance(item, TextDelta), driver.interrupt)
            await driver.run_turn(ask)
        case "interrupt at a tool":
            run.when(started, driver.interrupt)
            await driver.run_turn(f"read {number + 1}, say {size}")
        case "break off":
            await run.server.faults({"kind": "drop", "request": 1, "after": 6})
            await driver.run_turn(ask)
        case "refuse once":
            await run.server.faults({"kind": "status", "status": 529, "request": 1})
            await driver.run_turn(ask)
        case "steer":
            run.when(started, lambda: driver.steer("and be quick about it"))
            await driver.run_turn(f"read {number + 1}, say {size}")
        case "tell an effort":
            level = ("low", "medium", "high", "xhigh", "max")[number]
            await driver.commit(ev.EffortChanged(effort=level))
        case "shell":
            await driver.commit(ev.ShellRan(command="make", output="ok\n" * size, summary="exit 0"))
        case "mode":
            await driver.change_mode(("auto", "edits", "ask", "auto")[number])
        case "resume":
            state = run.folded_from_disk()
            run.driver = SessionRunner(
                run.store, state, copy_of_context(run.ctx), ThreadPoolExecutor(1)
            )
            run.driver.listeners.append(run.published.append)
        case "wait":
            run.pass_time(240)
            await driver.run_turn(ask)


async def run_steps(steps: list[tuple[str, int, int]], model: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        async with run_session(
            Path(folder), respond=ReadingModel(), model=model, budget=900_000
        ) as run:
            for number in range(31):
                (run.folder / f"f{number}").write_text("some words in a line\n" * number)
            for kind, number, size in [("prompt", 2, 100), *steps, ("prompt", 1, 20)]:
                await take(run, kind, number, size)
            assert run.events(ev.CacheMissed) == []
            compared = assert_read_again(await run.server.ledger())
            assert run.state.prompt_cache.misses == 0
            return compared


@pytest.mark.parametrize(
    "model",
    ["claude-opus-5-5", "claude-sonnet-4-6"],
    ids=["told by the API", "told by notes"],
)
def test_no_step_of_a_random_session_loses_the_cache(model: str):
    TAKEN.clear()
    compared: list[int] = []
    kinds = [kind for kind in STEPS if model == "claude-opus-5-5" or kind is not EFFORT]

    @session_settings(4, 40)
    @given(steps=random_steps(tuple(kinds)))
    def sessions(steps: list[tuple[str, int, int]]) -> None:
        compared.append(asyncio.run(run_steps(steps, model)))

    sessions()
    assert len(TAKEN) == len(kinds), "every kind of step was taken"
    assert all(times >= 3 for times in TAKEN.values()), TAKEN
    assert sum(compared) > 50


# Landing and resuming ----------------------------------------------------------------


async def test_a_landing_reads_all_that_was_sent_before_it(tmp_path: Path):
    reads = [ScriptedToolUse("read", {"path": "a", "offset": n, "limit": 90}) for n in range(1, 31)]
    replies = [(ScriptedText(words(2_500)), read) for read in reads]
    async with run_session(tmp_path, *replies, budget=40_000) as run:
        (run.folder / "a").write_text("".join(f"line {n} of it\n" for n in range(130)))
        await run.driver.run_turn("go")
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "landed"
        assert "landing" in {event.purpose for event in run.events(ev.RequestStarted)}
        assert assert_read_again(await run.server.ledger()) > 5
        assert run.events(ev.CacheMissed) == []


@pytest.mark.parametrize(("seconds", "warm"), [(280, True), (300, False)])
async def test_a_session_resumed_within_five_minutes_reads_all_of_it_and_later_only_the_preamble(
    tmp_path: Path, seconds: int, warm: bool
):
    async with run_session(tmp_path, respond=ReadingModel()) as run:
        (run.folder / "f0").write_text("some words in a line\n" * 300)
        await take(run, "prompt", 1, 300)
        preamble = run.state.prompt_cache.preamble
        run.pass_time(seconds)
        await take(run, "resume", 0, 0)
        await take(run, "prompt", 1, 300)
        rows = await run.server.ledger()
        if warm:
            assert assert_read_again(rows) == 3
        else:
            assert rows[2]["cache_read_input_tokens"] == preamble > 1_000
        assert run.events(ev.CacheMissed) == []
