"""What the user sent while it could not be taken, and what became of it.

A text waits until a request carries it, as a prompt of its own or as a note, or until the user
takes it back. So after a crash the state knows what nobody has read.
"""

from tui.session import events as ev
from tui.session.state import SessionState


def on_prompt_queued(state: SessionState, event: ev.PromptQueued) -> None:
    """The text waits; the same text waits once."""
    turn = state.turn if state.turn_open else state.turn + 1
    state.queued_prompts[event.text] = turn


def on_prompt_taken_back(state: SessionState, event: ev.PromptTakenBack) -> None:
    """The text waits no longer."""
    state.queued_prompts.pop(event.text, None)


def unqueue_note(state: SessionState, event: ev.NoteSent) -> None:
    """A note carries what the user wrote during the turn, behind its first line."""
    if event.reason == "steering":
        state.queued_prompts.pop(event.text.partition("\n")[2], None)


def unqueue_submitted(state: SessionState, event: ev.PromptSubmitted) -> None:
    """A prompt begins a turn: what waited for an earlier one went back to the user."""
    state.queued_prompts = {
        text: turn
        for text, turn in state.queued_prompts.items()
        if text != event.text and turn >= event.turn
    }
