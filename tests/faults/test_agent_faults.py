"""Every fault of the simulator in every phase of a session, through the whole agent.

A session is struck in its first request, after its tools, and in a later turn.

Whatever happens: the turn ends or goes on with a clear word, nothing is charged twice, the
log folds to the same session, and the next prompt works against a server that refuses every
conversation that is not valid.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tests.support.state_equality import assert_states_equal
from tui.claude.api_client import RequestTimeouts
from tui.claude.stream_events import Retrying
from tui.session import events as ev
from tui.simulator.injected_faults import fault_kinds
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)

HARMLESS = {"unknown_event", "ping_first", "trailing_spaces", "no_input", "no_request_id", "close"}
"""Odd, but whole: nobody needs to hear of them."""
ODD = {"odd_ids", "stop ru", "stop pause_turn", "stop compaction", "evict", "undiagnosed"}
"""Odd, but where the message has calls there is only one way to go on; and a lost cache, which is
worth a word only where there was one."""
ESTIMATED = ("no_usage", "shrinking_usage", "wrong_usage")
"""What the answer used is estimated: a session tells that the first time only, and estimates
add up. So each phase has a session of its own."""
STATUSES = (400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503, 504, 529)
PASSING = {408, 409, 429, 500, 503, 504, 529}
"""Statuses of which a second attempt may succeed."""
STOPS = ("max_tokens", "refusal", "pause_turn", "compaction", "model_context_window_exceeded", "ru")

FAULTS: dict[str, dict[str, Any]] = {
    **{name: {"kind": name} for name in fault_kinds() if name not in ("status", "stop")},
    **{f"status {status}": {"kind": "status", "status": status} for status in STATUSES},
    **{f"stop {reason}": {"kind": "stop", "reason": reason} for reason in STOPS},
    "status 400 budget": {"kind": "status", "status": 400, "message": "task_budget: no"},
    "status 400 long": {"kind": "status", "status": 400, "message": "prompt is too long: 9 > 8"},
    "status 429 patient": {"kind": "status", "status": 429, "retry_after": 1},
    "status 429 month": {
        "kind": "status",
        "status": 429,
        "code": "enforced_spend_limit_reached",
    },
}
PHASES = {"first request": 1, "after the tools": 2, "a later turn": 1}
"""By name, in the order of a session: the request of the turn that is struck."""
STALL = 0.6
"""Seconds after which a silent stream is given up."""


def respond(situation: ModelInput) -> ScriptedReply:
    """Read and think once for each prompt, then say what came of it."""
    last = situation.messages[-1]
    content = last["content"] if last["role"] == "user" else []
    if any(block["type"] == "tool_result" for block in content):
        return ScriptedReply((ScriptedThinking(words(30)), ScriptedText(f"I read it.{words(60)}")))
    plan = {"id": "t", "title": "Read", "state": "done"}
    calls = (
        ScriptedToolUse("read", {"path": "a"}),
        ScriptedToolUse("checklist", {"subtasks": [plan]}),
    )
    return ScriptedReply((ScriptedThinking(words(40)), ScriptedText(f"I look.{words(60)}"), *calls))


def prepare(run: SessionRun, fault: dict[str, Any]) -> None:
    """A file to read; and where streams fall silent, little patience."""
    (run.folder / "a").write_text("line\n" * 200)
    if fault["kind"] == "stall":
        run.client.timeouts = RequestTimeouts(stall=STALL)


def sentences(run: SessionRun) -> list[str]:
    """Everything said to people about what went wrong."""
    said = [item.error.sentence for item in run.published if isinstance(item, Retrying)]
    for event in run.events(ev.RequestFailed, ev.TurnEnded, ev.NoticeShown, ev.ErrorShown):
        said.append(event.sentence)
    said += [e.text for e in run.events(ev.NoteSent)]
    said += [event.content for event in run.events(ev.ToolFinished) if event.outcome != "done"]
    return [sentence for sentence in said if sentence]


def assert_clear(sentence: str) -> None:
    assert "Traceback" not in sentence and "Error(" not in sentence and "httpx" not in sentence
    assert len(sentence) < 500, sentence


async def assert_charged_once(run: SessionRun) -> None:
    """The ledger's outputs are what the server generated, message by message."""
    outputs = {k: e for k, e in run.state.ledger.entries.items() if e.kind == "output"}
    rows = [row for row in await run.server.ledger() if row["message_id"]]
    assert sum(e.tokens for e in outputs.values()) == run.state.ledger.by_kind["output"]
    assert len(outputs) <= len(rows)
    for row in rows:
        entry = outputs.get(row["message_id"])
        # Spoiled arguments are billed whole, whatever of them was sent.
        if entry is not None and entry.settled and "arguments" not in (row["fault"] or ""):
            assert entry.tokens == row["generated"]


