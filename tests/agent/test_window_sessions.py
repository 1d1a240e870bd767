"""Random sessions in windows of any size: nothing overfills the window or runs away with money.

The model asks for batches of results of any size, fails, repeats itself, and writes summaries
that help and others that do not; the server says at any point that a request is too long. After
every step the context fits the window, the budget is overrun by one answer at most, hard limits
hold, and the gauge agrees with the simulator's own countdown.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from tests.agent.session_checks import GaugeCheck, nightly, reopen_session
from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.agent.loop_detection import LoopDetector
from tui.agent.request_fitting import RequestFitter
from tui.agent.tools.base import PreparedCall, ToolError, ToolOutcome
from tui.agent.tools.registry import TOOLS
from tui.budget.hard_limits import HardLimits
from tui.budget.room import Room, room_for
from tui.budget.wire_budget import MIN_TASK_BUDGET
from tui.claude.catalogue import Catalogue, load_catalogue
from tui.session import events as ev
from tui.settings.settings_schema import CompactionStrategy
from tui.simulator import served_models
from tui.simulator.scripted_model.model_input import (
    ModelInput,
    ScriptedBlock,
    ScriptedReply,
    ScriptedText,
    ScriptedThinking,
    ScriptedToolUse,
)

MODELS = ("claude-opus-5-5", "claude-haiku-5-5")
WINDOWS = (8_000, 12_000, 24_000, 60_000, 200_000, 1_000_000)
GRANTS = (20_000, 20_000, 60_000, 250_000)
DOLLARS = Decimal(4)
REQUESTS = 30
"""The hard limits: dollars of a session, requests of a turn."""
LOOP = 12
"""Requests after which a model that repeats itself was stopped."""
SUMMARIES_OF_A_TURN = 2
"""Summaries that a turn may ask for: another only where one was too long to help."""
HELD_BACK = 32
"""Tokens that a result takes at least, be it held back."""
MARGIN = Decimal("0.05")
"""Dollars by which a request may cost more than was projected."""

TOO_LONG = (
    "prompt is too long: {needed} tokens > {window} maximum",
    "This model's maximum context length is {window} tokens. However, your messages resulted in "
    "{needed} tokens. Please reduce the length of the messages.",
    "the request exceeds the available context size ({window} tokens), try increasing it",
    "Input is too long for requested model.",
    "input length and `max_tokens` exceed context limit: {needed} + 4096 > {window}",
    "context_length_exceeded",
)
"""How servers say that a request is too long, with figures and without."""
SUMMARIES = ("good", "untagged", "empty", "endless", "huge")
"""What the model makes of the wish for a summary. Only the first helps."""


# The world ----------------------------------------------------------------------------


class BlobTool:
    """A tool that brings a text of any size, or fails."""

    name = "blob"
    reads_only = True
    definition: ClassVar[ev.JSON] = {
        "name": "blob",
        "description": "Bring a text.",
        "input_schema": {"type": "object", "properties": {"size": {"type": "integer"}}},
    }

    def prepare(self, input: ev.JSON, world: Any) -> PreparedCall:
        return PreparedCall(
            name="blob", subject=str(input["size"]), reads_only=True, arguments=input
        )

    async def run(self, call: PreparedCall, world: Any, progress: Any) -> ToolOutcome:
        size = int(call.arguments["size"])
        if size < 0:
            raise ToolError("There is nothing of that size.")
        line = f"{call.arguments['size']} some words, figures like 3.14159 and names_of_things\n"
        return ToolOutcome(content=(line * (size // len(line) + 1))[:size])


@dataclass
class Model:
    """What stands in the place of the model: it does what the last prompt asks for.

    `batch N SIZE` asks for N results, `loop SIZE` for the same one again and again, `say N`
    says N words.
    """

    summary: str = "good"
    """How it summarises."""
    answers: list[int] = field(default_factory=list)

    def __call__(self, situation: ModelInput) -> ScriptedReply:
        texts = list(_texts(situation.messages[-1]))
        if any("Write a summary" in text for text in texts):
            return ScriptedReply(self._summary())
        if any("<summary>" in text for text in texts):
            return ScriptedReply((ScriptedText("It goes on."),))
        order = next((text for text in reversed(texts) if text.split(" ")[0] in ORDERS), None)
        if order is None and _loops(situation) and situation.tools:
            order = f"loop {_loops(situation)}"
        return ScriptedReply(
            self._blocks(order) if order else (ScriptedThinking(words(30)), ScriptedText(words(80)))
        )

    def _blocks(self, order: str) -> tuple[ScriptedBlock, ...]:
        kind, *numbers = order.split()
        match kind, [int(each) for each in numbers[:2] if each.lstrip("-").isdigit()]:
            case "batch", [count, size]:
                # Sizes that differ, so that a fair share is not the same for all.
                sizes = [size * (1 + n % 3) // 2 for n in range(count)]
                return (
                    ScriptedText("I look."),
                    *(ScriptedToolUse("blob", {"size": n}) for n in sizes),
                )
            case "loop", [size, *_]:
                return (ScriptedText("Once more."), ScriptedToolUse("blob", {"size": size}))
            case _, [size, *_]:
                return (ScriptedThinking(words(20)), ScriptedText(words(size)))
        raise AssertionError(order)

    def _summary(self) -> tuple[ScriptedBlock, ...]:
        match self.summary:
            case "good":
                return (ScriptedText(f"<summary>{words(400)}</summary>"),)
            case "untagged":
                return (ScriptedText("I would rather not."),)
            case "empty":
                return (ScriptedText("<summary></summary>"),)
            case "endless":
                return (ScriptedText("<summary>" + words(40_000)),)
            case _:
                return (ScriptedText(f"<summary>{words(7_000)}</summary>"),)


ORDERS = ("batch", "loop", "say")


def _texts(message: Any) -> Iterator[str]:
    content = message["content"]
    if isinstance(content, str):
        yield content
        return
    yield from (block["text"] for block in content if block.get("type") == "text")


def _loops(situation: ModelInput) -> int | None:
    """The size that the model asks for again and again, if it does."""
    prompts = [
        text
        for message in situation.messages
        if message["role"] == "user"
        for text in _texts(message)
        if text.split(" ")[0] in ORDERS
    ]
    last = prompts[-1].split() if prompts else [""]
    return int(last[1]) if last[0] == "loop" else None


def catalogue(window: int) -> Catalogue:
    """The catalogue, in which the models have a window of this size."""
    most = min(32_000, window // 2)
    return load_catalogue(
        {"models": {id: {"context": window, "max_output": most} for id in MODELS}}
    )


def set_window(patch: pytest.MonkeyPatch, window: int) -> None:
    """Give the models of the simulator a window of this size."""
    for id in MODELS:
        model = served_models.MODELS[id]
        most = min(32_000, window // 2)
        patch.setitem(served_models.MODELS, id, replace(model, context=window, max_output=most))


# Steps --------------------------------------------------------------------------------

T = TypeVar("T")
Step = tuple[str, int, int]
"""Kind, a number, and a size in bytes."""
SIZES = (0, 200, 2_000, 20_000, 60_000, 200_000)
KINDS: dict[str, tuple[int, int]] = {
    "batch": (1, 40),
    "failing": (1, 40),
    "say": (1, 6_000),
    "paste": (0, 0),
    "loop": (0, 0),
    "compact": (0, len(SUMMARIES) - 1),
    "summaries": (0, len(SUMMARIES) - 1),
    "too long": (0, len(TOO_LONG) - 1),
    "extend": (10, 80),
    "model": (0, 0),
    "resume": (0, 0),
}
"""What may happen, and between which its number is."""
OFTEN = ("batch", "batch", "too long", "compact")
"""What happens more often than the rest."""


class Deck(Generic[T]):
    """Cards in random order; each is dealt before any is dealt again."""

    def __init__(self, chance: Random, cards: Sequence[T]) -> None:
        self._chance = chance
        self._cards = cards
        self._left: list[T] = []

    def deal(self) -> T:
        if not self._left:
            self._left = self._chance.sample(self._cards, k=len(self._cards))
        return self._left.pop()


class SessionDraw:
    """Sessions by chance, in which every kind of step and of summary comes about as often."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._windows = Deck(chance, WINDOWS)
        self._kinds = Deck(chance, [*KINDS, *OFTEN])
        self._summaries = Deck(chance, range(len(SUMMARIES)))

    def session(self) -> tuple[list[Step], int, int]:
        """Steps, window, grant."""
        steps = [self._step(self._kinds.deal()) for _ in range(self._chance.randint(5, 8))]
        return steps, self._windows.deal(), self._chance.choice(GRANTS)

    def _step(self, kind: str) -> Step:
        summary = kind in ("compact", "summaries")
        number = self._summaries.deal() if summary else self._chance.randint(*KINDS[kind])
        return kind, number, self._chance.choice(SIZES)


