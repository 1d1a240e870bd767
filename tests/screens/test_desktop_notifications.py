"""Which sequence a terminal is sent, when, and how often."""

from dataclasses import dataclass, field

import pytest

from tui.reports.notification_text import Notification
from tui.screens.desktop_notifications import (
    DesktopNotifications,
    NotificationChannel,
    notification_sequence,
)

WAITS, DONE = Notification("waits", "app: waits"), Notification("done", "app: done; really\x1b[2J")

SEQUENCES: list[tuple[NotificationChannel, dict[str, str], str]] = [
    ("off", {}, ""),
    ("bell", {"TERM_PROGRAM": "WezTerm"}, "\x07"),
    ("osc9", {}, "\x1b]9;Glideslope: app: waits\x07"),
    ("osc777", {}, "\x1b]777;notify;Glideslope;app: waits\x07"),
    ("osc9", {"TMUX": "/tmp/x"}, "\x1bPtmux;\x1b\x1b]9;Glideslope: app: waits\x07\x1b\\"),
    ("osc9", {"STY": "1.x"}, "\x1bP\x1b]9;Glideslope: app: waits\x07\x1b\\"),
    ("auto", {"TERM": "xterm-256color"}, "\x07"),
    ("auto", {"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;Glideslope: app: waits\x07"),
    ("auto", {"TERM_PROGRAM": "tmux", "LC_TERMINAL": "iTerm2"},
     "\x1b]9;Glideslope: app: waits\x07"),
    ("auto", {"TERM": "foot"}, "\x1b]777;notify;Glideslope;app: waits\x07"),
    ("auto", {"KITTY_WINDOW_ID": "1"}, "\x1b]9;Glideslope: app: waits\x07"),
]  # fmt: skip


@pytest.mark.parametrize(("channel", "environment", "sent"), SEQUENCES)
def test_the_sequence(channel: NotificationChannel, environment: dict[str, str], sent: str):
    assert notification_sequence(channel, WAITS.text, environment) == sent


def test_foreign_words_neither_end_the_sequence_nor_begin_a_field():
    for channel in ("osc9", "osc777"):
        sent = notification_sequence(channel, "a\x07b\x1b\\c\x9cd;e\nf", {})
        assert sent.startswith("\x1b]") and sent.endswith("\x07")
        assert sent[2:-1].isprintable() and "d,e" in sent


@dataclass
class Desk:
    """A user who looks or does not, and what the terminal was sent."""

    looks: bool = False
    at: float = 0.0
    sent: list[str] = field(default_factory=list)

    def made(self) -> DesktopNotifications:
        return DesktopNotifications(self.sent.append, {}, lambda: self.at, lambda: self.looks)


def test_whoever_looks_hears_a_bell_for_what_waits_and_nothing_else():
    desk = Desk(looks=True)
    told = desk.made()
    told.tell(DONE, "osc9")
    told.tell(WAITS, "osc9")
    assert desk.sent == ["\x07"]
    told.tell(WAITS, "off")
    assert desk.sent == ["\x07"]


def test_one_of_a_kind_in_ten_seconds():
    desk = Desk()
    told = desk.made()
    for at in (0.0, 1.0, 9.9):
        desk.at = at
        told.tell(WAITS, "osc9")
        told.tell(DONE, "osc9")
    assert len(desk.sent) == 2
    desk.at = 10.0
    told.tell(WAITS, "osc9")
    assert len(desk.sent) == 3
