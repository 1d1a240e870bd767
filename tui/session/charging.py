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
    between = not state.turn_open and kind in ("output", "summary")
    owner = state.attribution.owner_of_charge(key, calls)
    state.ledger.add(
        LedgerEntry(
            key=key,
            kind=kind,
            tokens=max(0, tokens),
            settled=settled,
            charged=is_charged(kind, prompts=state.counting.charges_prompts),
            turn=BETWEEN_TURNS if between else state.turn,
            request=state.request,
            subtask=owner.subtask,
            shares=owner.shares,
            overhead=owner.overhead,
            agent=request.agent if request else "main",
            model=current.model if current else state.model,
        )
    )
