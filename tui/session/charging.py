"""Add an entry to the ledger: who is charged, in which turn, for which request."""

from tui.budget.ledger import Kind, LedgerEntry, is_charged
from tui.session.attribution import CallSubject
from tui.session.state import SessionState

BETWEEN_TURNS = 0
"""Number of no turn: what `/compact` between two prompts is charged to."""


def charge(
    state: SessionState,
    key: str,
    kind: Kind,
    tokens: int,
    *,
    settled: bool,
    calls: tuple[CallSubject, ...] = (),
) -> None:
    """Charge tokens to the turn, the request and the subtask in progress.

    What is put between two turns, such as a late report of an agent or the output of a command
    of the user, waits for the next prompt and belongs to its turn: a turn that is over keeps its
    figures.

    Args:
        state: The session; its ledger gets the entry.
        key: Name of the entry in the ledger.
        kind: What the tokens are.
        tokens: How many; a negative number counts as none.
        settled: False while `tokens` is an estimate.
        calls: The tool calls that the tokens are about; they tell the subtask.
    """
    request = state.requests[-1] if state.requests else None
    current = request if request and request.turn == state.turn else None
    owner = state.attribution.owner_of_charge(key, calls)
    state.ledger.add(
        LedgerEntry(
            key=key,
            kind=kind,
            tokens=max(0, tokens),
            settled=settled,
            charged=is_charged(kind, prompts=state.counting.charges_prompts),
            turn=_turn_of(kind, state),
            request=state.request,
            subtask=owner.subtask,
            shares=owner.shares,
            overhead=owner.overhead,
            agent=request.agent if request else "main",
            model=current.model if current else state.model,
        )
    )


def _turn_of(kind: Kind, state: SessionState) -> int:
    if state.turn_open or kind == "results":
        return state.turn
    return BETWEEN_TURNS if kind in ("output", "summary") else state.turn + 1
