"""Every fault of the simulator in every phase of a session, through the whole agent.

A session is struck in its first request, after its tools, and in a later turn.

Whatever happens: the turn ends or goes on with a clear word, nothing is charged twice, the
log folds to the same session, and the next prompt works against a server that refuses every
conversation that is not valid.
"""

from pathlib import Path
from typing import Any

import pytest
from flight import Flight, flight
from sameness import assert_same
from simulator_server import words

from tui.claude.client import Patience
from tui.claude.progress import Retrying
from tui.session import events as ev
from tui.simulator.faults import names
from tui.simulator.pilot.situation import Reply, Situation, Text, Thinking, ToolUse

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
    **{name: {"kind": name} for name in names() if name not in ("status", "stop")},
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


def respond(situation: Situation) -> Reply:
    """Read and think once for each prompt, then say what came of it."""
    last = situation.messages[-1]
    content = last["content"] if last["role"] == "user" else []
    if any(block["type"] == "tool_result" for block in content):
        return Reply((Thinking(words(30)), Text(f"I read it.{words(60)}")))
    plan = {"id": "t", "title": "Read", "state": "done"}
    calls = (ToolUse("read", {"path": "a"}), ToolUse("checklist", {"subtasks": [plan]}))
    return Reply((Thinking(words(40)), Text(f"I look.{words(60)}"), *calls))


def prepare(flown: Flight, fault: dict[str, Any]) -> None:
    """A file to read; and where streams fall silent, little patience."""
    (flown.folder / "a").write_text("line\n" * 200)
    if fault["kind"] == "stall":
        flown.line.patience = Patience(stall=STALL)


def sentences(flown: Flight) -> list[str]:
    """Everything said to people about what went wrong."""
    said = [item.fault.sentence for item in flown.published if isinstance(item, Retrying)]
    for event in flown.events(ev.RequestFailed, ev.TurnEnded, ev.NoticeShown, ev.ErrorShown):
        said.append(event.sentence)
    said += [e.text for e in flown.events(ev.NoteSent)]
    said += [event.content for event in flown.events(ev.ToolFinished) if event.outcome != "done"]
    return [sentence for sentence in said if sentence]


def assert_clear(sentence: str) -> None:
    assert "Traceback" not in sentence and "Error(" not in sentence and "httpx" not in sentence
    assert len(sentence) < 500, sentence


async def assert_charged_once(flown: Flight) -> None:
    """The ledger's outputs are what the server generated, message by message."""
    outputs = {k: e for k, e in flown.state.ledger.entries.items() if e.kind == "output"}
    rows = [row for row in await flown.server.ledger() if row["message_id"]]
    assert sum(e.tokens for e in outputs.values()) == flown.state.ledger.by_kind["output"]
    assert len(outputs) <= len(rows)
    for row in rows:
        entry = outputs.get(row["message_id"])
        # Spoiled arguments are billed whole, whatever of them was sent.
        if entry is not None and entry.settled and "arguments" not in (row["fault"] or ""):
            assert entry.tokens == row["generated"]


async def assert_goes_on(flown: Flight) -> None:
    """The next prompt works, and the gauge agrees with the server's countdown."""
    assert not flown.state.turn_open
    assert not flown.state.conversation.open_calls
    assert flown.state.open_request is None
    await flown.server.faults()
    await flown.driver.turn("and now?")
    assert flown.state.last_end is not None
    assert flown.state.last_end.reason == "completed", flown.state.last_end.sentence
    await assert_charged_once(flown)
    assert_same(flown.state, flown.refolded())
    if flown.means.knows_budgets:
        assert flown.state.left is not None and flown.state.grant is not None
        assert abs(flown.state.left - await flown.countdown()) <= flown.state.grant // 100


SESSIONS = [(name, [phase]) for name in ESTIMATED for phase in PHASES] + [
    (name, [*PHASES]) for name in FAULTS if name not in ESTIMATED
]
"""The fault of a session, and the phases in which it strikes."""


@pytest.mark.parametrize(("name", "phases"), SESSIONS)
async def test_a_fault_is_said_clearly_charged_once_and_the_session_goes_on(
    tmp_path: Path, name: str, phases: list[str]
) -> None:
    async with flight(tmp_path, respond=respond) as flown:
        prepare(flown, FAULTS[name])
        if phases == ["a later turn"]:
            await flown.driver.turn("first")
        for phase in phases:
            flown.published.clear()
            seen = len(await flown.server.ledger())
            await flown.server.faults({**FAULTS[name], "request": PHASES[phase]})
            await flown.driver.turn("struck")
            assert any(row["fault"] for row in (await flown.server.ledger())[seen:]), phase
            said = sentences(flown)
            for sentence in said:
                assert_clear(sentence)
            if name in HARMLESS:
                assert said == [], phase
            elif name not in ODD:
                assert said or "arguments" in name, phase
            await assert_goes_on(flown)


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
async def test_a_fault_that_stays_ends_the_turn_after_a_few_attempts(
    tmp_path: Path, name: str
) -> None:
    async with flight(tmp_path, respond=respond) as flown:
        prepare(flown, FAULTS[name])
        await flown.server.faults({**FAULTS[name], "since": PHASES["after the tools"]})
        await flown.driver.turn("struck")
        end = flown.state.last_end
        assert end is not None and end.reason == "error"
        assert end.sentence.endswith(".")
        assert_clear(end.sentence)
        rows = [row for row in await flown.server.ledger() if row["fault"]]
        assert len(rows) == LASTING[name]
        await assert_goes_on(flown)


@pytest.mark.parametrize("status", sorted(PASSING))
async def test_what_passes_is_retried_and_every_retry_is_seen(tmp_path: Path, status: int) -> None:
    async with flight(tmp_path, respond=respond) as flown:
        fault = {"kind": "status", "status": status}
        prepare(flown, fault)
        await flown.server.faults({**fault, "request": 1})
        await flown.driver.turn("struck")
        assert sum(isinstance(item, Retrying) for item in flown.published) == 1
        assert flown.state.last_end is not None
        assert flown.state.last_end.reason == "completed"
