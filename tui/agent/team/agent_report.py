"""How an agent ended and what it reports: read from its state, put into words for the lead."""

from msgspec import structs

from tui.agent.agent_ends import EMPTY_POOL, END_WORDS
from tui.budget.pool import PurseFigures
from tui.budget.team_limits import TeamLimits
from tui.budget.token_estimate import estimate_tokens
from tui.session import events as ev
from tui.session.state import SessionState

_ENDS: dict[str, ev.AgentEnd] = {
    "completed": "done",
    "wrapped_up": "done",
    "denied": "done",
    "landed": "landed",
    "declined": "landed",
    "no_progress": "limit",
    "refused": "failed",
    "error": "failed",
    "interrupted": "stopped",
    "paused": "stopped",
    "stopped": "stopped",
    "crashed": "crashed",
}
"""How an agent ended, by how its turn did."""
_LIMIT_ENDS: dict[str, ev.AgentEnd] = {
    "over_budget": "landed",
    "requests": "out_of_turns",
    "minutes": "out_of_turns",
}
PARTIAL = (
    "PARTIAL: its task is not complete, whatever its report says. Do not present it as complete."
)
NAMED_FILES = 20
"""Files that the lead is told by name."""
_CUT = "\n[cut at {most:,} tokens; the whole is in the agent's own log]"


def agent_end(state: SessionState) -> tuple[ev.AgentEnd, bool]:
    """How an agent's work ended, and whether its task is only partly done."""
    end = state.last_end
    if end is None or state.turn_open:
        return "failed", True
    if end.reason == "hard_limit":
        limit = state.last_limit.limit if state.last_limit else ""
        return _LIMIT_ENDS.get(limit, "limit"), True
    if end.reason == "landed" and end.sentence.startswith(EMPTY_POOL):
        return "limit", True
    word = _ENDS[end.reason]
    return word, word != "done" or end.reason != "completed"


def report_text(state: SessionState, most: int) -> str:
    """What an agent reports: its last words, and what its report on the work leaves.

    Args:
        state: The agent's.
        most: Estimated tokens of it at most.
    """
    parts = [_last_words(state), _work_left(state)]
    return cut_report("\n\n".join(filter(None, parts)) or "It said nothing.", most)


def cut_report(text: str, most: int) -> str:
    """A report of `most` estimated tokens at most, with a word about the cut."""
    if estimate_tokens(text) <= most:
        return text
    note = _CUT.format(most=most)
    length = len(text)
    while length and estimate_tokens(text[:length] + note) > most:
        length = length * 9 // 10
    return text[:length].rstrip() + note


def with_remark(finished: ev.AgentFinished, remark: str) -> ev.AgentFinished:
    """An end whose report has a remark of ours behind it; the same for an empty remark."""
    if not remark:
        return finished
    return structs.replace(finished, report=f"{finished.report}\n\n{remark}")


def _last_words(state: SessionState) -> str:
    for message in reversed(state.conversation.messages):
        if message.role == "assistant":
            texts = [str(b["text"]) for b in message.content if b.get("type") == "text"]
            if words := "\n\n".join(text.strip() for text in texts if text.strip()):
                return words
    return ""


def _work_left(state: SessionState) -> str:
    report = state.last_wrap_up
    if report is None:
        return ""
    rows = (
        ("Done", report.done),
        ("In progress", report.in_progress),
        ("Not started", report.not_started),
        ("Checks", report.checks),
        ("Next", (report.next_step,) if report.next_step else ()),
    )
    return "\n".join(f"{title}: {'; '.join(items)}" for title, items in rows if items)


def result_text(
    name: str,
    finished: ev.AgentFinished,
    reserved: int,
    pool: PurseFigures,
    decision: ev.WorkDecision | None = None,
) -> str:
    """The result of `delegate` for the lead.

    Args:
        name: The agent.
        finished: How it ended.
        reserved: Tokens it had.
        pool: The pool after its end.
        decision: What became of its work, where it had a worktree of its own.
    """
    estimated = "≈ " if finished.unsettled else ""
    head = (
        f"Agent {name} {END_WORDS[finished.end]}: {estimated}{finished.charged:,} of its "
        f"{reserved:,} tokens used, {finished.requests:,} requests."
    )
    why = f" {finished.sentence}" if finished.sentence and finished.end != "done" else ""
    partial = f"\n{PARTIAL}" if finished.partial else ""
    work = ""
    if finished.work is not None and decision is not None:
        work = f"\n{work_words(finished.work, decision)}"
    return f"{head}{why}{partial}{work}\n{pool_words(pool)}\n\nIts report:\n{finished.report}"


