"""A session written step by step: the events a real one would have logged, at made-up times.

Figures follow from the events: each request reads from the cache what the one before it
sent, results settle to the tokens given for them, and prices come from the catalogue.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tui.agent.tools.registry import tool_definitions
from tui.budget.ledger import Usage
from tui.budget.wire_budget import WireBudget
from tui.claude.catalogue import load_catalogue
from tui.claude.pricing import Terms, price
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.wrapup import WrapUp

START_TIME = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
"""When every scripted session begins."""

PREAMBLE = 4_200
"""Tokens of system text and tools."""


class ManualClock:
    """A clock that only moves when the script says so."""

    def __init__(self) -> None:
        self.now = START_TIME.timestamp()

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class ScriptedToolCall:
    """One call of a tool, with what came back."""

    name: str
    subject: str
    tokens: int
    summary: str = ""
    content: str = ""
    changes: tuple[ev.FileChange, ...] = ()
    outcome: ev.ToolOutcome = "done"
    asked: ev.PermissionScope | None = None
    updates: tuple[SubtaskUpdate, ...] = ()
    report: WrapUp | None = None


@dataclass
class ScriptedLog:
    """The log of a session, written one scene at a time."""

    model: str = "claude-opus-5-5"
    effort: str = "high"
    mode: ev.Mode = "ask"
    budget: int | None = 200_000
    folder: str = "/home/ada/code/skylark"
    session: str = "20261103-120000-skylark"
    clock: ManualClock = field(default_factory=ManualClock)
    records: list[ev.Record] = field(default_factory=list)
    turn: int = 0
    request: int = 0
    used: int = 0
    """Tokens charged so far."""
    _sent: int = 0
    """Context tokens of the last request, its answer included."""
    _fresh: int = PREAMBLE
    """Tokens the next request sends for the first time."""
    _uses: int = 0
    _subtask: str | None = None

    def __post_init__(self) -> None:
        self.add(
            ev.SessionStarted(
                session=self.session,
                folder=self.folder,
                program="0.1.0",
                model=self.model,
                effort=self.effort,
                mode=self.mode,
            ),
            ev.PreambleSet(
                system=({"type": "text", "text": "…"},), tools=tuple(tool_definitions())
            ),
        )
        if self.budget:
            self.add(ev.BudgetGranted(total=self.budget, source="command line"))

    def add(self, *events: ev.Event) -> "ScriptedLog":
        """Log events as they are."""
        for event in events:
            self.records.append(ev.Record(len(self.records) + 1, self.clock.now, event))
        return self

    def wait(self, seconds: float) -> "ScriptedLog":
        """Let time pass."""
        self.clock.now += seconds
        return self

    def prompt(self, text: str, tokens: int = 60) -> "ScriptedLog":
        """The user asks for something."""
        self.turn += 1
        self._fresh += tokens
        block = {"type": "text", "text": text}
        return self.add(
            ev.PromptSubmitted(turn=self.turn, text=text, content=(block,), estimate=tokens)
        )

    def start(self) -> "ScriptedLog":
        """A request is sent."""
        self.request += 1
        return self.add(
            ev.RequestStarted(
                request=self.request,
                turn=self.turn,
                model=self.model,
                effort=self.effort,
                max_tokens=64_000,
                budget=WireBudget(total=self.budget) if self.budget else None,
                messages=2 * self.request,
                subtask=self._subtask,
            )
        )

    def reply(
        self,
        text: str = "",
        *uses: ScriptedToolCall,
        think: tuple[str, int] | None = None,
        output: int = 600,
        seconds: float = 9.0,
    ) -> "ScriptedLog":
        """One request, its answer, and the tools it calls."""
        return self.start().finish(text, *uses, think=think, output=output, seconds=seconds)

    def finish(
        self,
        text: str = "",
        *uses: ScriptedToolCall,
        think: tuple[str, int] | None = None,
        output: int = 600,
        seconds: float = 9.0,
        limits: dict[str, str] | None = None,
    ) -> "ScriptedLog":
        """The answer to the request that was started, and the tools it calls."""
        self.wait(seconds)
        ids = [f"toolu_{self._uses + at + 1}" for at in range(len(uses))]
        self._uses += len(uses)
        usage = self._usage(output, think[1] if think else 0)
        self.add(
            ev.RequestFinished(
                request=self.request,
                message=f"msg_{self.request}",
                model=self.model,
                blocks=tuple(_blocks(text, think, zip(ids, uses, strict=True))),
                usage=usage,
                raw_usage={},
                stop_reason="tool_use" if uses else "end_turn",
                dollars=self._price(usage),
                seconds=seconds,
                limits=self._limits(usage) if limits is None else limits,
            )
        )
        for id, use in zip(ids, uses, strict=True):
            self._run(id, use)
        return self

    def _usage(self, output: int, thinking: int) -> Usage:
        usage = Usage(
            cache_read=self._sent,
            cache_write_5m=self._fresh,
            input=2,
            output=output,
            thinking=thinking,
        )
        self._sent, self._fresh = usage.window + output, 0
        self.used += output
        return usage

    def _limits(self, usage: Usage) -> dict[str, str]:
        """What the server says of the account after a request."""
        name = "anthropic-ratelimit-input-tokens"
        fresh = usage.input + usage.cache_write
        return {f"{name}-limit": "450000", f"{name}-remaining": str(450_000 - 2 * fresh)}

    def _price(self, usage: Usage) -> Any:
        found = price(
            usage, load_catalogue().model(self.model), Terms(START_TIME.date(), usage.window)
        )
        return found.total if found else None

    def _run(self, id: str, use: ScriptedToolCall) -> None:
        """A tool is asked for, started and finished."""
        if use.asked:
            self.add(
                ev.PermissionAsked(
                    tool_use=id, name=use.name, subject=use.subject, reason="changes a file"
                ),
                ev.PermissionAnswered(tool_use=id, answer=use.asked),
            )
        self.add(
            ev.ToolStarted(
                request=self.request, tool_use=id, name=use.name, input={}, subject=use.subject
            )
        )
        self.wait(0.4)
        self.add(
            ev.ToolFinished(
                request=self.request,
                tool_use=id,
                name=use.name,
                content=use.content,
                outcome=use.outcome,
                estimate=use.tokens,
                changes=use.changes,
                summary=use.summary,
            )
        )
        self._fresh += use.tokens
        self.used += use.tokens
        if use.updates:
            self.plan(*use.updates)
        if use.report:
            self.add(ev.WrappedUp(turn=self.turn, report=use.report))

    def compact(self, summary: int = 3_400) -> "ScriptedLog":
        """The conversation becomes a summary of so many tokens."""
        before = self._sent
        self.reply("", output=summary, seconds=31)
        self._sent, self._fresh = PREAMBLE, summary
        return self.add(
            ev.Rewritten(
                reason="compaction",
                messages=({"role": "user", "content": [{"type": "text", "text": "…"}]},),
                before=before,
                after=PREAMBLE + summary,
                summary_message=f"msg_{self.request}",
                summary_tokens=summary,
            )
        )

    def plan(self, *updates: SubtaskUpdate) -> "ScriptedLog":
        """The checklist changes; requests are charged to what is in progress."""
        for update in updates:
            if update.state == "in_progress":
                self._subtask = update.id
            elif update.id == self._subtask and update.state is not None:
                self._subtask = None
        return self.add(ev.ChecklistChanged(updates=updates))

    def end(self, reason: ev.TurnEndReason = "completed", sentence: str = "") -> "ScriptedLog":
        """The user has the word again."""
        return self.add(ev.TurnEnded(turn=self.turn, reason=reason, sentence=sentence))


def _blocks(
    text: str, think: tuple[str, int] | None, uses: Iterable[tuple[str, ScriptedToolCall]]
) -> Iterable[ev.JSON]:
    if think:
        yield {"type": "thinking", "thinking": think[0], "signature": "…"}
    if text:
        yield {"type": "text", "text": text}
    for id, use in uses:
        yield {"type": "tool_use", "id": id, "name": use.name, "input": {}}
