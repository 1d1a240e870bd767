"""Whole random sessions: after every turn the gauge agrees with the server's countdown.

The server is the simulator, whose countdown is an implementation of its own. Steps are
drawn by hypothesis, and it is counted that every kind of them was really taken.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.agent.session_checks import (
    GaugeCheck,
    GeneratedTokensCheck,
    kill_during_turn,
    reopen_session,
    session_settings,
)
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.budget.ledger import Kind, Ledger
from tui.budget.wire_budget import Scope, WireBudget
from tui.claude.stream_events import TextDelta
from tui.session import events as ev
from tui.session.event_fold import HANDLERS
from tui.session.fork import fork
from tui.session.state import SessionState
from tui.settings.settings_schema import CompactionStrategy
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)

GRANT = 120_000
TAKEN: Counter[str] = Counter()
"""How often each kind of step was taken, and did something, in the test that runs."""


class RandomModel:
    """Says what the last prompt asks for: `read K, say N`."""

    def __call__(self, situation: ModelInput) -> ScriptedReply:
        last = situation.messages[-1]
        content = last["content"] if isinstance(last["content"], list) else []
        texts = [block["text"] for block in content if block.get("type") == "text"]
        if texts and "Write a summary" in texts[-1]:
            # More than 1 % of the grant, so that it shows if it is counted twice.
            return ScriptedReply((ScriptedText(f"<summary>{words(1_600)}</summary>"),))
        prompts = [text for text in texts if text.startswith("read ")]
        if not prompts:
            return ScriptedReply((ScriptedThinking(words(60)), ScriptedText(words(150))))
        _, reads, _, size = prompts[-1].replace(",", "").split()
        calls = tuple(ScriptedToolUse("read", {"path": f"f{n}"}) for n in range(int(reads)))
        return ScriptedReply((ScriptedThinking(words(40)), ScriptedText(words(int(size))), *calls))


KINDS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "prompt": ((0, 6), (50, 1_500)),
    "interrupt": ((0, 3), (200, 900)),
    "fault": ((0, 3), (700, 900)),
    "steer": ((1, 3), (50, 300)),
    "extend": ((1, 40), (0, 0)),
    "compact": ((0, 0), (0, 0)),
    "rewind": ((0, 20), (0, 0)),
    "effort": ((0, 3), (0, 0)),
    "resume": ((0, 0), (0, 0)),
    "kill": ((0, 3), (200, 900)),
    "fork": ((0, 0), (0, 0)),
    "model": ((0, 1), (0, 0)),
    "scope": ((0, 0), (0, 0)),
    "image": ((0, 3), (50, 500)),
}
"""Kinds of steps, and between which their number and their size are."""


@st.composite
def random_steps(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    """Every kind of step in any order, then some of them again."""
    again = draw(st.lists(st.sampled_from(["prompt", *KINDS]), min_size=1, max_size=4))
    kinds = [*draw(st.permutations(list(KINDS))), *again]
    ranges = [(kind, *KINDS[kind]) for kind in kinds]
    return [(kind, draw(st.integers(*n)), draw(st.integers(*m))) for kind, n, m in ranges]


MODELS = ("claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-4-6")
"""The last counts other tokens, and sees no budget."""
IMAGE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
    "hgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A picture of one pixel, as PNG in base64."""


def standing(run: SessionRun) -> tuple[object, ...]:
    """What a step beside a turn may change."""
    state, envelope = run.state, run.state.envelope
    told = (envelope.grant, envelope.scope) if envelope else None
    return state.model, state.effort, told, len(state.conversation.messages), run.driver


def did(kind: str, events: list[ev.Event], changed: bool) -> bool:
    """Whether a step of `kind` did what it is for.

    Args:
        kind: Of the step.
        events: What it brought.
        changed: Whether anything stands otherwise than before.
    """
    match kind:
        case "interrupt":
            return any(isinstance(e, ev.TurnEnded) and e.reason == "interrupted" for e in events)
        case "fault" | "kill":
            reason = "crashed" if kind == "kill" else "fault"
            return any(isinstance(e, ev.RequestFailed) and e.reason == reason for e in events)
        case "steer":
            return any(isinstance(e, ev.NoteSent) and e.reason == "steering" for e in events)
        case "compact":
            return any(isinstance(e, ev.Rewritten) and e.reason == "compaction" for e in events)
        case "prompt" | "image":
            return any(isinstance(e, ev.RequestFinished) for e in events)
        case _:
            return changed


