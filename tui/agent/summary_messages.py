"""The messages of a compaction: the question to the model, and what replaces the conversation."""

import re
from collections.abc import Sequence

from tui.agent.shortened_copy import estimated_size, shortened_copy
from tui.session import events as ev
from tui.session.checklist import Checklist
from tui.session.conversation import Conversation, PendingMessage, summary_index
from tui.session.state import SessionState

SUMMARY_REQUEST = """\
Write a summary of this conversation, for yourself: you will go on from it alone. Call no tools. \
Put it between <summary> and </summary> and nothing outside. Keep: what the user asked for and how \
they want it done; what was found out, with paths and names; what was changed and why; what was \
decided and what was ruled out; what is unfinished, and the exact next step. Leave out what can be \
read again from the files. At most 1,200 words."""

_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)

# What is asked ------------------------------------------------------------------


def messages_to_summarise(conversation: Conversation) -> list[ev.JSON]:
    """The conversation, results that wait included; prompt and notes wait on behind the summary."""
    waiting = conversation.pending
    results = PendingMessage([part for part in waiting.parts if part.is_result])
    behind = [results.to_message().to_json()] if results else []
    return [*(message.to_json() for message in conversation.messages), *behind]


def fitting_copy(state: SessionState, messages: list[ev.JSON], room: int) -> list[ev.JSON]:
    """A shortened copy of `messages`, weighed as this session's own contents were.

    Args:
        state: The session; it tells how many tokens its contents took.
        messages: The messages as they would be sent.
        room: Tokens for system text, tools and messages together.
    """
    measured = state.context - state.preamble_tokens
    said = estimated_size(each.to_json() for each in state.conversation.messages)
    scale = max(state.budget_account.settlement.density, measured / said if said else 1.0)
    return shortened_copy(messages, room - state.preamble_tokens, scale)


def summary_question(instructions: str) -> str:
    """What the model is asked for, with what the user wants kept in mind."""
    return (
        f"{SUMMARY_REQUEST}\n\nThe user adds: {instructions}" if instructions else SUMMARY_REQUEST
    )


def with_question(messages: list[ev.JSON], ask: str) -> list[ev.JSON]:
    """The conversation with the question behind it, in one message with what waits there."""
    if messages and messages[-1]["role"] == "user":
        last = messages[-1]
        return [*messages[:-1], {**last, "content": [*last["content"], text_block(ask)]}]
    return [*messages, {"role": "user", "content": [text_block(ask)]}]


# What follows the summary ------------------------------------------------------


def summary_block(blocks: Sequence[ev.JSON]) -> ev.JSON | None:
    """The summary in a message, as the block that is sent from then on; None without one.

    The server's own stays byte for byte what it was; of the model's words only those
    between the tags count, tags included.
    """
    at = summary_index(blocks)
    if at is not None:
        return blocks[at]
    words = "\n".join(block["text"] for block in blocks if block.get("type") == "text")
    found = _SUMMARY.search(words)
    return text_block(found.group(0)) if found else None


def kept_beside_summary(state: SessionState) -> list[ev.JSON]:
    """What goes on beside a summary: folder and memory files, checklist, files."""
    context = state.preamble.context if state.preamble else ""
    return [text_block(text) for text in (context, continuation_text(state)) if text]


def replacement_messages(summary: ev.JSON, rest: list[ev.JSON]) -> list[ev.JSON]:
    """The conversation from now on; the server's own summary comes first, as its own message."""
    if summary["type"] == "compaction":
        return [{"role": "assistant", "content": [summary]}, {"role": "user", "content": rest}]
    return [{"role": "user", "content": [summary, *rest]}]


def continuation_text(state: SessionState) -> str:
    """The text beside the summary: the checklist, the files, the state of the work."""
    parts = ["This conversation was shortened: the summary above stands for all of it."]
    if state.checklist:
        parts.append("The checklist, which goes on:\n" + checklist_text(state.checklist))
    if state.touched_files:
        changed = (
            f"- {path} (+{a} -{r})" for path, (a, r) in list(state.touched_files.items())[:100]
        )
        parts.append("Files touched so far:\n" + "\n".join(changed))
    if state.turn_open:
        parts.append("Go on with the work from where it stands.")
    return "\n\n".join(parts)


def checklist_text(checklist: Checklist) -> str:
    """The checklist as the model knows it: state, id, title, estimate."""
    return "\n".join(
        f"- [{task.state}] {task.id}: {task.title}"
        + (f" (≈ {task.estimate} tokens)" if task.estimate else "")
        for task in checklist.values()
    )


def text_block(text: str) -> ev.JSON:
    """A text as a content block."""
    return {"type": "text", "text": text}
