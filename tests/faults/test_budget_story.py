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

import pytest

from tests.faults import agent_child
from tests.faults.killed_agent import kill_mid_turn
from tests.support.simulator import ServedSimulator, serve_simulator, words
from tui.agent.new_session import initial_events, initial_grant
from tui.agent.session_runner import SessionRunner
from tui.agent.tools.registry import tool_definitions
from tui.session import events as ev
from tui.session.fork import fork
from tui.session.state import SessionState
from tui.session.store import SessionStore
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-4-6"
"""The second sees no budget and counts 1.3 times fewer tokens for the same text."""


def summary(n: int) -> ScriptedText:
    return ScriptedText(f"<summary>{words(n)}</summary>")


STORY: list[Any] = [
    (ScriptedText(words(4_000)),),
    (ScriptedToolUse("bash", {"command": "echo word"}),),
    (ScriptedText(words(2_000)),),
    (summary(300),),
    (ScriptedText(words(1_000)),),
    (ScriptedText(words(500)),),
    (ScriptedText(words(700)),),
    (ScriptedText(words(400)),),
    (summary(200),),
    (ScriptedText(words(600)),),
    (ScriptedText(words(1_300)),),
    (ScriptedText(words(800)),),
    (ScriptedText(words(2_000)),),
    (ScriptedText(words(350)),),
    (summary(100),),
    (ScriptedText(words(250)),),
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


class SessionAcrossProcesses:
    """The session of the story, from file to file and from process to process."""

    def __init__(self, home: Path, server: ServedSimulator) -> None:
        self.home, self.server, self.file = home, server, "session.db"
        self.runner: SessionRunner | None = None

    @property
    def state(self) -> SessionState:
        assert self.runner is not None
        return self.runner.state

    async def open(self) -> None:
        """Open the session, and close what a crash left open."""
        self.runner, saved = agent_child.open_runner(
            self.home, self.server.base_url, "auto", self.file
        )
        await self.runner.recover(saved)

    async def close(self) -> None:
        assert self.runner is not None
        await self.runner.ctx.services.client.close()  # type: ignore[attr-defined]
        self.runner._log.close()  # type: ignore[attr-defined]
        self.runner = None

    async def resume(self) -> None:
        before = self.state
        await self.close()
        await self.open()
        assert (self.state.left, self.state.wire_budget()) == (before.left, before.wire_budget())

    async def fork(self) -> None:
        """Go on in a copy."""
        await self.close()
        with SessionStore.open(self.home / self.file) as parent:
            fork(parent, parent.last, "child", program="0").close()
        self.file = "child.db"
        await self.open()

    async def turn(self) -> None:
        """One prompt; the gauge then agrees with what the server counted."""
        assert self.runner is not None
        await self.runner.run_turn("go on")
        assert self.state.last_end is not None and self.state.last_end.reason == "completed"
        row = (await self.server.ledger())[-1]
        if row["total"] is not None:
            assert self.state.left is not None and self.state.grant is not None
            assert abs(self.state.left - row["after"]) <= self.state.grant // 100

    async def record(self, *events: ev.Event) -> None:
        assert self.runner is not None
        await self.runner.commit(*events)

    async def compact(self) -> None:
        assert self.runner is not None
        rewrites = len(self.records(ev.Rewritten))
        await self.runner.compact()
        assert len(self.records(ev.Rewritten)) == rewrites + 1

    def records(self, kind: type[ev.Event]) -> list[ev.Event]:
        with SessionStore.open(self.home / self.file, read_only=True) as store:
            return [record.event for record in store.records() if isinstance(record.event, kind)]


@asynccontextmanager
async def start_session(home: Path) -> AsyncIterator[SessionAcrossProcesses]:
    async with serve_simulator(*STORY) as server:
        (home / "project").mkdir()
        events = initial_events(
            session="session",
            folder=home / "project",
            program="0",
            model=OPUS,
            effort="high",
            mode="auto",
            tools=tool_definitions(),
            now=datetime(2026, 11, 23),
            user_memory=home / "none",
        )
        with SessionStore.create(home / "session.db") as store:
            store.append([*events, initial_grant(100_000, "session", "test")])
        session = SessionAcrossProcesses(home, server)
        await session.open()
        try:
            yield session
        finally:
            await session.close()


async def run_story(session: SessionAcrossProcesses) -> None:
    """The story."""
    await session.turn()  # 1
    await session.turn()  # 2, 3
    await session.compact()  # 4
    await session.turn()  # 5
    await session.resume()
    await session.turn()  # 6
    await session.record(ev.BudgetExtended(by=20_000))
    await session.turn()  # 7
    last_prompt = len(session.state.conversation.messages) - 2
    await session.record(ev.Rewritten(reason="rewind", keep=last_prompt))
    await session.turn()  # 8
    await session.compact()  # 9
    await session.fork()
    await session.turn()  # 10
    await session.record(ev.ModelChanged(model=SONNET, effort="high"))
    await session.turn()  # 11
    await session.record(ev.ModelChanged(model=OPUS, effort="high"))
    await session.turn()  # 12
    await session.close()
    await session.server.faults({"kind": "stall", "request": 1, "after": 60})
    await kill_mid_turn(session.home, session.server, "auto", "TextDelta", file=session.file)  # 13
    await session.server.faults()
    await session.open()
    await session.turn()  # 14
    await session.compact()  # 15
    await session.turn()  # 16


async def test_every_request_of_a_long_session_carries_what_was_worked_out_by_hand(
    tmp_path: Path,
):
    async with start_session(tmp_path) as session:
        await run_story(session)
        sent = [(row["total"], row["remaining"]) for row in await session.server.ledger()]
        assert sent[:11] == TABLE[:11]
        for found, wanted in zip(sent[11:], TABLE[11:], strict=True):
            assert found[0] == wanted[0]
            assert found[1] == pytest.approx(wanted[1], abs=ROUNDED)
        assert len({row[1] for row in sent[11:15]}) == 1, "it changes at the rewrite only"
        with SessionStore.open(session.home / session.file, read_only=True) as store:
            assert store.last == session.state.seq