async def step_on(run: SessionRun, kind: str, number: int, size: int) -> None:
    """Take a step, and count it if it did something."""
    before, heard = standing(run), len(run.events())
    await take(run, kind, number, size)
    TAKEN[kind] += did(kind, run.events()[heard:], standing(run) != before)


async def take(run: SessionRun, kind: str, number: int, size: int) -> None:
    """Take one step of a session."""
    state, driver = run.state, run.driver
    match kind:
        case "prompt":
            await driver.run_turn(f"read {number}, say {size}")
        case "interrupt":
            run.when(lambda item: isinstance(item, TextDelta), driver.interrupt)
            await driver.run_turn(f"read {number}, say {size}")
        case "fault":
            await run.server.faults({"kind": "drop", "request": 1, "after": 38})
            await driver.run_turn(f"read {number}, say {size}")
        case "steer":
            run.when(
                lambda item: isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted),
                lambda: driver.steer("and be quick about it " * 10),
            )
            await driver.run_turn(f"read {number}, say {size}")
        case "extend":
            await driver.commit(ev.BudgetExtended(by=number * 1_000))
        case "compact" if state.conversation.messages:
            await driver.compact()
        case "rewind":
            prompts = [
                at
                for at, message in enumerate(state.conversation.messages)
                if message.role == "user" and not message.has_results
            ]
            if prompts:
                await driver.commit(
                    ev.Rewritten(reason="rewind", keep=prompts[number % len(prompts)])
                )
        case "effort":
            levels = ("low", "medium", "high", "xhigh", "max")
            other = [level for level in levels if level != state.effort]
            await driver.commit(ev.EffortChanged(effort=other[number]))
        case "resume":
            reopen_session(run, run.store)
        case "kill":
            await kill_during_turn(run, f"read {number}, say {size}")
        case "fork":
            store = run.store
            child = fork(store, store.last, f"fork{store.last}", program="0")
            reopen_session(run, child)
            store.close()
        case "model":
            others = [model for model in MODELS if model != state.model]
            model = run.ctx.services.catalogue.model(others[number])
            await driver.commit(ev.ModelChanged(model=model.id, effort=model.default_effort))
        case "scope" if state.envelope is not None:
            scope: Scope = "turn" if state.envelope.scope == "session" else "session"
            total = state.envelope.grant if scope == "turn" else GRANT + state.ledger.charged
            await driver.commit(ev.BudgetGranted(total=total, scope=scope))
        case "image":
            source = {"type": "base64", "media_type": "image/png", "data": IMAGE}
            words = {"type": "text", "text": f"read {number}, say {size}"}
            await driver.run_turn(words["text"], ({"type": "image", "source": source}, words))


async def generated_agrees(run: SessionRun) -> None:
    """What the server generated, broken answers included, is what the ledger charged."""
    rows = await run.server.ledger()
    charged = run.folded_from_disk().ledger.by_kind
    ours = charged.get("output", 0) + charged.get("summary", 0)
    assert abs(sum(row["generated"] for row in rows) - ours) <= GRANT // 100


