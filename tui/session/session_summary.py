"""A session in one line: what a list of sessions shows, folded from its log."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from tui.budget.wire_budget import CountingRules
from tui.session.checklist import Checklist, count_subtasks
from tui.session.event_fold import apply_record
from tui.session.events import Record, SessionStarted
from tui.session.state import SessionState

FileKey = tuple[str, str]
"""Hash of the project folder, and id: which file is meant. A copied file says another id."""

PROMPT_LENGTH = 500
"""Characters of the first prompt that are kept."""


class InheritedUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What a fork's parents had spent before it: theirs, so that sums count it once."""

    requests: int = 0
    charged: int = 0
    dollars: Decimal = Decimal(0)
    agents: int = 0
    """The part of `charged` that agents used."""


class SessionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One session, as far as a list needs it."""

    key: str
    """Hash of its project folder: where its file lies."""
    id: str
    """Name of its file."""
    name: str = ""
    folder: str = ""
    """Absolute path of the project folder."""
    created: float
    """Seconds since the Unix epoch, as is `updated`."""
    updated: float
    model: str = ""
    effort: str | None = None
    turns: int = 0
    """Prompts of the conversation, those of a fork's parents included."""
    prompt: str = ""
    """The first prompt; may be cut. Foreign text."""
    requests: int = 0
    """Its own requests, without those of a fork's parents."""
    charged: int = 0
    """Its own tokens charged to a budget, those of its agents included."""
    dollars: Decimal | None = None
    """Its own dollars, those of its agents included; None when nothing was priced."""
    end: str = ""
    """Why the last turn ended; empty while one is open, or before the first."""
    parent: str = ""
    """Id of the session it was forked from; empty when it began by itself."""
    last: int = 0
    """Number of its last event; of the last that was ever seen, where newer ones are lost."""
    mode: str = ""
    """Its permission mode."""
    budget: int | None = None
    """Tokens of the budget in force; None without one."""
    budget_used: int = 0
    """Tokens used of that budget."""
    budget_estimated: int = 0
    """The part of `budget_used` that is an estimate."""
    agents_charged: int = 0
    """The part of `charged` that agents used; `budget_used` is without it."""
    last_prompt: str = ""
    """The newest prompt; may be cut. Foreign text."""
    files: int = 0
    """Files that its tools changed."""
    last_file: str = ""
    """The one of them that changed last for the first time. Foreign text."""
    subtasks_done: int = 0
    """Of the plan at work."""
    subtasks: int = 0
    """Of the plan at work, without skipped ones."""
    next_subtask: str = ""
    """Title of what is in progress, else of what comes first. Foreign text."""
    trouble: str = ""
    """Why its file could not be read, in one sentence; the rest is then what was known."""


def inherited_usage(state: SessionState) -> InheritedUsage:
    """What a fork takes over from a parent that is in `state`."""
    return InheritedUsage(
        requests=state.request,
        charged=state.ledger.charged + state.team.charged,
        dollars=(state.bill.dollars or Decimal(0)) + state.team.dollars,
        agents=state.team.charged,
    )


def summarise_session(
    place: FileKey, state: SessionState, updated: float, before: InheritedUsage
) -> SessionSummary:
    """The summary of a session.

    Args:
        place: Where its file lies.
        state: The session, its parents' part included.
        updated: When its last event came.
        before: What its parents had spent.
    """
    dollars = state.bill.dollars
    counts, files = count_subtasks(state.plan), list(state.touched_files)
    return SessionSummary(
        key=place[0],
        id=place[1],
        name=state.name,
        folder=state.folder,
        created=state.created,
        updated=updated,
        model=state.model,
        effort=state.effort,
        turns=state.turn,
        prompt=state.prompts[0][:PROMPT_LENGTH] if state.prompts else "",
        requests=state.request - before.requests,
        charged=state.ledger.charged + state.team.charged - before.charged,
        dollars=None if dollars is None else dollars + state.team.dollars - before.dollars,
        end=state.last_end.reason if state.last_end and not state.turn_open else "",
        parent=state.parent[0] if state.parent else "",
        last=state.seq,
        mode=state.mode,
        budget=state.grant,
        budget_used=state.charged if state.envelope else 0,
        budget_estimated=min(state.charged, state.unsettled) if state.envelope else 0,
        agents_charged=state.team.charged - before.agents,
        last_prompt=state.prompts[-1][:PROMPT_LENGTH] if state.prompts else "",
        files=len(files),
        last_file=files[-1] if files else "",
        subtasks_done=counts.done,
        subtasks=counts.done + counts.in_progress + counts.pending,
        next_subtask=_next_title(state.plan),
    )


def _next_title(plan: Checklist) -> str:
    """What is to be done next by a plan; empty where nothing is left."""
    for wanted in ("in_progress", "pending"):
        for task in plan.values():
            if task.state == wanted:
                return task.title[:PROMPT_LENGTH]
    return ""


def summarise_log(
    place: FileKey, records: Iterable[Record], counting: CountingRules
) -> tuple[SessionSummary, InheritedUsage, SessionState]:
    """Summary of a whole log, what its parents had spent, and the state at its end.

    Args:
        place: Folder and file of the session.
        records: The log, with the records of its parents first.
        counting: What the server counts against a budget.
    """
    state, before, updated = SessionState(counting), InheritedUsage(), 0.0
    for record in records:
        if isinstance(record.event, SessionStarted) and record.event.parent:
            before = inherited_usage(state)
        apply_record(state, record)
        updated = record.at
    return summarise_session(place, state, updated, before), before, state
