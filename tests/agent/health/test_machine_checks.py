"""Checks of the machine: what is well, what has a remark, what is broken."""

import pytest

from tui.agent.health.machine_checks import (
    check_colours,
    check_keyboard,
    check_python,
    check_sandbox,
    check_terminal,
)
from tui.agent.sandbox.enforcement import Enforcement


@pytest.mark.parametrize(
    ("version", "level"), [((3, 11, 0), "ok"), ((3, 13, 2), "ok"), ((3, 10, 9), "bad")]
)
def test_python_is_new_enough_or_not(version: tuple[int, int, int], level: str):
    found = check_python(version, "Linux x86_64")
    assert found.level == level and found.sentence.startswith(".".join(map(str, version)))
    assert bool(found.advice) == (level == "bad")


@pytest.mark.parametrize(
    ("environment", "refusal", "size", "level", "words"),
    [
        ({"TERM": "xterm-256color", "LANG": "C.UTF-8"}, "", (80, 24), "ok", "xterm-256color, 80"),
        ({"TERM_PROGRAM": "kitty", "LANG": "C.UTF-8"}, "", (80, 24), "ok", "kitty, 80 columns"),
        ({"TERM": "screen", "TMUX": "/tmp/x"}, "", (120, 40), "ok", "screen inside tmux"),
        ({"TERM_PROGRAM": "tmux", "TMUX": "/tmp/x"}, "", (120, 40), "ok", "tmux, 120"),
        ({"TERM": "xterm"}, "", (40, 10), "warn", "40 columns and 10 lines"),
        ({"TERM": "xterm", "LC_ALL": "de_DE.ISO-8859-1"}, "", (80, 24), "warn", "iso8859-1"),
        ({}, "This is not a terminal. For a run …", (80, 24), "warn", "This is not a terminal"),
    ],
)
def test_a_terminal_is_named_with_what_it_lacks(
    environment: dict[str, str], refusal: str, size: tuple[int, int], level: str, words: str
):
    found = check_terminal(environment, refusal, size)
    assert found.level == level and words in found.sentence
    assert bool(found.advice) == (level != "ok")


@pytest.mark.parametrize(
    ("environment", "level"),
    [
        ({"COLORTERM": "truecolor"}, "ok"),
        ({"COLORTERM": "24bit"}, "ok"),
        ({"NO_COLOR": "1"}, "ok"),
        ({}, "warn"),
    ],
)
def test_colours_are_known_from_the_variables(environment: dict[str, str], level: str):
    assert check_colours(environment).level == level


@pytest.mark.parametrize(
    ("reply", "level"),
    [
        (b"\x1b[?0u\x1b[?62;c", "ok"),
        (b"\x1b[?1u\x1b[?1;2c", "ok"),
        (b"\x1b[?1;2c", "warn"),
        (b"", "warn"),
    ],
)
def test_a_terminal_that_speaks_the_keyboard_protocol_says_so(reply: bytes, level: str):
    assert check_keyboard(reply).level == level


@pytest.mark.parametrize(
    ("held", "level", "words"),
    [
        (
            Enforcement(backend="landlock", files=True, network="none", detail="Landlock ABI 7"),
            "ok",
            "files, network (Landlock ABI 7)",
        ),
        (Enforcement(backend="landlock", files=True, network="open"), "warn", "leaves the network"),
        (
            Enforcement(backend="landlock", files=True, network="open", allowed_network=True),
            "ok",
            "files",
        ),
        (Enforcement(why="There is none for Windows."), "warn", "off: There is none for Windows"),
        (Enforcement(), "warn", "off: switched off in the settings"),
    ],
)
def test_the_sandbox_is_named_with_what_it_does_not_hold(held: Enforcement, level: str, words: str):
    found = check_sandbox(held)
    assert found.level == level and words in found.sentence
