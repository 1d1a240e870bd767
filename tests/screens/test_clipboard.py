"""Where copied text goes, and what the program says of it."""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tui.screens import clipboard, desktop

SSH = {"SSH_CONNECTION": "a b"}
TMUX = {"TMUX": "/tmp/socket,1,0"}

TAKES = '#!/bin/sh\necho "$0 $*" >> "$LOG"; cat > "$LOG.text"\n'
FAILS = '#!/bin/sh\necho "$0 $*" >> "$LOG"; exit 1\n'
OLD_TMUX = '#!/bin/sh\necho "$0 $*" >> "$LOG"; [ "$2" = -w ] && exit 1; cat > "$LOG.text"\n'


class Place(NamedTuple):
    """A machine, and what has to come of copying `naïve` there."""

    tools: dict[str, str]
    environment: dict[str, str]
    platform: str
    asked: list[str]
    """The tools that are started, with their arguments."""
    sentence: str
    sent: bool
    """Whether the terminal is asked to copy."""


THROUGH = "Copied 5 characters through the terminal."
LOAD, LOAD_W = "tmux load-buffer -", "tmux load-buffer -w -"
TO_TMUX = "Copied 5 characters to tmux."
TO_CLIPBOARD = "Copied 5 characters to the clipboard."
XCLIP, XSEL = "xclip -selection clipboard", "xsel --clipboard --input"
PLACES = {
    "a Mac": Place({"pbcopy": TAKES}, {}, "darwin", ["pbcopy "], TO_CLIPBOARD, False),
    "a Mac whose tool fails": Place({"pbcopy": FAILS}, {}, "darwin", ["pbcopy "], THROUGH, True),
    "a Mac over ssh": Place({"pbcopy": TAKES}, SSH, "darwin", [], THROUGH, True),
    "X": Place({"xclip": TAKES}, {"DISPLAY": ":0"}, "linux", [XCLIP], TO_CLIPBOARD, False),
    "X, and a tool fails": Place(
        {"xclip": FAILS, "xsel": TAKES}, {"DISPLAY": ":0"}, "linux", [XCLIP, XSEL],
        TO_CLIPBOARD, False,
    ),
    "a tool without its display": Place({"xclip": TAKES}, {}, "linux", [], THROUGH, True),
    "nothing at all": Place({}, {}, "linux", [], THROUGH, True),
    "tmux": Place({"tmux": TAKES}, TMUX, "linux", [LOAD_W], TO_TMUX, False),
    "an old tmux": Place({"tmux": OLD_TMUX}, TMUX, "linux", [LOAD_W, LOAD], TO_TMUX, False),
    "tmux over ssh": Place({"tmux": TAKES}, {**TMUX, **SSH}, "linux", [LOAD_W], TO_TMUX, False),
    "tmux on a Mac": Place(
        {"tmux": TAKES, "pbcopy": TAKES}, TMUX, "darwin", ["pbcopy ", LOAD_W],
        "Copied 5 characters to the clipboard and tmux.", False,
    ),
    "tmux that is gone": Place(
        {"tmux": FAILS}, TMUX, "linux", [LOAD_W, LOAD],
        "tmux took nothing; sent 5 characters to the terminal.", True,
    ),
    "ssh from within tmux": Place(
        {}, {**SSH, "TERM": "tmux-256color"}, "linux", [],
        "Sent 5 characters to the terminal; tmux may drop them.", True,
    ),
    "GNU screen": Place(
        {}, {"STY": "1.pts"}, "linux", [], "Sent 5 characters to the terminal through screen.", True
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_the_text_goes_to_who_takes_it_and_the_sentence_says_so(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = PLACES[name]
    for tool, script in place.tools.items():
        (tmp_path / tool).write_text(script)
        (tmp_path / tool).chmod(0o755)
    for program in ("sh", "cat"):
        (tmp_path / program).symlink_to(shutil.which(program) or "")
    log = tmp_path / "log"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LOG", str(log))
    result = clipboard.copy_text("naïve", place.environment, place.platform)
    asked = (
        [line.rsplit("/", 1)[1] for line in log.read_text().splitlines()] if log.exists() else []
    )
    assert (result.sentence, asked) == (place.sentence, place.asked)
    assert bool(result.sequence) is place.sent
    if place.sent:
        encoded = result.sequence.removeprefix("\x1bP").removeprefix("\x1b]52;c;").split("\x07")[0]
        assert base64.b64decode(encoded).decode() == "naïve"
    else:
        assert (tmp_path / "log.text").read_text() == "naïve"


def test_one_character_is_one():
    assert (
        clipboard.copy_text("x", SSH, "linux").sentence
        == "Copied 1 character through the terminal."
    )


def test_what_the_terminal_would_drop_is_not_sent_and_the_limit_is_named():
    most = clipboard.copy_text("x" * 56_244, SSH, "linux")
    assert len(most.sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")) <= 74_994
    assert most.sentence == "Copied 56,244 characters through the terminal."
    more = clipboard.copy_text("x" * 56_245, SSH, "linux")
    assert more == clipboard.CopyResult("Not copied: 56,245 bytes; the terminal takes 56,244.")


def test_screen_gets_pieces_that_make_the_sequence():
    sequence = clipboard.osc_52("x" * 2_000)
    pieces = clipboard.for_screen(sequence).removesuffix("\x1b\\").split("\x1b\\")
    assert all(piece.startswith("\x1bP") and len(piece) < 256 for piece in pieces)
    assert "".join(piece[2:] for piece in pieces) == sequence


@pytest.fixture
def tmux_socket(tmp_path: Path) -> Iterator[str]:
    """A tmux server of its own, with the settings tmux comes with."""
    if shutil.which("tmux") is None:
        pytest.skip("there is no tmux")
    socket = tmp_path / "tmux"
    own = {name: value for name, value in os.environ.items() if name not in ("TMUX", "STY")}
    tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d", "sleep 600"], check=True, env=own, timeout=60)
    yield str(socket)
    subprocess.run([*tmux, "kill-server"], check=False, env=own, timeout=60)


def test_tmux_itself_has_the_text(tmux_socket: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TMUX", f"{tmux_socket},1,0")
    monkeypatch.setattr(desktop, "CLIPBOARD_SECONDS", 60.0)
    text = "all:\n\tcc ✓\n" * 9_000
    result = clipboard.copy_text(text, {"TMUX": os.environ["TMUX"]}, "linux")
    assert result.sentence == "Copied 99,000 characters to tmux."
    shown = subprocess.run(
        ["tmux", "-S", tmux_socket, "show-buffer"], check=True, capture_output=True, timeout=60
    )
    assert shown.stdout.decode() == text


def test_a_tool_that_is_not_there_is_said_by_false():
    assert not desktop.copy_with_command("x", ["/nowhere/copy"])
    assert desktop.copy_with_command("x", [sys.executable, "-c", "import sys; sys.stdin.read()"])
