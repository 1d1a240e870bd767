"""The receipt of a prompt: what it cost, which files it changed, and what it went on."""

from dataclasses import dataclass
from decimal import Decimal

from tui.session.changed_files import ChangedFile
from tui.session.prompt_costs import ActivityCost, PromptCosts
from tui.session.state import SessionState


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one prompt took and did."""

    dollars: Decimal | None = None
    """At list price, its agents included; None where no request has a known price."""
    dollars_estimated: bool = False
    """Whether some of what `dollars` pays for is an estimate."""
    unpriced: int = 0
    """Requests whose price is not known."""
    tokens: int = 0
    """Charged to a budget."""
    estimated: bool = False
    """Whether some of `tokens` are an estimate."""
    agents_tokens: int = 0
    """What agents used since the prompt before, charged to the pool: no part of `tokens`."""
    agents_estimated: bool = False
    """Whether some of `agents_tokens` are an estimate."""
    files: tuple[ChangedFile, ...] = ()
    costs: tuple[ActivityCost, ...] = ()
    """What the tokens went on, the most first."""


def make_receipt(
    turn: int, state: SessionState, costs: PromptCosts, files: tuple[ChangedFile, ...]
) -> Receipt:
    """The receipt of a prompt.

    Args:
        turn: Its number.
        state: The session.
        costs: What its prompts went on, folded from the same log.
        files: What its tools changed.
    """
    return Receipt(
        dollars=costs.dollars.get(turn),
        dollars_estimated=turn in costs.estimated,
        unpriced=costs.unpriced.get(turn, 0),
        tokens=state.ledger.by_turn.get(turn, 0),
        estimated=bool(state.ledger.unsettled_by_turn.get(turn)),
        agents_tokens=costs.agents_tokens.get(turn, 0),
        agents_estimated=turn in costs.agents_estimated,
        files=files,
        costs=tuple(costs.of_turn(turn, state.ledger)),
    )
