"""The terminal is given back after every signal that ends the program, and taken again after a
stop: whoever sent it, whatever the program did.
"""

import signal
import sys
import termios
from collections.abc import Callable
from functools import partial

import pytest

from tests.terminal.steps import FIX_PROMPT, assert_terminal_restored, quit_program
from tests.terminal.terminal import ALTERNATE_SCREEN, FOCUS, MOUSE, PASTE, Start, Terminal
from tests.terminal.test_suspend import is_stopped

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

READY, STARTED = "What should be done?", "LEFT of 60k"
EDITOR = "import signal; print('THE EDITOR', flush=True); signal.pause()"
DRAFT = "a draft"


def start_up(terminal: Terminal) -> None:
    """The terminal is ours, and nothing is painted yet."""
    terminal.wait_for(lambda: terminal.mode(PASTE))


def wait_idle(terminal: Terminal) -> None:
    terminal.wait_for(STARTED).wait_until_gone("starting")


def write(terminal: Terminal) -> None:
    wait_idle(terminal)
    terminal.say("explain this project").wait_for("working")


def ask(terminal: Terminal) -> None:
    wait_idle(terminal)
    terminal.say(FIX_PROMPT).wait_for("┃ ")


def open_editor(terminal: Terminal) -> None:
    wait_idle(terminal)
    terminal.type(DRAFT).press("ctrl+g").wait_for("THE EDITOR")


def suspend(terminal: Terminal) -> None:
    wait_idle(terminal)
    terminal.press("ctrl+z").wait_for(lambda: is_stopped(terminal))


def stop_from_outside(terminal: Terminal) -> None:
    wait_idle(terminal)
    terminal.kill(signal.SIGSTOP)
    terminal.wait_for(lambda: is_stopped(terminal))


ENDS: list[tuple[str, Callable[[Terminal], None]]] = [
    ("SIGINT", start_up),
    ("SIGTERM", start_up),
    ("SIGQUIT", wait_idle),
    ("SIGABRT", wait_idle),
    ("SIGALRM", wait_idle),
    ("SIGUSR1", write),
    ("SIGUSR2", ask),
    ("SIGXCPU", ask),
    ("SIGVTALRM", open_editor),
    ("SIGUSR1", open_editor),
    ("SIGTERM", suspend),
    ("SIGQUIT", stop_from_outside),
]


@pytest.mark.parametrize(
    ("name", "reach"), [pytest.param(*row, id=f"{row[0]}-{row[1].__name__}") for row in ENDS]
)
def test_a_signal_ends_the_program_and_the_terminal_is_as_before(
    name: str, reach: Callable[[Terminal], None], start: Start
) -> None:
    environment = {"EDITOR": f'{sys.executable} -ISc "{EDITOR}"'}
    pace = "max" if reach is ask else "200"
    terminal = start("--simulate", "--budget", "60k", "--pace", pace, environment=environment)
    reach(terminal)
    number = signal.Signals[name]
    terminal.kill(number)
    terminal.kill(number)
    if is_stopped(terminal):
        terminal.kill(signal.SIGCONT)
    assert terminal.wait_for_exit() == 128 + number
    assert_terminal_restored(terminal)


def spoil(terminal: Terminal) -> None:
    """Do what a shell does with the terminal of a program that was stopped."""
    terminal._show(b"\x1b[?1000l\x1b[?2004l\x1b[5H$ ls\r\nfile\r\n$ fg\r\n")
    attributes = termios.tcgetattr(terminal._terminal)
    attributes[3] |= termios.ECHO | termios.ICANON | termios.ISIG
    attributes[0] |= termios.ICRNL
    termios.tcsetattr(terminal._terminal, termios.TCSANOW, attributes)


def is_taken(terminal: Terminal, since: int) -> bool:
    """Whether the program has set up the terminal again since some byte, and painted."""
    raw = bytes(terminal.raw[since:])
    modes = (ALTERNATE_SCREEN, PASTE, MOUSE[0], FOCUS)
    local = termios.tcgetattr(terminal._terminal)[3]
    return (
        all(b"\x1b[?%dh" % mode in raw for mode in modes)
        and b"\x1b[>" in raw
        and not local & (termios.ECHO | termios.ICANON)
        and b"EFFORT" in raw
    )


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGTSTP])
def test_stopped_from_outside_and_continued_everything_is_there_again(
    number: int, start_offline: Start
) -> None:
    terminal = start_offline(size=(120, 40)).type(DRAFT)
    for size in ((120, 40), (100, 30), (140, 45)):
        terminal.kill(number)
        terminal.wait_for(lambda: is_stopped(terminal))
        if number == signal.SIGTSTP:
            terminal.wait_for(lambda: not terminal.mode(ALTERNATE_SCREEN)).listen(0.05)
            given = {**terminal.restored, "main screen": True}
            assert given == dict.fromkeys(given, True)
        since = len(terminal.raw)
        spoil(terminal)
        terminal.resize(*size)
        terminal.kill(signal.SIGCONT)
        terminal.wait_for(partial(is_taken, terminal, since)).wait_for(DRAFT)
        terminal.wait_for(lambda: "$ fg" not in terminal.text and "EFFORT" in terminal.text)
    terminal.type(" goes on")
    assert f"❯ {DRAFT} goes on" in terminal.text, "two readers share the keys"
    terminal.press("ctrl+u").wait_for(READY).press("ctrl+c", "ctrl+c")
    assert terminal.wait_for_exit() == 0
    given = {**terminal.restored, "main screen": True}  # the size of that screen has changed
    assert given == dict.fromkeys(given, True)


def test_continued_without_a_stop_it_only_repaints(start_offline: Start) -> None:
    terminal = start_offline().type(DRAFT)
    since = len(terminal.raw)
    terminal._show(b"\x1b[H noise on the screen ")
    terminal.kill(signal.SIGCONT)
    terminal.wait_for(lambda: is_taken(terminal, since)).wait_until_gone("noise")
    terminal.press("ctrl+u").wait_for(READY)
    quit_program(terminal)
