"""What an import keeps of another agent's work: figures, times, names of tools.

A request has a context `I` (all input, cached or not) and an output `O` (thinking included). What
a budget would have been charged for a run, in one unbroken context, is
`Σ max(Oₙ, Iₙ₊₁ − Iₙ) + O_last`: the growth of the context holds the output and the results seen for
the first time, so it is exact even where a log has only a placeholder for the output. Results
that were never sent are not charged, and neither is the prompt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

ImportedEnd = Literal["completed", "interrupted", "open"]
MAX_TITLE = 60
"""Characters of a prompt that are kept as a title, where titles are wanted."""


@dataclass(frozen=True, slots=True)
class BilledTokens:
    """Tokens of one request or of many, by what they are billed as."""

    input: int = 0
    """Input that is neither read from the cache nor written to it."""
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    output: int = 0
    """What the model wrote, thinking included."""

    @property
    def context(self) -> int:
        """All input."""
        return self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read

    def __add__(self, other: "BilledTokens") -> "BilledTokens":
        return BilledTokens(
            self.input + other.input,
            self.cache_write_5m + other.cache_write_5m,
            self.cache_write_1h + other.cache_write_1h,
            self.cache_read + other.cache_read,
            self.output + other.output,
        )


@dataclass(slots=True)
class ImportedRequest:
    """One request of another agent."""

    usage: BilledTokens
    at: float = 0.0
    """When it ended: seconds since 1970, UTC."""
    model: str = ""
    """Empty where the log does not say."""
    broken: bool = False
    """Whether the context was compacted, or another began, before this request."""
    calls_tool: bool = False
    """Whether the answer asks for a tool."""


@dataclass(frozen=True, slots=True)
class RunLink:
    """What is known of the run of another file that a run goes on with."""

    started: float = 0.0
    """When that one started, from a copy of its prompt; 0 where there is none."""
    session: str = ""
    """Whose last run it may be."""
    parent: int = 0
    """Stands for the row that it goes on from; 0 where it names none."""


@dataclass(slots=True)
class ImportedRun:
    """A prompt and what followed, or the work of one sub-agent."""

    source: str
    """The agent: `claude-code`, `codex`, `opencode`."""
    session: str
    started: float = 0.0
    project: str = ""
    branch: str = ""
    effort: str = ""
    prompt: str = ""
    """What the user typed. It is never stored: the kind and, if wanted, a title are made of it."""
    end: ImportedEnd | None = None
    """How it ended, if the log says so; None: what the last answer tells."""
    is_agent: bool = False
    requests: list[ImportedRequest] = field(default_factory=list)
    tools: dict[str, int] = field(default_factory=dict)
    """How often each tool was called, by its name."""
    files: list[str] = field(default_factory=list)
    """Paths that its tools changed; only the kind is made of them."""
    last_row: str = ""
    """The id of its last row, for another file that goes on from there; empty where it has none."""
    follows: RunLink | None = None
    """The run of another file that it may go on with: what that one's context grew by is
    unknown."""
    placeholder_output: bool = False
    """Whether the log has less output than was written: a bill made from it is too low."""

    @property
    def usage(self) -> BilledTokens:
        """All requests together."""
        return sum((request.usage for request in self.requests), BilledTokens())

    @property
    def ended(self) -> ImportedEnd:
        """How it ended."""
        if self.end is not None:
            return self.end
        return "open" if self.requests and self.requests[-1].calls_tool else "completed"

    @property
    def charged(self) -> int:
        """Tokens that a budget would have been charged."""
        return charged(self.requests)

    @property
    def is_estimated(self) -> bool:
        """Whether the context broke in it or before it: `charged` misses what it had gained."""
        goes_on = self.follows is not None and self.follows.started > 0
        return goes_on or any(_is_broken(one, two) for one, two in pairwise(self.requests))


@dataclass(slots=True)
class ImportTotals:
    """What was found, under the names of the JSON."""

    runs: int = 0
    requests: int = 0
    charged: int = 0
    usage: BilledTokens = field(default_factory=BilledTokens)

    def as_json(self) -> dict[str, int]:
        """The figures by name."""
        counts = {"runs": self.runs, "requests": self.requests, "charged": self.charged}
        names = ("input", "cache_write_5m", "cache_write_1h", "cache_read", "output")
        return counts | {name: getattr(self.usage, name) for name in names}


@dataclass(frozen=True, slots=True)
class DamagedLine:
    """A line that could not be read."""

    file: str
    line: int
    """From 1; 0 for the whole file."""
    reason: str
    is_file: bool = False
    """Whether the file could not be read at all: what is known of it stays, and it is tried
    again."""


def fill_times(runs: Sequence[ImportedRun], changed: float) -> None:
    """Give runs and requests without a time that of what stands beside them.

    Args:
        runs: Those of one file, in its order.
        changed: When the file was changed, for one without any times; seconds since 1970.
    """
    times = (time for run in runs for time in (run.started, *(each.at for each in run.requests)))
    at = next((time for time in times if time), changed)
    for run in runs:
        first = next((each.at for each in run.requests if each.at), at)
        at = run.started = run.started or first
        for request in run.requests:
            at = request.at = request.at or at


def charged(requests: Sequence[ImportedRequest]) -> int:
    """Tokens that a budget would have been charged for these requests of one context."""
    if not requests:
        return 0
    total = requests[-1].usage.output
    for one, two in pairwise(requests):
        growth = 0 if _is_broken(one, two) else two.usage.context - one.usage.context
        total += max(one.usage.output, growth)
    return total


def _is_broken(one: ImportedRequest, two: ImportedRequest) -> bool:
    """Whether the second request does not go on from the first one's context."""
    return two.broken or two.usage.context < one.usage.context
