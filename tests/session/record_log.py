"""Writes the log of one session, with every kind of event, as the program on the path does.

    python tests/session/record_log.py NAME

makes `logs/NAME.jsonl`, one row a line, and `logs/NAME.shape`, one field a line. It was run
for each version of the event schema with the program of that time on the path, so the logs
are what those programs wrote. The log of a released version is never written again. While
ours is not released, run it after a change of the events with the name of our version.
"""

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from tests.session.event_shapes import lines, shapes_now
from tui.budget.ledger import Usage
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.wrapup import WrapUp

LOGS = Path(__file__).parent / "logs"
KINDS = {each.__name__: each for each in get_args(ev.AnyEvent)}


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def may_be(kind: str, field: str, value: str) -> bool:
    """Whether the program knows a value of an enumeration."""
    return repr(value) in shapes_now()[kind][field].types


def request(number: int, turn: int, messages: int, **more: Any) -> tuple[str, dict[str, Any]]:
    common = {"model": "claude-opus-5-5", "effort": "high", "max_tokens": 32_000, "budget": None}
    numbers = {"request": number, "turn": turn, "messages": messages}
    return "RequestStarted", {**common, **numbers, "shape": "5f", "top_effort": "high", **more}


def response(number: int, context: int, output: int, *blocks: Any, **more: Any) -> Any:
    usage = Usage(input=context - 600, cache_read=600, output=output, thinking=50)
    return "RequestFinished", {
        "request": number,
        "message": f"msg_{number}",
        "model": "claude-opus-5-5",
        "blocks": (text(f"answer {number}"), *blocks),
        "usage": usage,
        "raw_usage": {"input_tokens": context - 600, "output_tokens": output, "odd": None},
        "stop_reason": "tool_use" if blocks else "end_turn",
        "request_id": f"req_{number}",
        "dollars": Decimal("0.0125"),
        "rates": {"input": "5", "output": "25"},
        "limits": {"anthropic-ratelimit-requests-remaining": "49"},
        "seconds": 1.5,
        **more,
    }


