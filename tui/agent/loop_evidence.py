"""What a turn that makes no progress did, request by request, and the evidence in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

from tui.agent.call_comparison import CallFingerprint
from tui.number_format import count_with_noun, format_dollars

LoopKind = Literal["same_result", "failed_calls", "reports", "no_finding", "shortened"]


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """One call of a request, with its result."""

    text: str
    """What it does, for people: `bash pytest -q`."""
    fingerprint: CallFingerprint
    failed: bool
    """Whether it is an error; a call that was denied is none."""
    summary: str = ""
    """The result in a few words: `exit 1`."""


@dataclass(slots=True)
class RequestStep:
    """One request, and what came of it."""

    tokens: int = 0
    dollars: Decimal | None = None
    """Its price; None where that is not known."""
    calls: list[CallOutcome] = field(default_factory=list)
    has_progress: bool = False
    """Whether it changed a file or a subtask, or found something out."""

    @property
    def repeat_key(self) -> frozenset[tuple[str, str]]:
        """Its calls with their results; equal for steps that repeat each other."""
        return frozenset((call.fingerprint.call, call.fingerprint.result) for call in self.calls)

    @property
    def waits(self) -> bool:
        """Whether it does nothing but wait."""
        return bool(self.calls) and all(call.fingerprint.waits for call in self.calls)


class Cycle(NamedTuple):
    """Requests that repeat in turns."""

    length: int
    """How many there are in one round."""
    times: int
    """Rounds that were made."""


@dataclass(frozen=True, slots=True)
class LoopEvidence:
    """Evidence that a turn makes no progress."""

    kind: LoopKind
    description: str
    """What happened, as the beginning of a sentence; foreign text in it as it came."""
    requests: int
    """Requests that were made meanwhile."""
    tokens: int
    """Tokens that were charged meanwhile, results by estimate."""
    dollars: Decimal | None
    """What they cost at list price; None where no price is known."""

    @property
    def sentence(self) -> str:
        """For people: what happened, and what it cost."""
        cost = f"≈ {self.tokens:,} tokens"
        if self.dollars is not None:
            cost += f" and {format_dollars(self.dollars)}"
        requests = count_with_noun(self.requests, "request")
        return f"No progress: {self.description}. {requests} used {cost} meanwhile."


def loop_evidence(kind: LoopKind, what: str, steps: Sequence[RequestStep]) -> LoopEvidence:
    """The evidence out of the requests that made no progress.

    Args:
        kind: In which way.
        what: What happened, as the beginning of a sentence.
        steps: The requests.
    """
    paid = [step.dollars for step in steps]
    known = [dollars for dollars in paid if dollars is not None]
    return LoopEvidence(
        kind=kind,
        description=what,
        requests=len(steps),
        tokens=sum(step.tokens for step in steps),
        dollars=sum(known, Decimal(0)) if len(known) == len(paid) else None,
    )


def repetition_text(steps: Sequence[RequestStep], cycle: Cycle) -> str:
    """A sentence about requests that repeat in turns; it names those of the last round."""
    names = [outcome_text(step.calls[0]) for step in steps[-cycle.length :]]
    if cycle.length == 1:
        return f"{names[0]} gave the same result {cycle.times} times in a row"
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{listed} took turns {cycle.times} times, with the same results"


def outcome_text(call: CallOutcome) -> str:
    """A call as it is named in a sentence, with how it ended."""
    ended = f" ({call.summary})" if call.failed and call.summary else ""
    return f"“{call.text}”{ended}"


def call_text(name: str, subject: str, arguments: object) -> str:
    """What a call does, on one line of at most 80 characters.

    Args:
        name: The tool.
        subject: What it acts on; empty for a call that never started.
        arguments: The input of the call, as the model gave it.
    """
    if not subject and isinstance(arguments, dict):  # a call that never started
        texts = (value for value in arguments.values() if isinstance(value, str))
        subject = next(texts, "")
    words = " ".join(f"{name} {subject}".split())
    return words if len(words) <= 80 else f"{words[:79]}…"
