"""One long session, and on every request the budget that was worked out by hand.

Three compactions, two resumes, a fork, a rewind, an extension, a model that counts otherwise
and back, and a real SIGKILL, against the strict simulator over real HTTP. The table on the
right of the story is arithmetic on paper; nothing in it is computed by the program.

The simulator's words weigh what they say: `words(n)` has n tokens, and a message has 3 more.
A summary of n words has n + 6 with its tags. A call of `echo word` weighs 20 tokens, its
result 9 and the message around it 3.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import agent_child
import pytest
from simulator_server import Served, served, words
from test_agent_crash import killed

from tui.agent.driver import Driver
from tui.agent.opening import first_events, grant
from tui.agent.tools.registry import definitions
from tui.session import events as ev
from tui.session.fork import fork
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.simulator.pilot.situation import Text, ToolUse

OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-4-6"
"""The second sees no budget and counts 1.3 times fewer tokens for the same text."""


def summary(n: int) -> Text:
    return Text(f"<summary>{words(n)}</summary>")


STORY: list[Any] = [
    (Text(words(4_000)),),
    (ToolUse("bash", {"command": "echo word"}),),
    (Text(words(2_000)),),
    (summary(300),),
    (Text(words(1_000)),),
    (Text(words(500)),),
    (Text(words(700)),),
    (Text(words(400)),),
    (summary(200),),
    (Text(words(600)),),
    (Text(words(1_300)),),
    (Text(words(800)),),
    (Text(words(2_000)),),
    (Text(words(350)),),
    (summary(100),),
    (Text(words(250)),),
]
"""What the model says, request by request."""

TABLE: list[tuple[int | None, int | None]] = [
    # total, remaining                  what is charged, and what left the conversation so far
    (100_000, None),  # 1   prompt      4,003
    (100_000, None),  # 2   prompt      23: a call
    (100_000, None),  # 3               12 of results, 2,003; all so far 6,041
    (100_000, None),  # 4   compaction  309, of which 306 stay visible: 6,041 + 3 left
    (100_000, 93_956),  # 5             1,003
    (100_000, 93_956),  # 6   resumed   503
    (120_000, 113_956),  # 7  extended by 20,000: 703
    (120_000, 113_253),  # 8  rewound, 703 more left: 403
    (120_000, 113_253),  # 9  compaction 209; 306 + 1,003 + 503 + 403 + 3 more left: 8,965
    (120_000, 111_035),  # 10 forked    603
    (None, None),  # 11       Sonnet    1,300 words are 1,000 tokens here: 1,003
    # Opus again counts 206 + 603 + 1,303; charged so far are 10,777: 109,223 + 2,112.
    (120_000, 111_335),  # 12           803
    (120_000, 111_335),  # 13 killed    while it says 2,003 more
    (120_000, 111_335),  # 14 resumed   353
    (120_000, 111_335),  # 15 compaction 109: 206 + 603 + 1,303 + 803 + 353 + 3 more left
    (120_000, 108_064),  # 16           253
]
"""What is sent: the total and the remaining of each request."""

ROUNDED = 6
"""Tokens by which a weight may be off once another model's count was converted."""


