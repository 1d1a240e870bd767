"""How prompts, notes, tool calls and rewrites change the conversation and what waits for it."""

from collections.abc import Iterable
from typing import Any

from tui.budget.ledger import Kind
from tui.budget.request_growth import RequestCosts
from tui.budget.token_estimate import estimate_tokens
from tui.session import events as ev
from tui.session.charging import charge
from tui.session.ledger_keys import note_key, prompt_key, repeated_call_key, shell_key
from tui.session.log_gaps import LOST_RESULT
from tui.session.state import SessionState

NEVER_CUT = ("wrap_up", "checklist")
"""Tools whose results are sent as they are: they say what holds from now on."""
MAY_BE_LONG = ("steering", "interrupted", "reminder")
"""Reasons of notes that quote somebody."""
LAST_COMMANDS = 5
"""Commands of a turn that its report names."""


def on_prompt(state: SessionState, event: ev.PromptSubmitted) -> None:
    """The user submits a prompt: a turn begins."""
    state.turn, state.turn_open = event.turn, True
    state.attribution.on_prompt()
    state.progress.on_prompt(state.checklist)
    state.damage = ""
    if state.lost_events:  # a prompt is found by its turn
        state.prompts += [""] * (event.turn - 1 - len(state.prompts))
    state.prompts.append(event.text)
    state.budget_account.open_turn()
    state.window_limits.open_turn()
    state.commands, state.changed_files = [], False
    state.open_limit = state.last_limit = None
    state.partial_text = ""
    content, estimate = list(event.content), event.estimate
    if state.preamble and state.preamble.context and not state.context_sent:
        content.insert(0, {"type": "text", "text": state.preamble.context})
        estimate += estimate_tokens(state.preamble.context)
        state.context_sent = True
    state.conversation.allow_cutting()
    _put_text(state, content, prompt_key(event.turn), estimate)
    if state.budget_account.open_envelope(state.work_clock.seconds):
        state.stage = ""


def on_shell_command(state: SessionState, event: ev.ShellRan) -> None:
    """The user ran a command: the model reads its output with the next request."""
    said = f"The user ran `{event.command}` ({event.summary}):\n{event.output}"
    block = {"type": "text", "text": said}
    _put_text(state, [block], shell_key(state.seq), estimate_tokens(said), may_be_cut=True)


def on_note(state: SessionState, event: ev.NoteSent) -> None:
    """The program adds a note for the model."""
    block = {"type": "text", "text": event.text}
    long = event.reason in MAY_BE_LONG
    _put_text(state, [block], note_key(state.seq), event.estimate, may_be_cut=long)
    if state.budget_account.starts_new_count:
        # It begins a turn of the API within ours.
        state.budget_account.rewritten_in_turn = state.turn_open


def _put_text(
    state: SessionState, blocks: list[ev.JSON], key: str, estimate: int, *, may_be_cut: bool = False
) -> None:
    kind: Kind = "beside" if state.conversation.continues_turn else "prompt"
    charge(state, key, kind, estimate, settled=False)
    state.budget_account.settlement.add_estimate(key, estimate)
    state.conversation.put_text(blocks, key, may_be_cut=may_be_cut)


def on_tool_started(state: SessionState, event: ev.ToolStarted) -> None:
    """A tool call begins to act."""
    state.running_tools[event.tool_use] = event
    state.attribution.on_tool_started(event.name)


def on_tool_finished(state: SessionState, event: ev.ToolFinished) -> None:
    """A tool call ended: its result waits for the next request."""
    started = state.running_tools.pop(event.tool_use, None)
    if started is not None and event.name == "bash":
        state.commands = [*state.commands, f"{started.subject}: {event.summary}"][-LAST_COMMANDS:]
    state.open_questions.pop(event.tool_use, None)
    content: Any = event.content if isinstance(event.content, str) else list(event.content)
    block: ev.JSON = {
        "type": "tool_result",
        "tool_use_id": event.tool_use,
        "content": content,
    }
    if event.is_error:
        block["is_error"] = True
    key = event.tool_use
    if key in state.ledger.entries:  # a server that gives the same id to several calls
        key = repeated_call_key(key, state.seq)
    calls = state.attribution.on_tool_finished(event.tool_use)
    charge(state, key, "results", event.estimate, settled=False, calls=calls)
    state.budget_account.settlement.add_estimate(key, event.estimate)
    if not state.lost_events or event.tool_use in state.conversation.open_calls:
        whole = event.name in NEVER_CUT
        state.conversation.put_result(block, key, may_be_cut=not whole)
    note_changes(state, event.changes)
    state.changed_files |= bool(event.changes)


def on_files_restored(state: SessionState, event: ev.FilesRestored) -> None:
    """The user took back what had changed in files since a prompt."""
    note_changes(state, event.changes)


def note_changes(state: SessionState, changes: Iterable[ev.FileChange]) -> None:
    """Files changed."""
    state.changed_lines.add(changes)
    for change in changes:
        added, removed = state.touched_files.get(change.path, (0, 0))
        state.touched_files[change.path] = (added + change.added, removed + change.removed)


def on_results_cut(state: SessionState, event: ev.ResultsCut) -> None:
    """The program cut parts that wait, so that the next request fits."""
    for part in event.cuts:
        state.budget_account.cut_part(part)


def on_rewritten(state: SessionState, event: ev.Rewritten) -> None:
    """Something left the conversation, or another model reads it from here on."""
    state.budget_account.rewrite(event)
    if event.reason in ("compaction", "rewind"):
        state.request_costs = state.request_costs.after_cut()
    elif event.reason == "model":
        state.request_costs = RequestCosts()  # at other rates
    if event.reason not in ("invalid_signature", "pictures"):
        state.context, state.context_estimated = event.after, True
        state.top_effort = state.top_effort if event.keep else None
    match event.reason:
        case "model":
            state.sent_model = event.model
            state.announced_effort = None
            state.rewind_points.rescale(event.before, event.after)
        case "compaction":
            state.rewind_points.restart(event.after)
            state.compaction_history.on_shortened(event.after)
        case "rewind":
            state.compaction_history.forget()
            _rewound(state, event)
        case _:
            pass
    if state.lost_events:  # its places may be those of messages that are lost
        state.conversation.complete_call_pairs(LOST_RESULT)
    state.context_sent = bool(state.conversation.messages)
    state.running_tools = {}


def _rewound(state: SessionState, event: ev.Rewritten) -> None:
    """The conversation ends at an earlier place: sizes, cache and effort are as they were there."""
    messages = state.conversation.messages
    mark = state.rewind_points.at(messages)
    state.rewind_points.rewind(messages)
    state.context = event.after or mark.context
    state.context_estimated = state.context != mark.context
    state.prompt_cache = state.prompt_cache.rewound_to(mark.cache)
    told = (each.effort for each in reversed(messages) if each.effort is not None)
    state.announced_effort = next(told, state.top_effort)
