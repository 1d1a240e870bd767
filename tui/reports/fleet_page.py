"""All sessions on this machine in words: a table, JSON, and what there is to say of one of them."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tui.budget.meters import BudgetMeter
from tui.budget.stages import StageThresholds, reserve, stage
from tui.number_format import count_with_noun, format_dollars, format_tokens, mark_estimate
from tui.reports.budget_words import used_and_left
from tui.sanitize import clean_line
from tui.session import events as ev
from tui.session.fleet import FleetSession, FleetState, WaitsFor
from tui.session.lock_holder import LockHolder

FLEET_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""
RECENT_SECONDS = 7 * 24 * 3600
"""A closed session counts as recent this long after it changed last."""
NAME_CHARACTERS, FOLDER_CHARACTERS = 40, 32
"""Characters of a name and of a folder in the table."""

STATE_WORDS: dict[FleetState, str] = {
    "waiting": "waits",
    "working": "working",
    "failed": "failed",
    "landed": "landed",
    "idle": "idle",
    "closed": "closed",
    "crashed": "crashed",
    "damaged": "damaged",
}
WAIT_WORDS: dict[WaitsFor, str] = {
    "": "",
    "permission": "permission",
    "limit": "limit reached",
    "budget": "needs budget",
    "plan": "plan is ready",
}
"""What a session waits for, in a word or two."""

END_WORDS_SHORT: dict[str, str] = {
    "": "",
    "completed": "done",
    "landed": "landed on the budget",
    "wrapped_up": "wrapped up with work left",
    "declined": "declined: the budget is too small",
    "hard_limit": "stopped at a limit",
    "no_progress": "stopped without progress",
    "interrupted": "interrupted",
    "refused": "the API refused",
    "error": "stopped by an error",
    "denied": "stopped without permission",
    "paused": "paused at a limit",
    "stopped": "stopped by choice",
    "crashed": "cut short",
}
"""How a turn ended."""
CRASHED = "the program ended within a turn; opening the session closes it"
NO_PROMPT, NEW_SESSION = "no prompt yet", "new session"


def session_title(session: FleetSession, characters: int = NAME_CHARACTERS) -> str:
    """The name of a session, else its first prompt, on one clean line."""
    unnamed = session.summary.id if session.summary.turns else NEW_SESSION
    return clean_line(session.name, characters) or unnamed


def state_text(session: FleetSession) -> str:
    """What a session does, in a word; what it waits for, in a few."""
    waits = session.waits_for
    return WAIT_WORDS[waits] if waits else STATE_WORDS[session.state]


def activity_text(session: FleetSession, characters: int = 200) -> str:
    """What a session waits for, does now, or did last, on one clean line."""
    return clean_line(_activity(session), characters)


def _activity(session: FleetSession) -> str:
    tail, state = session.tail, session.state
    if state == "damaged":
        return session.summary.trouble
    if state == "crashed":
        return CRASHED
    if (question := session.question) is not None:
        asked = question.asked
        if isinstance(asked, ev.LimitReached):
            return asked.sentence
        more = len(tail.questions) - 1 if tail else 0
        others = f" · and {count_with_noun(more, 'more question')}" if more else ""
        who = f"{asked.asker}: " if asked.agent else ""
        return f"{who}{asked.name} {asked.subject} · {asked.reason}{others}"
    if state == "working" and tail is not None:
        return _work(session)
    if session.waits_for == "plan":
        return "the plan is ready; in another mode the session can work on it"
    ended = tail.ended if tail else None
    if ended is not None and ended.sentence and state in ("waiting", "failed", "landed"):
        return ended.sentence
    return END_WORDS_SHORT.get(session.end, session.end) or NO_PROMPT


def _work(session: FleetSession) -> str:
    """What a session does within a turn."""
    tail = session.tail
    if tail is None:
        return ""
    tool = f"{tail.tool.name} {tail.tool.subject}" if tail.tool else ""
    if tail.tool_runs:
        return tool
    return f"the model works · last {tool}" if tool else "the model works"


def budget_meter(
    session: FleetSession, thresholds: StageThresholds = StageThresholds()
) -> BudgetMeter | None:
    """The budget of a session as it was noted last; None without one.

    Args:
        session: The session.
        thresholds: Where the stages begin.
    """
    summary = session.summary
    if summary.budget is None:
        return None
    return BudgetMeter(
        grant=summary.budget,
        charged=summary.budget_used,
        unsettled=summary.budget_estimated,
        reserve=reserve(summary.budget, thresholds),
        stage=stage(summary.budget, summary.budget_used, thresholds),
    )


def gauge_text(session: FleetSession, thresholds: StageThresholds = StageThresholds()) -> str:
    """`62k used · 138k left of 200k · cruise`; without a budget what was used.

    What agents used comes out of a pool, so it is named beside the budget.
    """
    meter, summary = budget_meter(session, thresholds), session.summary
    agents = format_tokens(summary.agents_charged) if summary.agents_charged else ""
    if meter is None:
        part = f", {agents} of it by agents" if agents else ""
        return f"{format_tokens(summary.charged)} used{part}, no budget"
    own = f"{used_and_left(meter)} · {meter.stage.word}"
    return f"{own} · {agents} used by agents" if agents else own


def dollars_text(session: FleetSession) -> str:
    """What the session cost at list price; a dash where nothing was priced."""
    dollars = session.summary.dollars
    return "–" if dollars is None else format_dollars(dollars)


def age_text(session: FleetSession, now: float) -> str:
    """How long ago something happened last, in whole minutes, hours or days."""
    minutes = int(max(0.0, now - session.updated) // 60)
    if minutes < 1:
        return "<1m"
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


def folder_text(session: FleetSession, characters: int = FOLDER_CHARACTERS) -> str:
    """The folder of a session, home as `~`; the beginning gives way where it is long."""
    folder = session.summary.folder
    home = str(Path.home())
    if folder == home or folder.startswith(home + os.sep):
        folder = f"~{folder[len(home) :]}"
    folder = clean_line(folder)
    return folder if len(folder) <= characters else f"…{folder[1 - characters :]}"


def place_text(session: FleetSession, own_pid: int = 0) -> str:
    """Which process has a session open, and where; empty where none has."""
    holder = session.holder
    if holder is None:
        return ""
    if holder.pid and holder.pid == own_pid:
        return "open here"
    parts = [f"process {holder.pid}" if holder.pid else "another process"]
    parts += filter(None, (clean_line(holder.terminal, 40),))
    parts += [f"tmux pane {clean_line(holder.tmux_pane, 20)}"] if holder.tmux_pane else []
    return f"open in {' · '.join(parts)}"


def answer_source(holder: LockHolder) -> str:
    """Who answers a question of another session, for its log."""
    return f"process {holder.pid} {holder.place}".strip()


def resume_command(session: FleetSession) -> str:
    """What leads to a session from a shell: to its pane in tmux, else into its folder."""
    if session.holder is not None and session.holder.tmux_pane:
        return f"tmux switch-client -t {shlex.quote(session.holder.tmux_pane)}"
    return f"cd {shlex.quote(session.summary.folder)} && glideslope -r {session.summary.id}"


def recent(sessions: Sequence[FleetSession], now: float) -> list[FleetSession]:
    """Those that are open, and those that changed lately."""
    return [each for each in sessions if each.is_open or now - each.updated < RECENT_SECONDS]


def fleet_counts(sessions: Sequence[FleetSession]) -> str:
    """`2 wait for you · 3 work · 5 of 120 open`."""
    waiting = sum(each.state == "waiting" for each in sessions)
    working = sum(each.state == "working" for each in sessions)
    opened = sum(each.is_open for each in sessions)
    wait, work = "waits" if waiting == 1 else "wait", "works" if working == 1 else "work"
    return f"{waiting} {wait} for you · {working} {work} · {opened} of {len(sessions):,} open"


def matches(session: FleetSession, words: str) -> bool:
    """Whether name, folder, state or id of a session hold every one of some words."""
    summary = session.summary
    text = f"{session.name} {summary.folder} {summary.id} {state_text(session)}".casefold()
    return all(word in text for word in words.casefold().split())


# The table ---------------------------------------------------------------------------


class FleetCells(NamedTuple):
    """One row of the table."""

    state: str
    name: str
    folder: str
    used: str
    """Tokens used in the whole session."""
    left: str
    """`138k of 200k`: what is left of the budget in force."""
    stage: str
    dollars: str
    ago: str
    doing: str


HEADINGS = FleetCells(
    "does", "session", "folder", "used", "budget left", "stage", "dollars", "ago", "what"
)
RIGHT_COLUMNS = frozenset({"used", "left", "dollars", "ago"})
"""Columns of figures."""


def fleet_lines(
    sessions: Sequence[FleetSession],
    now: float,
    *,
    thresholds: StageThresholds = StageThresholds(),
) -> list[str]:
    """A table with one line for each session, below its headings.

    Args:
        sessions: In the order in which they are listed.
        now: Seconds since the Unix epoch.
        thresholds: Where the stages begin.
    """
    table = [HEADINGS, *(fleet_cells(each, now, thresholds) for each in sessions)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(map(_padded, line, widths, FleetCells._fields)).rstrip() for line in table]


def _padded(cell: str, width: int, column: str) -> str:
    return cell.rjust(width) if column in RIGHT_COLUMNS else cell.ljust(width)


def fleet_cells(
    session: FleetSession, now: float, thresholds: StageThresholds = StageThresholds()
) -> FleetCells:
    """The row of a session.

    Args:
        session: The session.
        now: Seconds since the Unix epoch.
        thresholds: Where the stages begin.
    """
    meter = budget_meter(session, thresholds)
    return FleetCells(
        state=state_text(session),
        name=session_title(session),
        folder=folder_text(session),
        used=format_tokens(session.summary.charged),
        left=_left_cell(meter) if meter else "–",
        stage=meter.stage.word if meter else "–",
        dollars=dollars_text(session),
        ago=age_text(session, now),
        doing=activity_text(session, 80),
    )


def _left_cell(meter: BudgetMeter) -> str:
    side = "of" if meter.left >= 0 else "over"
    left = mark_estimate(format_tokens(abs(meter.left)), meter.estimated)
    return f"{left} {side} {format_tokens(meter.grant)}"


# JSON --------------------------------------------------------------------------------


def fleet_json(
    sessions: Sequence[FleetSession],
    *,
    unread: int = 0,
    thresholds: StageThresholds = StageThresholds(),
) -> dict[str, Any]:
    """All of it as one JSON object.

    Args:
        sessions: In the order in which they are listed.
        unread: How many logs were not read yet.
        thresholds: Where the stages begin.
    """
    rows = [_session_json(each, thresholds) for each in sessions]
    return {"version": FLEET_VERSION, "unread": unread, "sessions": rows}


def _session_json(session: FleetSession, thresholds: StageThresholds) -> dict[str, Any]:
    summary, meter, holder = session.summary, budget_meter(session, thresholds), session.holder
    return {
        "id": summary.id,
        "name": session.name,
        "folder": summary.folder,
        "log": os.fspath(Path(session.path)),
        "state": session.state,
        "waits_for": session.waits_for,
        "doing": activity_text(session, 1000),
        "question": _question_json(session),
        "process": None
        if holder is None
        else {"pid": holder.pid, "terminal": holder.terminal, "tmux_pane": holder.tmux_pane},
        "used": summary.charged,
        "used_by_agents": summary.agents_charged,
        "budget": None
        if meter is None
        else {
            "granted": meter.grant,
            "used": meter.used,
            "left": meter.left,
            "estimated": meter.estimated,
            "stage": meter.stage.word,
        },
        "dollars": None if summary.dollars is None else f"{summary.dollars:.6f}",
        "model": summary.model,
        "mode": summary.mode,
        "turns": summary.turns,
        "end": session.end,
        "created": summary.created,
        "updated": session.updated,
        "trouble": summary.trouble,
    }


def _question_json(session: FleetSession) -> dict[str, Any] | None:
    question = session.question
    if question is None:
        return None
    asked = question.asked
    if isinstance(asked, ev.LimitReached):
        return {"event": question.seq, "kind": "limit", "text": asked.sentence}
    return {
        "event": question.seq,
        "kind": "permission",
        "tool_use": asked.tool_use,
        "tool": asked.name,
        "subject": asked.subject,
        "reason": asked.reason,
    }