TAKEN: Counter[str] = Counter()
"""How often each kind of step was taken, in which window, and what came of it."""
EFFECTS = ("results cut", "too long for the server", "shortened", "no progress", "landed")
"""What must come of some of the steps."""


class WindowedSession:
    """A session in a window of some size, and what is held of it after each step."""

    def __init__(self, session_run: SessionRun, model: Model, window: int) -> None:
        self.run = session_run
        self.model = model
        self.window = window
        self._lied = False
        """Whether the server said without need that a request was too long."""

    async def take(self, kind: str, number: int, size: int) -> None:
        TAKEN[kind] += 1
        driver, state = self.run.driver, self.run.state
        match kind:
            case "batch":
                await driver.run_turn(f"batch {number} {size}")
            case "failing":
                await driver.run_turn(f"batch {number} -1")
            case "say":
                await driver.run_turn(f"say {number}")
            case "paste":
                await driver.run_turn(f"say 50 {'pasted words ' * (size // 13)}")
            case "loop":
                await driver.run_turn(f"loop {size}")
            case "compact":
                self.model.summary = SUMMARIES[number]
                TAKEN[SUMMARIES[number]] += 1
                if state.conversation.messages:
                    await driver.compact()
            case "summaries":
                self.model.summary = SUMMARIES[number]
                TAKEN[SUMMARIES[number]] += 1
            case "too long":
                self._lied = True
                words_ = TOO_LONG[number].format(needed=self.window + 1, window=self.window)
                fault = {"kind": "status", "status": 400, "message": words_, "request": 1}
                await self.run.server.faults(fault)
                await driver.run_turn(f"batch 3 {size}")
                await self.run.server.faults()
            case "extend":
                await driver.commit(ev.BudgetExtended(by=number * 1_000))
            case "model":
                other = MODELS[state.model == MODELS[0]]
                entry = self.run.ctx.services.catalogue.model(other)
                await driver.commit(ev.ModelChanged(model=other, effort=entry.default_effort))
            case "resume":
                reopen_session(self.run, self.run.store)

    async def hold(self, kind: str, left: int) -> None:
        """What is true after every step.

        Args:
            kind: Of the step.
            left: Tokens that were left before it.
        """
        state, turn = self.run.state, self._requests_of_the_turn()
        assert state.context <= self.window
        assert self._lied or not self._refused(), "a request was too long for the window"
        self._lied = False
        assert state.left is not None and state.left >= self._least_left(left), left
        assert (state.bill.dollars or 0) <= DOLLARS + MARGIN
        assert turn <= (LOOP if kind == "loop" else REQUESTS)
        summaries = [each.purpose for each in self.run.events(ev.RequestStarted)]
        assert summaries.count("compaction") <= SUMMARIES_OF_A_TURN
        again = self.run.folded_from_disk()
        assert again.ledger.charged == state.ledger.charged
        self._count()
        self.run.published.clear()

    def _count(self) -> None:
        """What came of the step."""
        ends = Counter(each.reason for each in self.run.events(ev.TurnEnded))
        rewrites = Counter(each.reason for each in self.run.events(ev.Rewritten))
        counts = (
            len(self.run.events(ev.ResultsCut)),
            self._refused(),
            rewrites["compaction"],
            ends["no_progress"],
            ends["landed"],
        )
        TAKEN.update(dict(zip(EFFECTS, counts, strict=True)))

    def _least_left(self, before: int) -> int:
        """What must be left after a step: no more is used than one answer beyond the grant.

        A prompt in a session that is over its budget takes an answer and a report. Where it is
        not sent it still waits, and what waits counts.
        """
        waits = sum(each.estimate for each in self.run.events(ev.PromptSubmitted))
        answers = [each.usage.output for each in self.run.events(ev.RequestFinished)]
        results = len(self.run.events(ev.ToolFinished))
        most = max(answers, default=0) if before > 0 else sum(sorted(answers)[-2:])
        return min(before, 0) - most - HELD_BACK * results - (waits if before <= 0 else 0)

    def _refused(self) -> int:
        """Requests of the last step that the server called too long."""
        failed = self.run.events(ev.RequestFailed)
        return sum(each.error == "context_exceeded" for each in failed)

    def _requests_of_the_turn(self) -> int:
        state = self.run.state
        return sum(each.turn == state.turn and each.purpose == "turn" for each in state.requests)