def work_words(work: ev.AgentWork, decision: ev.WorkDecision) -> str:
    """Where the work of an agent is that had a worktree of its own, for the lead."""
    names = ", ".join(work.files[:NAMED_FILES])
    names += f" and {len(work.files) - NAMED_FILES:,} more" * (len(work.files) > NAMED_FILES)
    if decision == "applied":
        left = f" But for {', '.join(work.conflicts)}: they conflict." if work.conflicts else ""
        return f"Its work is in the project folder now: {names}.{left}"
    return (
        f"Its work is NOT in the project folder. It is on the branch {work.branch}, and the user "
        f"decides about it: {names}."
    )


def pool_words(pool: PurseFigures) -> str:
    """The pool's figure in words, for the lead."""
    over = f", {pool.overdrawn:,} over it" if pool.overdrawn else ""
    return f"Pool: {max(0, pool.free):,} free of {pool.granted:,} tokens{over}."


def settled_event(
    name: str, state: SessionState, doing: str = "", *, holds: int = 0
) -> ev.AgentSettled:
    """The counter of an agent, as its own log has it now; its own agents are in it.

    Args:
        name: The agent.
        state: Its state.
        doing: Its last act in one line.
        holds: Tokens held for it beyond what it used, where it has no slice of the pool.
    """
    own, below = state.bill.dollars, state.team
    return ev.AgentSettled(
        agent=name,
        number=state.seq,
        charged=state.ledger.charged + below.charged,
        holds=holds,
        unsettled=state.ledger.unsettled + below.unsettled,
        dollars=below.dollars + (own or 0) if own is not None or below.is_priced else None,
        requests=state.request + below.requests,
        below=below.all_agents,
        doing=doing,
    )


def end_event(
    name: str,
    state: SessionState | None,
    limits: TeamLimits,
    sentence: str,
    *,
    unbegun: ev.AgentEnd,
) -> ev.AgentFinished:
    """The end of an agent, also of one that has no log.

    Args:
        name: The agent.
        state: Its state; None where it had not begun.
        limits: How much of its report is handed on.
        sentence: Why it ended, where its log does not say.
        unbegun: How it ended, if its log says nothing of a turn.
    """
    if state is not None:
        return finished_event(name, state, limits, sentence, unbegun=unbegun)
    return ev.AgentFinished(
        agent=name,
        number=0,
        end=unbegun,
        charged=0,
        partial=True,
        report="It had not begun.",
        sentence=sentence,
    )


def finished_event(
    name: str,
    state: SessionState,
    limits: TeamLimits,
    sentence: str = "",
    *,
    unbegun: ev.AgentEnd = "failed",
) -> ev.AgentFinished:
    """The end of an agent, as its own log tells it.

    Args:
        name: The agent.
        state: Its state.
        limits: How much of its report is handed on.
        sentence: Why it ended, where its log does not say.
        unbegun: How it ended, if its log says nothing of a turn.
    """
    end, partial = agent_end(state)
    end = unbegun if state.last_end is None else end
    if any(agent.is_partial for agent in state.team.agents.values()):
        partial = True
    used = settled_event(name, state)
    said = state.last_end.sentence if state.last_end and not state.turn_open else ""
    said = "" if end == "landed" else said  # its budget is why, and the figures say so
    return ev.AgentFinished(
        agent=name,
        number=used.number,
        end=end,
        charged=used.charged,
        unsettled=used.unsettled,
        dollars=used.dollars,
        requests=used.requests,
        below=used.below,
        partial=partial,
        report=report_text(state, limits.report_tokens),
        files=tuple(state.touched_files),
        sentence=said or sentence,
    )