async def assert_goes_on(run: SessionRun) -> None:
    """The next prompt works, and the gauge agrees with the server's countdown."""
    assert not run.state.turn_open
    assert not run.state.conversation.open_calls
    assert run.state.open_request is None
    await run.server.faults()
    await run.driver.run_turn("and now?")
    assert run.state.last_end is not None
    assert run.state.last_end.reason == "completed", run.state.last_end.sentence
    await assert_charged_once(run)
    assert_states_equal(run.state, run.folded_from_disk())
    if run.ctx.run.server_supports_task_budget:
        assert run.state.left is not None and run.state.grant is not None
        assert abs(run.state.left - await run.countdown()) <= run.state.grant // 100


SESSIONS = [(name, [phase]) for name in ESTIMATED for phase in PHASES] + [
    (name, [*PHASES]) for name in FAULTS if name not in ESTIMATED
]
"""The fault of a session, and the phases in which it strikes."""


@pytest.mark.parametrize(("name", "phases"), SESSIONS)
async def test_a_fault_is_said_clearly_charged_once_and_the_session_goes_on(
    tmp_path: Path, name: str, phases: list[str]
):
    async with run_session(tmp_path, respond=respond) as run:
        prepare(run, FAULTS[name])
        if phases == ["a later turn"]:
            await run.driver.run_turn("first")
        for phase in phases:
            run.published.clear()
            seen = len(await run.server.ledger())
            await run.server.faults({**FAULTS[name], "request": PHASES[phase]})
            await run.driver.run_turn("struck")
            assert any(row["fault"] for row in (await run.server.ledger())[seen:]), phase
            said = sentences(run)
            for sentence in said:
                assert_clear(sentence)
            if name in HARMLESS:
                assert said == [], phase
            elif name not in ODD:
                assert said or "arguments" in name, phase
            await assert_goes_on(run)


LASTING = {
    "drop": 3,
    "early_end": 3,
    "error_event": 3,
    "not_json": 3,
    "stall": 3,
    "hang_up": 6,
    "status 429": 6,
    "status 500": 6,
    "status 529": 6,
    "status 400": 1,
    "status 401": 1,
    "json_body": 1,
    "no_message_start": 1,
}
"""Faults that stay, and how many requests are made before the turn ends."""


@pytest.mark.parametrize("name", LASTING)
async def test_a_fault_that_stays_ends_the_turn_after_a_few_attempts(tmp_path: Path, name: str):
    async with run_session(tmp_path, respond=respond) as run:
        prepare(run, FAULTS[name])
        await run.server.faults({**FAULTS[name], "since": PHASES["after the tools"]})
        await run.driver.run_turn("struck")
        end = run.state.last_end
        assert end is not None and end.reason == "error"
        assert end.sentence.endswith(".")
        assert_clear(end.sentence)
        rows = [row for row in await run.server.ledger() if row["fault"]]
        assert len(rows) == LASTING[name]
        await assert_goes_on(run)


@pytest.mark.parametrize("status", sorted(PASSING))
async def test_what_passes_is_retried_and_every_retry_is_seen(tmp_path: Path, status: int):
    async with run_session(tmp_path, respond=respond) as run:
        fault = {"kind": "status", "status": status}
        prepare(run, fault)
        await run.server.faults({**fault, "request": 1})
        await run.driver.run_turn("struck")
        assert sum(isinstance(item, Retrying) for item in run.published) == 1
        assert run.state.last_end is not None
        assert run.state.last_end.reason == "completed"