async def run_steps(
    steps: list[tuple[str, int, int]],
    turn_reset: str,
    scope: str,
    *,
    whole: bool = False,
    strategy: CompactionStrategy = "summary",
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with run_session(
            Path(folder),
            budget=GRANT,
            scope=scope,
            turn_reset=turn_reset,
            respond=RandomModel(),
        ) as run:
            change_context(run.ctx, compaction_strategy=strategy)
            for number in range(6):
                (run.folder / f"f{number}").write_text("some words in a line\n" * 40 * number)
            generated = GeneratedTokensCheck()
            for kind, number, size in steps:
                readings = GaugeCheck()
                readings.follow(run)
                await step_on(run, kind, number, size)
                await readings.check(run)
                await generated.check(run, kind)
                if kind in ("prompt", "steer", "image"):
                    assert run.state.dropped_tokens <= (run.state.grant or 0) // 100
            if whole:
                await generated_agrees(run)
            again = run.folded_from_disk()
            assert again.ledger.charged == run.state.ledger.charged
            assert sum(again.ledger.by_subtask.values()) == again.ledger.charged


@pytest.mark.parametrize(
    ("scope", "turn_reset", "strategy"),
    [  # every pair of the three choices
        ("session", "context", "summary"),
        ("session", "fresh", "server"),
        ("turn", "context", "server"),
        ("turn", "fresh", "summary"),
    ],
)
def test_the_gauge_agrees_over_random_sessions(
    turn_reset: str, scope: str, strategy: CompactionStrategy
):
    TAKEN.clear()
    random_sessions(turn_reset, scope, strategy)
    assert set(TAKEN) == set(KINDS), "every kind of step was taken"
    assert all(times >= 3 for times in TAKEN.values()), TAKEN


def random_sessions(turn_reset: str, scope: str, strategy: CompactionStrategy) -> None:
    """Run randomly drawn sessions, the same ones each time."""

    @session_settings(5, 40)
    @given(steps=random_steps())
    def sessions(steps: list[tuple[str, int, int]]) -> None:
        steps = [*steps, ("prompt", 2, 200)]
        asyncio.run(run_steps(steps, turn_reset, scope, strategy=strategy))

    sessions()


STEPS = [
    ("prompt", 4, 2_000),
    ("prompt", 5, 3_000),
    ("fault", 3, 3_000),
    ("resume", 0, 0),
    ("prompt", 3, 1_500),
    ("compact", 0, 0),
    ("prompt", 2, 1_000),
    ("fault", 1, 3_000),
    ("prompt", 1, 500),
]
"""A session in which each of the mistakes below shows."""


def decremented(patch: pytest.MonkeyPatch) -> None:
    """`remaining` as a running balance."""
    wire = lambda grant, charged, counted: WireBudget(grant, max(0, grant - charged))  # noqa: E731
    patch.setattr("tui.session.budget_account.session_budget", wire)


def summary_twice(patch: pytest.MonkeyPatch) -> None:
    """A summary charged beside the output it is a part of."""
    split = Ledger.split

    def wrong(ledger: Ledger, key: str, kind: Kind, tokens: int) -> str:
        new = split(ledger, key, kind, tokens)
        if kind == "summary":
            ledger.add(structs.replace(ledger.entries[new], key=f"{new}/again"))
        return new

    patch.setattr(Ledger, "split", wrong)


def results_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Tool results never charged."""
    patch.setattr("tui.session.charging.is_charged", lambda kind, *, prompts: kind != "results")


def reset_on_resume(patch: pytest.MonkeyPatch) -> None:
    """A resumed session that begins at zero."""
    refolded = SessionRun.folded_from_disk

    def wrong(run: SessionRun) -> SessionState:
        state = refolded(run)
        state.budget_account.ledger = Ledger()
        return state

    patch.setattr(SessionRun, "folded_from_disk", wrong)


def partial_ignored(patch: pytest.MonkeyPatch) -> None:
    """A dropped message that was generated and never charged."""
    failed: type[ev.Event] = ev.RequestFailed
    patch.setitem(HANDLERS, failed, lambda state, event: None)


def test_the_session_without_a_mistake_passes():
    asyncio.run(run_steps(STEPS, "context", "session", whole=True))


@pytest.mark.parametrize(
    "mutant", [decremented, summary_twice, results_forgotten, reset_on_resume, partial_ignored]
)
def test_each_of_the_five_mistakes_is_caught(
    monkeypatch: pytest.MonkeyPatch, mutant: Callable[[pytest.MonkeyPatch], None]
):
    mutant(monkeypatch)
    with pytest.raises(AssertionError):
        asyncio.run(run_steps(STEPS, "context", "session", whole=True))


def test_random_sessions_catch_a_summary_that_is_counted_twice(
    monkeypatch: pytest.MonkeyPatch,
):
    summary_twice(monkeypatch)
    with pytest.raises(AssertionError):
        random_sessions("context", "session", "summary")