class Voyage:
    """The session of the story, from file to file and from process to process."""

    def __init__(self, home: Path, server: Served) -> None:
        self.home, self.server, self.file = home, server, "session.db"
        self.driver: Driver | None = None

    @property
    def state(self) -> SessionState:
        assert self.driver is not None
        return self.driver.state

    async def board(self) -> None:
        """Open the session, and close what a crash left open."""
        self.driver, saved = agent_child.pilot(self.home, self.server.base_url, "auto", self.file)
        await self.driver.recover(saved)

    async def leave(self) -> None:
        assert self.driver is not None
        await self.driver.means.line.close()  # type: ignore[attr-defined]
        self.driver._log.close()  # type: ignore[attr-defined]
        self.driver = None

    async def resume(self) -> None:
        before = self.state
        await self.leave()
        await self.board()
        assert (self.state.left, self.state.wire_budget()) == (before.left, before.wire_budget())

    async def fork(self) -> None:
        """Go on in a copy."""
        await self.leave()
        with SessionStore.open(self.home / self.file) as parent:
            fork(parent, parent.last, "child", program="0").close()
        self.file = "child.db"
        await self.board()

    async def turn(self) -> None:
        """One prompt; the gauge then agrees with what the server counted."""
        assert self.driver is not None
        await self.driver.turn("go on")
        assert self.state.last_end is not None and self.state.last_end.reason == "completed"
        row = (await self.server.ledger())[-1]
        if row["total"] is not None:
            assert self.state.left is not None and self.state.grant is not None
            assert abs(self.state.left - row["after"]) <= self.state.grant // 100

    async def record(self, *events: ev.Event) -> None:
        assert self.driver is not None
        await self.driver.record(*events)

    async def compact(self) -> None:
        assert self.driver is not None
        rewrites = len(self.records(ev.Rewritten))
        await self.driver.compact()
        assert len(self.records(ev.Rewritten)) == rewrites + 1

    def records(self, kind: type[ev.Event]) -> list[ev.Event]:
        with SessionStore.open(self.home / self.file, read_only=True) as store:
            return [record.event for record in store.records() if isinstance(record.event, kind)]


@asynccontextmanager
async def voyage(home: Path) -> AsyncIterator[Voyage]:
    async with served(*STORY) as server:
        (home / "project").mkdir()
        events = first_events(
            session="session",
            folder=home / "project",
            program="0",
            model=OPUS,
            effort="high",
            mode="auto",
            tools=definitions(),
            now=datetime(2026, 11, 23),
            user_memory=home / "none",
        )
        with SessionStore.create(home / "session.db") as store:
            store.append([*events, grant(100_000, "session", "test")])
        under_way = Voyage(home, server)
        await under_way.board()
        try:
            yield under_way
        finally:
            await under_way.leave()


async def fly(v: Voyage) -> None:
    """The story."""
    await v.turn()  # 1
    await v.turn()  # 2, 3
    await v.compact()  # 4
    await v.turn()  # 5
    await v.resume()
    await v.turn()  # 6
    await v.record(ev.BudgetExtended(by=20_000))
    await v.turn()  # 7
    last_prompt = len(v.state.conversation.messages) - 2
    await v.record(ev.Rewritten(reason="rewind", keep=last_prompt))
    await v.turn()  # 8
    await v.compact()  # 9
    await v.fork()
    await v.turn()  # 10
    await v.record(ev.ModelChanged(model=SONNET, effort="high"))
    await v.turn()  # 11
    await v.record(ev.ModelChanged(model=OPUS, effort="high"))
    await v.turn()  # 12
    await v.leave()
    await v.server.faults({"kind": "stall", "request": 1, "after": 60})
    await killed(v.home, v.server, "auto", "TextDelta", file=v.file)  # 13
    await v.server.faults()
    await v.board()
    await v.turn()  # 14
    await v.compact()  # 15
    await v.turn()  # 16


async def test_every_request_of_a_long_session_carries_what_was_worked_out_by_hand(
    tmp_path: Path,
) -> None:
    async with voyage(tmp_path) as v:
        await fly(v)
        sent = [(row["total"], row["remaining"]) for row in await v.server.ledger()]
        assert sent[:11] == TABLE[:11]
        for found, wanted in zip(sent[11:], TABLE[11:], strict=True):
            assert found[0] == wanted[0]
            assert found[1] == pytest.approx(wanted[1], abs=ROUNDED)
        assert len({row[1] for row in sent[11:15]}) == 1, "it changes at the rewrite only"
        with SessionStore.open(v.home / v.file, read_only=True) as store:
            assert store.last == v.state.seq
