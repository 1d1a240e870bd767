"""Over a long session every request reads from the cache what the one before it sent."""

import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

from flight import flight
from simulator_server import words

from tui.claude.progress import TextDelta
from tui.session import events as ev
from tui.simulator.pilot.situation import Block, Reply, Situation, Text, Thinking, ToolUse

TURNS = 8
CACHED = ("cache_read_input_tokens", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


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
                flown.when(
                    lambda item: (
                        isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted)
                    ),
                    lambda: flown.driver.steer("only a"),
                )
            await flown.driver.turn(f"prompt {turn}")
        rows = await flown.server.ledger()
        assert len(rows) > 25
        assert {row["status"] for row in rows} == {200}
        for before, after in pairwise(rows):
            sent = sum(before[name] for name in CACHED)
            assert after["cache_read_input_tokens"] >= sent
            # What stands behind the last breakpoint is the marker of the budget at most.
            assert before["input_tokens"] <= 40
        assert len({json.dumps([row["total"], row["remaining"]]) for row in rows}) == 1
