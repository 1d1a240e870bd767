"""What a desktop notification says: that a session waits, has landed, failed or is done."""

from dataclasses import dataclass
from typing import Literal

from tui.number_format import format_duration
from tui.sanitize import clean_line
from tui.session import events as ev

NotificationKind = Literal["waits", "landed", "failed", "done"]
TITLE = "Glideslope"
SUBJECT_CHARACTERS, TEXT_CHARACTERS = 60, 140
QUICK_SECONDS = 10.0
"""A turn that is done within this time is not told: whoever sent it is still there."""

_LANDED: frozenset[ev.TurnEndReason] = frozenset({"landed", "wrapped_up"})
_FAILED: dict[ev.TurnEndReason, str] = {
    "error": "stopped by an error",
    "refused": "the API refused",
    "hard_limit": "stopped at a hard limit",
    "no_progress": "stopped without progress",
    "crashed": "cut short",
}


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification; its text is clean."""

    kind: NotificationKind
    text: str


def notification(event: ev.Event, folder: str, seconds: float = 0.0) -> Notification | None:
    """What there is to tell of an event; None for nothing.

    What the user did, an interrupt for instance, is not told.

    Args:
        event: What happened.
        folder: Name of the project folder; foreign text.
        seconds: How long the turn took, at its end.
    """
    told = _words(event, seconds)
    if told is None:
        return None
    kind, words = told
    return Notification(kind, clean_line(f"{clean_line(folder, 30)}: {words}", TEXT_CHARACTERS))


def _words(event: ev.Event, seconds: float) -> tuple[NotificationKind, str] | None:
    match event:
        case ev.PermissionAsked(name=name, subject=subject) as asked:
            who = f"{clean_line(asked.asker, 40)} · " if asked.agent else ""
            about = clean_line(f"{who}{name} {subject}", SUBJECT_CHARACTERS)
            return "waits", f"waits for your permission: {about}"
        case ev.LimitReached(sentence=sentence):
            return "waits", f"waits for your answer: {sentence}"
        case ev.TurnEnded(budget=int()):
            return "waits", "needs a bigger budget to go on"
        case ev.TurnEnded(reason=reason) if reason in _LANDED:
            return "landed", "landed with a report of what is left"
        case ev.TurnEnded(reason=reason) if reason in _FAILED:
            return "failed", f"{_FAILED[reason]}. {event.sentence}".strip()
        case ev.TurnEnded(reason="paused"):
            return "waits", "paused at a limit"
        case ev.TurnEnded(reason="completed") if seconds >= QUICK_SECONDS:
            return "done", f"done in {format_duration(seconds)}"
        case _:
            return None