def first_turn() -> list[tuple[str, dict[str, Any]]]:
    """A prompt, a permitted edit, an answer."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "edit", "input": {"path": "parse.py"}}
    changed: dict[str, Any] = {
        "path": "parse.py",
        "added": 3,
        "removed": 1,
        "diff": "+ x",
        "created": False,
        "before": "0f",
        "after": "1f",
        "newline": "\r\n",
    }
    fields = ev.FileChange.__struct_fields__
    change = ev.FileChange(**{key: changed[key] for key in fields if key in changed})
    known = {"tool_use": "toolu_1", "name": "edit", "subject": "parse.py"}
    cut: tuple[ev.PartCut, ...] = ()
    if hasattr(ev, "PartCut"):
        cut = (ev.PartCut(key="toolu_1", content="edited", estimate=30, reason="budget"),)
    subtasks = (
        SubtaskUpdate(id="a", title="parse.py", state="in_progress", estimate=4_000),
        SubtaskUpdate(id="b", title="lexer.py", estimate=6_000),
    )
    return [
        ("PromptSubmitted", {"turn": 1, "text": "Fix it", "content": (text("Fix it"),),
                             "estimate": 5}),
        request(1, 1, 1),
        response(1, 1_000, 200, call),
        ("ChecklistChanged", {"updates": subtasks}),
        ("PermissionAsked", {**known, "reason": "writes a file", "rule": "edit(*)",
                             "allows": "all"}),
        ("PermissionAnswered", {"tool_use": "toolu_1", "answer": "session", "rule": "edit(*)",
                                "rules": ("edit(*)",),
                                "source": "process 7 on /dev/pts/1"}),
        ("ToolStarted", {**known, "request": 1, "input": {"path": "parse.py"}}),
        ("ToolFinished", {"request": 1, "tool_use": "toolu_1", "name": "edit", "content": "edited",
                          "outcome": "done", "estimate": 30, "changes": (change,), "seconds": 0.5}),
        ("ResultsCut", {"cuts": cut}),
        ("PromptQueued", {"text": "only parse.py"}),
        ("PromptTakenBack", {"text": "only parse.py"}),
        ("NoteSent", {"text": "quick", "reason": "steering", "estimate": 10}),
        request(2, 1, 3, subtask="a", follows="msg_1"),
        response(2, 1_240, 300),
        ("RequestPaced", {"request": 1, "seconds": 0.25}),
        ("CacheEmptied", {}),
        ("CacheMissed", {"request": 2, "tokens": 1_100, "dollars": Decimal("0.005"),
                         "reason": "same"}),
        ("TurnEnded", {"turn": 1, "reason": "completed"}),
    ]  # fmt: skip


def between() -> list[tuple[str, dict[str, Any]]]:
    """What the user does without the model."""
    requests = {"value": Decimal(40), "source": "command line"}
    return [
        ("ShellRan", {"command": "make", "output": "no rule", "exit_code": 2, "outcome": "error",
                      "summary": "exit 2"}),
        ("EffortChanged", {"effort": "low"}),
        ("ModelChanged", {"model": "claude-haiku-5-5", "effort": "medium"}),
        ("ModeChanged", {"mode": "edits"}),
        ("WindowLearned", {"model": "local", "context": 32_768}),
        ("SessionNamed", {"name": "the parser"}),
        ("SessionTagged", {"name": "client-a"}),
        ("MonthlyBudgetRaised", {"budget": "month dollars 200", "month": "2026-12",
                                 "limit": Decimal(300)}),
        ("NoticeShown", {"sentence": "The budget is for this session."}),
        ("NoticeShown", {"sentence": "Your p90 has moved.", "once": "drift:feature",
                         "warning": "drift"}),
        ("WarningDismissed", {"topic": "drift:feature"}),
        ("ErrorShown", {"sentence": "The picture could not be read.", "damage": False}),
        ("FuseSet", {"fuse": "requests", **requests}),  # up to version 3
        ("LimitSet", {"limit": "requests", **requests}),
        ("BudgetExtended", {"by": 50_000}),
    ]  # fmt: skip


def team() -> list[tuple[str, dict[str, Any]]]:
    """Two agents: one gets more and ends, one is still at work."""
    spawned = {"model": "claude-opus-5-5", "effort": "high", "tool_use": "toolu_2"}
    used = {"unsettled": 40, "dollars": Decimal("0.05"), "requests": 3}
    work = None
    if hasattr(ev, "AgentWork"):
        work = ev.AgentWork(
            branch="glideslope/s/explore-1", base="a" * 40, commit="b" * 40,
            files=("notes.md", "api.py"), conflicts=("api.py",),
        )  # fmt: skip
    return [
        ("PoolSet", {"total": 100_000, "source": "command line"}),
        ("AgentSpawned", {**spawned, "agent": "explore-1", "log": "20260101-aaaa.explore-1.db",
                          "agent_kind": "explore", "task": "Map src", "reserved": 40_000,
                          "dollars": Decimal(1)}),
        ("AgentSpawned", {**spawned, "agent": "scout-1", "log": "20260101-aaaa.scout-1.db",
                          "agent_kind": "scout", "task": "Map lib", "reserved": 9_000,
                          "told": "notes"}),
        ("AgentSettled", {**used, "agent": "explore-1", "number": 20, "charged": 9_000,
                          "doing": "grep TODO"}),
        ("PermissionAsked", {"tool_use": "explore-1/toolu_9", "name": "bash", "subject": "make",
                             "reason": "runs a command", "agent": "explore-1"}),
        ("PermissionAnswered", {"tool_use": "explore-1/toolu_9", "answer": "session",
                                "rules": ("bash(make)",)}),
        ("AgentAsked", {"agent": "explore-1", "by": 20_000, "why": "two folders are left"}),
        ("AgentExtended", {"agent": "explore-1", "by": 20_000, "by_whom": "lead"}),
        ("AgentPaused", {"agent": "explore-1", "paused": True}),
        ("AgentPaused", {"agent": "explore-1", "paused": False}),
        ("AgentFinished", {**used, "agent": "explore-1", "number": 48, "end": "landed",
                           "charged": 55_000, "partial": True, "report": "Half of it.",
                           "files": ("notes.md",), "sentence": "Landed.", "work": work}),
        ("AgentWorkDecided", {"agent": "explore-1", "decision": "applied", "changes": (
            ev.FileChange(path="notes.md", added=1, diff="+a\n", created=True),)}),
    ]  # fmt: skip


def plan_steps() -> list[tuple[str, dict[str, Any]]]:
    """A plan, filed under a budget of its own, and the quote that the user agreed to."""
    if not hasattr(ev, "PlanFiled"):
        return []
    from tui.session.filed_plan import AgreedItem, AgreedQuote, FiledPlan, PlanItem

    item = PlanItem(id="c", title="docs", estimate=2_000, files=("README.md",), checks=("read",))
    agreed = AgreedItem(id="c", title="docs", estimate=2_000, quoted=2_600)
    quote = AgreedQuote(
        items=(agreed,), low=1_300, high=5_200, estimated=2_400, budget=20_000, kind="feature",
        effort="high", dollars=Decimal("0.04"), plans=3,
    )  # fmt: skip
    return [
        ("BudgetGranted", {"total": 30_000, "scope": "turn", "source": "mode plan",
                           "purpose": "plan"}),
        ("PlanFiled", {"turn": 1, "plan": FiledPlan(items=(item,), goal="Docs"), "by": "user"}),
        ("BudgetGranted", {"total": 150_000, "source": "/budget", "purpose": "restored"}),
        ("QuoteAgreed", {"quote": quote}),
    ]  # fmt: skip


def second_turn() -> list[tuple[str, dict[str, Any]]]:
    """A fault, a limit, a compaction, a landing."""
    old = may_be("limit_reached", "limit", "tokens") if "LimitReached" in KINDS else False
    kept = ({"role": "user", "content": [text("what happened so far")]},)
    report = WrapUp(done=("parse.py",), not_started=("lexer.py",), estimate_to_finish=6_000,
                    next_step="lexer.py")  # fmt: skip
    ended = "wrapped_up" if may_be("turn_ended", "reason", "wrapped_up") else "landed"
    return [
        ("PromptSubmitted", {"turn": 2, "text": "On", "content": (text("On"),), "estimate": 5}),
        request(3, 2, 5, effort="medium"),
        ("RequestFailed", {"request": 3, "reason": "fault", "error": "overloaded", "output": 10,
                           "sentence": "The server was overloaded.", "message": "msg_3",
                           "usage": Usage(input=1_600), "dollars": Decimal("0.001"),
                           "window": 200_000, "needed": 210_000}),
        ("StageCrossed", {"stage": "descent", "charged": 550, "grant": 150_000}),
        ("LimitReached", {"limit": "tokens" if old else "over_budget", "sentence": "Over.",
                          "extend_by": 5_000}),
        ("LimitAnswered", {"answer": "extend", "by": 5_000, "source": "process 7"}),
        request(4, 2, 5, purpose="compaction"),
        response(4, 1_600, 400, seconds=2.5),
        ("Rewritten", {"reason": "compaction", "messages": kept, "before": 1_600, "after": 500,
                       "summary_message": "msg_4", "summary_tokens": 350}),
        ("FilesRestored", {"turn": 1, "changes": (ev.FileChange(path="parse.py"),)}),
        ("EffortTold", {"effort": "low"}),
        request(5, 2, 1, effort="low"),
        response(5, 900, 100),
        ("WrappedUp", {"turn": 2, "report": report, "by": "client"}),
        ("TurnEnded", {"turn": 2, "reason": ended, "sentence": "Work is left.", "over": 0,
                       "budget": 20_000}),
        ("EventsLost", {"first": 41, "last": 41}),
    ]  # fmt: skip


def log() -> list[ev.Event]:
    """The events that this program can write, with the fields that it knows."""
    begun = {"session": "20260101-aaaa", "folder": "/project", "program": "0.1.0",
             "model": "claude-opus-5-5", "effort": "high", "branch": "topic"}  # fmt: skip
    tool = {"name": "read", "input_schema": {"type": "object"}}
    told = {
        "system": (text("You are…"),),
        "tools": (tool,),
        "context": "A folder.",
        "remarks": ("cut",),
    }
    if hasattr(ev, "MemorySent"):
        told["memory"] = (ev.MemorySent(path="AGENTS.md", characters=120),)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("SessionStarted", begun),
        ("PreambleSet", told),
        ("BudgetGranted", {"total": 100_000, "source": "command line", "dollars": Decimal(5)}),
        *first_turn(),
        *between(),
        *(team() if "PoolSet" in KINDS else ()),
        *plan_steps(),
        *second_turn(),
    ]
    return [_made(KINDS[name], fields) for name, fields in steps if name in KINDS]


def _made(kind: type[ev.Event], fields: dict[str, Any]) -> ev.Event:
    return kind(**{key: fields[key] for key in kind.__struct_fields__ if key in fields})


def main(name: str) -> None:
    rows = []
    for seq, event in enumerate(log(), 1):
        tag, body = event.__struct_config__.tag, ev.encode(event).decode()
        row = {"seq": seq, "at": 1_000.0 + seq, "kind": tag, "version": ev.VERSION, "body": body}
        rows.append(json.dumps(row, ensure_ascii=False))
    (LOGS / f"{name}.jsonl").write_text("\n".join(rows) + "\n")
    (LOGS / f"{name}.shape").write_text("".join(f"{line}\n" for line in lines(shapes_now())))


if __name__ == "__main__":
    main(*sys.argv[1:])
