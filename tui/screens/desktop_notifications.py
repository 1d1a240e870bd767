r"""Desktop notifications by way of the terminal: a bell, or an escape sequence with a text.

OSC 9 is iTerm2's (also of WezTerm, Ghostty, kitty, ConEmu), OSC 777 is urxvt's (also of foot).
Neither has an answer; a terminal that does not know it ignores it. Inside tmux and GNU screen the
sequence is wrapped, so that they hand it on; tmux does that only with `allow-passthrough on`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tui.reports.notification_text import TITLE, Notification, NotificationKind
from tui.sanitize import clean_line
from tui.screens.clipboard import for_screen

NotificationChannel = Literal["auto", "bell", "osc9", "osc777", "off"]
SAME_KIND_SECONDS = 10.0
"""Seconds between two notifications of one kind."""
BELL = "\x07"

_OSC_9_PROGRAMS = frozenset({"iterm.app", "iterm2", "wezterm", "ghostty"})
_OSC_9_VARIABLES = ("ITERM_SESSION_ID", "WEZTERM_PANE", "GHOSTTY_RESOURCES_DIR", "KITTY_WINDOW_ID")
_OSC_777_TERMS = ("foot", "rxvt-unicode", "contour")


def detected_channel(environment: Mapping[str, str]) -> NotificationChannel:
    """What the terminal most likely understands: a bell, where it says nothing of itself.

    Args:
        environment: The variables of the program.
    """
    programs = (environment.get("TERM_PROGRAM", ""), environment.get("LC_TERMINAL", ""))
    if any(each.lower() in _OSC_9_PROGRAMS for each in programs):
        return "osc9"
    if any(environment.get(name) for name in _OSC_9_VARIABLES):
        return "osc9"
    return "osc777" if environment.get("TERM", "").startswith(_OSC_777_TERMS) else "bell"


def notification_sequence(
    channel: NotificationChannel, text: str, environment: Mapping[str, str]
) -> str:
    """What the terminal is sent.

    Args:
        channel: The user's setting.
        text: What is told.
        environment: The variables of the program: they say where it runs.
    """
    found = detected_channel(environment) if channel == "auto" else channel
    if found == "off":
        return ""
    if found == "bell":
        return BELL
    # A semicolon begins another field.
    words = clean_line(text).replace(";", ",")
    body = f"9;{TITLE}: {words}" if found == "osc9" else f"777;notify;{TITLE};{words}"
    sequence = f"\x1b]{body}\x07"
    if environment.get("TMUX"):
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
    return for_screen(sequence) if environment.get("STY") else sequence


@dataclass(slots=True)
class DesktopNotifications:
    """Tells the user who is not looking at this terminal what happened in it."""

    write: Callable[[str], None]
    """Sends the terminal a sequence."""
    environment: Mapping[str, str]
    now: Callable[[], float]
    """Seconds of a clock that only goes forward."""
    is_watched: Callable[[], bool]
    """Whether the user most likely looks at this terminal."""
    _told_at: dict[NotificationKind, float] = field(default_factory=dict)

    def tell(self, told: Notification, channel: NotificationChannel) -> None:
        """Tell something; a bell rings for what waits even where somebody looks.

        Args:
            told: What.
            channel: The user's setting.
        """
        if channel == "off":
            return
        if self.is_watched():
            if told.kind == "waits":
                self.write(BELL)
            return
        now = self.now()
        if now - self._told_at.get(told.kind, float("-inf")) < SAME_KIND_SECONDS:
            return
        self._told_at[told.kind] = now
        self.write(notification_sequence(channel, told.text, self.environment))