async def run_steps(
    steps: list[Step], window: int, grant: int, strategy: CompactionStrategy
) -> None:
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        async with run_session(
            Path(folder),
            budget=grant,
            respond=model,
            summarize=lambda situation: _said(model),
            interactive=False,
        ) as session_run:
            ctx = session_run.ctx
            change_context(ctx, compaction_strategy=strategy, catalogue=catalogue(window))
            change_context(ctx, tools={**TOOLS, "blob": BlobTool()})
            change_context(ctx, hard_limits=HardLimits(dollars=DOLLARS, requests=REQUESTS))
            session = WindowedSession(session_run, model, window)
            for kind, number, size in steps:
                # What asks for a summary may be a copy of the conversation, cut to fit.
                readings = GaugeCheck(
                    summaries=False, least=MIN_TASK_BUDGET if strategy == "server" else None
                )
                readings.follow(session_run)
                left = session_run.state.left or 0
                await session.take(kind, number, size)
                await readings.check(session_run)
                await session.hold(kind, left)


def _said(model: Model) -> str:
    """What the server summarises, where it does."""
    (text,) = model._summary()
    assert isinstance(text, ScriptedText)
    return text.text.removeprefix("<summary>").removesuffix("</summary>")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("strategy", ["summary", "server"])
def test_a_session_keeps_to_its_window_and_its_limits(strategy: CompactionStrategy):
    TAKEN.clear()
    sessions = SessionDraw(Random() if nightly() else Random(strategy))

    for _ in range(60 if nightly() else 12):
        steps, window, grant = sessions.session()
        TAKEN[f"{window:,}"] += 1
        with pytest.MonkeyPatch.context() as patch:
            set_window(patch, window)
            try:
                asyncio.run(run_steps(steps, window, grant, strategy))
            except Exception as error:
                error.add_note(f"{steps}, window {window}, grant {grant}")
                raise
    assert set(TAKEN) == {*KINDS, *SUMMARIES, *EFFECTS, *(f"{window:,}" for window in WINDOWS)}
    assert all(times >= 2 for what, times in TAKEN.items() if what not in EFFECTS), TAKEN
    rare = {"landed"}  # these few sessions may hold no landing at all
    assert all(TAKEN[effect] for effect in EFFECTS if effect not in rare), TAKEN


