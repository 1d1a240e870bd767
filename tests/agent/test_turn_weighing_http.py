"""Results that were cut, over real HTTP: the gauge still agrees with the server's countdown."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
    ScriptedToolUse,
)


class Batches:
    """Reads batches of files of random sizes; its summaries are short."""

    def __init__(self, seed: int, rounds: int) -> None:
        self.chance = random.Random(seed)
        self.rounds = rounds

    def __call__(self, situation: ModelInput) -> ScriptedReply:
        last = situation.messages[-1]["content"]
        texts = [block["text"] for block in last if block.get("type") == "text"]
        if texts and "Write a summary" in texts[-1]:
            return ScriptedReply((ScriptedText(f"<summary>{words(300)}</summary>"),))
        if self.rounds <= 0 or any("Landing" in text for text in texts):
            return ScriptedReply((ScriptedText("Done."),))
        self.rounds -= 1
        names = (f"f{self.chance.randrange(8)}" for _ in range(self.chance.choice([1, 4, 25])))
        calls = tuple(ScriptedToolUse("read", {"path": name}) for name in names)
        return ScriptedReply((ScriptedText(words(self.chance.choice([20, 400, 6_000]))), *calls))


def fill(run: SessionRun, chance: random.Random) -> None:
    for n in range(8):
        size = chance.choice([3, 200, 700])
        text = "".join(f"line {at} of {chance.getrandbits(60):x}\n" for at in range(size))
        (run.folder / f"f{n}").write_text(text)


def seeds() -> Iterator[int]:
    yield from range(4)


@pytest.mark.parametrize("scope", ["session", "turn"])
@pytest.mark.parametrize("seed", seeds())
async def test_cut_results_leave_the_gauge_right_and_the_reserve_untouched(
    tmp_path: Path, seed: int, scope: str
):
    budget = (20_000, 60_000)[seed % 2]
    async with run_session(tmp_path, respond=Batches(seed, 3), budget=budget, scope=scope) as run:
        change_context(run.ctx, compact_at=(None, 0.02)[seed // 2])
        fill(run, random.Random(seed))
        await run.driver.run_turn("go")
        state = run.state
        assert state.left is not None
        answers = [event.usage.output for event in run.events(ev.RequestFinished)]
        assert state.left >= -max(answers)
        assert abs(state.left - await run.countdown()) <= budget // 100
        rows = await run.server.ledger()
        assert all(row["status"] == 200 for row in rows)
        again = run.folded_from_disk()
        assert (again.left, again.context_used) == (state.left, state.context_used)
        assert again.conversation.sendable() == state.conversation.sendable()


async def test_a_batch_that_is_cut_reads_everything_before_it_from_the_cache(
    tmp_path: Path,
):
    calls = tuple(ScriptedToolUse("read", {"path": f"f{n}"}) for n in range(8))
    replies: list[Sequence[ScriptedBlock]] = [
        (ScriptedText(words(900)), *calls),
        (ScriptedText("Done."),),
    ]
    async with run_session(tmp_path, *replies, budget=20_000) as run:
        fill(run, random.Random(1))
        await run.driver.run_turn("go")
        assert run.events(ev.ResultsCut)
        first, second = run.events(ev.RequestFinished)
        assert second.usage.cache_read == first.usage.cache_write
