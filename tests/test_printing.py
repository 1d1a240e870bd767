"""Whatever leaves for a terminal is cleaned, and only one module prints."""

import ast
import io
import json
import os
import pty
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.forked_program import ForkedProgram
from tui.printing import escape_unprintable, print_error, print_json, print_text
from tui.terminal_streams import OutputFailed

ROOT = Path(__file__).parents[1]
EVIL = "x\x1b]0;owned\x07\x9b31m\x7f\u202eq\u2066r\u200bs\U000e0041t\x85u"


def is_plain(text: str) -> bool:
    """By Unicode: no control but line feed and tab, and no format character."""
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return all(each in "\n\t" or unicodedata.category(each) not in kinds for each in text)


PRINTING = {"print", "sys.stdout.write", "sys.stderr.write", "sys.stdout.buffer.write"}


def prints(path: Path) -> list[str]:
    """Places in a module where something is printed."""
    calls = (n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Call))
    return [f"{path}:{call.lineno}" for call in calls if ast.unparse(call.func) in PRINTING]


def test_nothing_but_one_module_prints():
    modules = [path for path in (ROOT / "tui").rglob("*.py") if "simulator" not in path.parts]
    assert len(modules) > 200
    found = [place for path in modules if path.name != "printing.py" for place in prints(path)]
    assert found == []


def test_what_is_said_is_cleaned():
    stream = io.StringIO()
    print_text(f"{EVIL}\nsecond", stream)
    print_error(f"{EVIL}\nsecond", stream)
    lines = stream.getvalue().split("\n")
    assert is_plain(stream.getvalue()) and len(lines) == 4
    assert lines[2].startswith("glideslope: x") and lines[2].endswith(" second")


def test_an_encoding_without_the_letters_stops_nothing():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_text("≈ 5k … é", stream)
    assert raw.getvalue() == b"? 5k ? ?\n"


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp1252", "koi8-r", "utf-16"])
def test_json_keeps_its_data_in_every_encoding(encoding: str) -> None:
    raw = io.BytesIO()
    said = {"text": "done ✓ 👍 – é я", "😀": 1}
    stream = io.TextIOWrapper(raw, encoding=encoding)
    print_json(said, stream)
    line = raw.getvalue().decode(encoding)
    assert json.loads(line) == said and line.isascii()


def test_output_that_cannot_be_written_says_why_and_an_error_that_cannot_stops_nothing() -> None:
    with Path("/dev/full").open("w") as full:
        with pytest.raises(OutputFailed, match="No space left"):
            print_text("hello", full)
        print_error("something", full)
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())  # what is held is flushed


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_has_the_same_data_and_nothing_that_is_not_seen(text: str):
    stream = io.StringIO()
    print_json({"text": text, text: 1}, stream)
    printed = stream.getvalue()
    assert json.loads(printed) == {"text": text, text: 1}
    assert is_plain(printed) and printed.count("\n") == 1


def test_json_keeps_letters_readable():
    assert escape_unprintable('"Grüße, 中文, 👩"') == '"Grüße, 中文, 👩"'
    assert escape_unprintable('"\x7f\U000e0041"') == r'"\u007f\udb40\udc41"'


COMMAND_LINES = [
    ["config"],
    ["config", "--json"],
    ["config", f"--{EVIL}"],
    ["sessions", "list"],
    ["sessions", "list", "--json"],
    ["sessions", "export", EVIL],
    ["sessions", EVIL],
    [f"--{EVIL}"],
    ["--effort", EVIL, "-p", "x"],
    ["--theme", EVIL, "-p", "x"],
    ["--pace", EVIL, "-p", "x"],
    ["--simulate", "-r", EVIL, "-p", "x"],
    ["--simulate", "-r", EVIL, "--output-format", "json", "-p", "x"],
    ["-p", f"/init{EVIL}"],
    ["simulate", f"--{EVIL}"],
    ["simulate", "--port", EVIL],
]


@pytest.mark.parametrize("arguments", COMMAND_LINES)
def test_no_command_line_brings_a_control_byte_to_a_terminal(arguments: list[str], tmp_path: Path):
    folder = tmp_path / EVIL
    (folder / ".glideslope").mkdir(parents=True)
    (folder / ".glideslope" / "settings.toml").write_text('effort = "wrong"\nzork = 1\n')
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        with Path(os.devnull).open() as nothing:
            streams = (nothing.fileno(), theirs, theirs)
            program = ForkedProgram(arguments, folder, os.environ, streams)
        os.close(theirs)
        shown = b""
        try:
            while piece := screen.read(65_536):
                shown += piece
        except OSError:
            pass  # Linux: the program closed the terminal
        program.wait()
    text = shown.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    assert text and is_plain(text), ascii(text)
    assert "Traceback" not in text
