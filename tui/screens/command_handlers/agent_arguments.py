"""What `/agents` is to do, read from what was typed behind it."""

from dataclasses import dataclass

from tui.screens.command_handlers.command_arguments import ArgumentError
from tui.session.events import WorkDecision
from tui.settings.amounts import MoreTokens, Tokens, parse_amount
from tui.widgets.line_widget import flatten

_FORMS = (
    "/agents NAME, /agents tell NAME WORDS, /agents extend NAME 20k, /agents stop, pause or go"
    " NAME, and for work on a branch /agents apply, merge, keep or discard NAME"
)


@dataclass(frozen=True, slots=True)
class OpenAgent:
    """Show what an agent did."""

    name: str


@dataclass(frozen=True, slots=True)
class TellAgent:
    """Say something to an agent at work."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class ExtendAgent:
    """Give an agent at work more of the pool."""

    name: str
    tokens: int


@dataclass(frozen=True, slots=True)
class StopAgent:
    """Stop an agent at work, and those that work for it."""

    name: str


@dataclass(frozen=True, slots=True)
class PauseAgent:
    """Let no request of an agent begin, until it is to go on."""

    name: str


@dataclass(frozen=True, slots=True)
class GoOnAgent:
    """Let an agent go on that is paused, or that a crash left at work."""

    name: str


@dataclass(frozen=True, slots=True)
class DecideWork:
    """Do something with the work that an agent did in a worktree of its own."""

    name: str
    decision: WorkDecision


AgentWish = OpenAgent | TellAgent | ExtendAgent | StopAgent | PauseAgent | GoOnAgent | DecideWork

DECISIONS: dict[str, WorkDecision] = {
    "apply": "applied",
    "merge": "merged",
    "keep": "kept",
    "discard": "discarded",
}
"""What can be done with an agent's work, by the word for it."""
VERBS = frozenset({"tell", "steer", "extend", "stop", "end", "pause", "go", *DECISIONS})


def parse_agent_wish(text: str, _: object) -> AgentWish | None:
    """What is wanted of which agent; None to show them all.

    Raises:
        ArgumentError: it is none of the forms.
        AmountError: no amount of tokens.
    """
    verb, _space, rest = text.strip().partition(" ")
    name, _space, words = rest.strip().partition(" ")
    if not verb:
        return None
    match verb.lower():
        case "tell" | "steer" if name and words.strip():
            return TellAgent(name, words.strip())
        case "extend" if name:
            return ExtendAgent(name, _tokens(words.strip()))
        case "stop" | "end" if name and not words:
            return StopAgent(name)
        case "pause" if name and not words:
            return PauseAgent(name)
        case "go" if name and not words:
            return GoOnAgent(name)
        case word if word in DECISIONS and name and not words:
            return DecideWork(name, DECISIONS[word])
        case word if word in VERBS:
            raise ArgumentError(f"Something is missing: {_FORMS}.")
    if rest:
        raise ArgumentError(f"There are {_FORMS}.")
    return OpenAgent(verb)


def unknown_agent_sentence(name: str) -> str:
    """That no agent has such a name."""
    return f"There is no agent {flatten(name, 30)}; /agents lists them."


def _tokens(text: str) -> int:
    amount = parse_amount(text or "20k")
    if not isinstance(amount, Tokens | MoreTokens):
        raise ArgumentError("An agent is given tokens: /agents extend NAME 20k.")
    return amount.count