@dataclass(frozen=True)
class FoundSession:
    """A session that broke a promise when it was drawn."""

    window: int
    grant: int
    strategy: CompactionStrategy
    steps: list[Step]


REPORT = ("batch", 3, 200), ("say", 2_887, 0), ("summaries", 1, 0), ("too long", 2, 0)
SMALL_REPORT = ("paste", 0, 2_000), ("too long", 5, 0), ("say", 1_080, 0), ("summaries", 1, 0)
FOUND_SESSIONS = {
    "another model reads a result that waits": FoundSession(
        60_000, 20_000, "summary", [("loop", 0, 200_000), ("model", 0, 0), ("batch", 10, 200_000)]
    ),
    "the program's own report takes the place of a summary": FoundSession(
        1_000_000, 20_000, "summary", [*REPORT]
    ),
    "it does so in a small window of which the server names no size": FoundSession(
        12_000, 20_000, "summary", [*SMALL_REPORT, ("too long", 4, 200_000), ("batch", 4, 60_000)]
    ),
    "the server writes no summary of results that nobody measured": FoundSession(
        200_000, 250_000, "server", [("summaries", 3, 0), ("batch", 28, 20_000), ("say", 50, 0)]
    ),
    "a prompt waits while a summary is asked for in vain": FoundSession(
        12_000, 60_000, "summary", [("summaries", 3, 0), ("say", 3_424, 0), ("paste", 0, 60_000)]
    ),
    "the window is smaller than the prompt that waits": FoundSession(
        8_000,
        20_000,
        "summary",
        [("summaries", 4, 0), ("batch", 5, 20_000), ("failing", 39, 0), ("paste", 0, 60_000)],
    ),
}


@pytest.mark.parametrize("name", FOUND_SESSIONS)
def test_a_session_that_broke_a_promise_keeps_it(name: str, monkeypatch: pytest.MonkeyPatch):
    found = FOUND_SESSIONS[name]
    set_window(monkeypatch, found.window)
    asyncio.run(run_steps(found.steps, found.window, found.grant, found.strategy))


STEPS: list[Step] = [("batch", 12, 60_000), ("loop", 0, 200), ("say", 500, 0)]
"""A session in which each of the mistakes below shows."""


def test_a_pasted_prompt_beside_results_takes_no_more_than_is_left(
    monkeypatch: pytest.MonkeyPatch,
):
    set_window(monkeypatch, 1_000_000)
    # The loop is stopped before its last result is sent, so the text stands beside that.
    steps: list[Step] = [("loop", 0, 2_000), ("paste", 0, 200_000), ("say", 100, 0)]
    asyncio.run(run_steps(steps, 1_000_000, 20_000, "summary"))


def nothing_is_cut(patch: pytest.MonkeyPatch) -> None:
    """What waits is sent, whatever it weighs."""

    async def cut(limits: RequestFitter) -> None:
        return None

    patch.setattr(RequestFitter, "cut", cut)


def the_reserve_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What waits is cut for the window alone."""

    def room(**given: Any) -> Room:
        return room_for(**{**given, "left": None})

    patch.setattr("tui.agent.request_fitting.room_for", room)


def nobody_watches(patch: pytest.MonkeyPatch) -> None:
    """A model that repeats itself is not stopped."""
    patch.setattr(LoopDetector, "evidence", lambda watch: None)


def run_scripted_session(patch: pytest.MonkeyPatch) -> None:
    set_window(patch, 200_000)
    asyncio.run(run_steps(STEPS, 200_000, 60_000, "summary"))


def test_the_session_without_a_mistake_passes(monkeypatch: pytest.MonkeyPatch):
    run_scripted_session(monkeypatch)


@pytest.mark.parametrize("mutant", [nothing_is_cut, the_reserve_is_forgotten, nobody_watches])
def test_each_of_the_mistakes_is_caught(
    monkeypatch: pytest.MonkeyPatch, mutant: Callable[[pytest.MonkeyPatch], None]
):
    mutant(monkeypatch)
    with pytest.raises(AssertionError):
        run_scripted_session(monkeypatch)
